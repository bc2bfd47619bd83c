import { boundedList } from '@sluice/contracts'
import { z } from 'zod'

/**
 * API notifications (specification 2.3), one schema per `notificationType`: never a `oneOf`, of which most bodies match several
 * (2.4). Ids are checked; any other field that is not what it should be counts as absent, unknown fields and unknown words are
 * accepted. Values come from `parseWireJson`: ids may be numbers or text.
 */

/** A field we can do without. */
const lenient = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined)

const MAX_ID_LENGTH = 255

const id = z
  .union([z.string(), z.number().transform(String)], { error: 'must be an id' })
  .pipe(
    z
      .string()
      .trim()
      .min(1, 'must not be empty')
      .max(MAX_ID_LENGTH, `must not be longer than ${MAX_ID_LENGTH} characters`),
  )

const word = lenient(z.string().min(1).max(MAX_ID_LENGTH))

/** ISO 8601 with an offset, of any number of digits; kept as written. */
const time = lenient(
  z
    .string()
    .max(64)
    .refine((value) => !Number.isNaN(Date.parse(value))),
)

const quantity = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.number().min(0))

/** Far beyond any basket, and little enough to look at within milliseconds. */
const MAX_ITEMS = 2_000

const items = lenient(boundedList(z.looseObject({ offerId: id, count: quantity }), 'must be a list', MAX_ITEMS))

const ofStore = { campaignId: lenient(id) }
const ofOrder = { ...ofStore, orderId: id }
const ofCabinet = { businessId: lenient(id) }

export const envelopeSchema = z.looseObject(
  { notificationType: z.string('must be a text').min(1, 'must not be empty'), ...ofStore, ...ofCabinet },
  { error: 'must be an object with a notificationType' },
)

/** Anything else is kept as it is; `orderId` says where. */
export const otherSchema = z.looseObject({ orderId: lenient(id) })

export const notificationSchemas = {
  ORDER_CREATED: z.looseObject({ ...ofOrder, createdAt: time }),
  ORDER_CANCELLED: z.looseObject({ ...ofOrder, cancelledAt: time }),
  ORDER_STATUS_UPDATED: z.looseObject({ ...ofOrder, status: word, substatus: word, updatedAt: time }),
  ORDER_UPDATED: z.looseObject({ ...ofOrder, updateType: word, updatedAt: time }),
  ORDER_CANCELLATION_REQUEST: z.looseObject({ ...ofOrder, requestedAt: time }),
  ORDER_RETURN_CREATED: z.looseObject({ ...ofOrder, returnId: id, returnType: word, items, createdAt: time }),
  ORDER_RETURN_STATUS_UPDATED: z.looseObject({
    ...ofOrder,
    returnId: id,
    statuses: lenient(z.looseObject({ refundStatus: word, shipmentStatus: word })),
    updatedAt: time,
  }),
  ORDER_LINE_SERVICE_STATUS_UPDATED: z.looseObject({
    ...ofOrder,
    itemId: id,
    serviceArticle: id,
    statuses: lenient(
      boundedList(z.looseObject({ status: z.string().min(1), count: quantity }), 'must be a list', MAX_ITEMS),
    ),
    cancelReason: word,
    updatedAt: time,
  }),
  GOODS_FEEDBACK_CREATED: z.looseObject({ feedbackId: id, createdAt: time, publishedAt: time }),
  GOODS_FEEDBACK_COMMENT_CREATED: z.looseObject({ commentId: id, createdAt: time }),
  CHAT_CREATED: z.looseObject({ chatId: id, createdAt: time }),
  CHAT_MESSAGE_SENT: z.looseObject({ chatId: id, messageId: id, sentAt: time }),
  CHAT_ARBITRAGE_STARTED: z.looseObject({ chatId: id, startedAt: time }),
  CHAT_ARBITRAGE_FINISHED: z.looseObject({ chatId: id, finishedAt: time }),
  QUESTION_CREATED: z.looseObject({ questionId: id, createdAt: time }),
  QUESTION_ANSWER_CREATED: z.looseObject({ answerId: id, createdAt: time }),
  QUESTION_COMMENT_CREATED: z.looseObject({ answerId: id, commentId: id, createdAt: time }),
} as const
