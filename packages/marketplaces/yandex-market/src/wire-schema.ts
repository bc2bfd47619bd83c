import { z } from 'zod'

/**
 * What the Partner API answers, as far as we read it (specification 3.6). Fields we cannot do without are checked; any other
 * field that is not what it should be counts as absent, unknown fields and unknown words are accepted. Values come from
 * `parseWireJson`: numbers may be text. Ids become text, money becomes decimal text.
 */

/** A field we can do without. */
const lenient = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined)

const MAX_ID_LENGTH = 255

/** The Market's ids are int64; a few are text in one place and a number in another. */
const id = z
  .union([z.string(), z.number().transform(String)], { error: 'must be an id' })
  .pipe(z.string().min(1, 'must not be empty').max(MAX_ID_LENGTH))

const text = z.string().min(1)
const word = z.union([text, z.number().transform(String)])

/** RFC 3339 with an offset, as written. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/i)
  .refine((value) => !Number.isNaN(Date.parse(value)))

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
const clock = z.string().regex(/^\d{2}:\d{2}/)

const EXPONENT = /^-?\d+(\.\d+)?e[+-]?\d+$/i

const money = z
  .looseObject({
    value: z
      .union([z.string(), z.number().transform(String)])
      .transform((value) => (EXPONENT.test(value) ? String(Number(value)) : value.trim()))
      .pipe(z.string().regex(/^-?\d+(\.\d+)?$/)),
    currencyId: lenient(text),
  })
  .transform(({ value }) => value)

const count = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: 'must be a number' })
  .pipe(z.int().min(0, 'must be 0 or greater'))

/** What can be read of a list, and the others. One bad entry costs only itself. */
export interface Entries<T> {
  read: T[]
  unreadable: UnreadableEntry[]
}

/** By its id, and the order's that it is of, where it has them. */
export interface UnreadableEntry {
  id?: string
  orderId?: string
  fault: string
}

/** Far beyond any page. */
const MAX_ENTRIES = 1_000

function entries<S extends z.ZodType>(entry: S, idPath: readonly string[], orderPath?: readonly string[]) {
  return z
    .array(z.unknown())
    .max(MAX_ENTRIES)
    .transform((list): Entries<z.output<S>> => {
      const found: Entries<z.output<S>> = { read: [], unreadable: [] }
      for (const value of list) {
        const parsed = entry.safeParse(value)
        if (parsed.success) found.read.push(parsed.data)
        else {
          const ownId = idAt(value, idPath)
          const orderId = orderPath && idAt(value, orderPath)
          found.unreadable.push({
            ...(ownId !== undefined && { id: ownId }),
            ...(orderId !== undefined && { orderId }),
            fault: toFault(parsed.error),
          })
        }
      }
      return found
    })
}

function idAt(value: unknown, path: readonly string[]): string | undefined {
  let part = value
  for (const name of path) part = (part as Record<string, unknown> | null | undefined)?.[name]
  return id.safeParse(part).data
}

/** Names the fields, never their values. */
function toFault(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join('.') || 'entry'} ${message}`)
    .join('; ')
}

const paging = lenient(z.looseObject({ nextPageToken: lenient(text) }))

/* Orders */

const prices = lenient(z.looseObject({ payment: lenient(money), subsidy: lenient(money), cashback: lenient(money) }))

const codes = { cis: lenient(text), uin: lenient(text), rnpt: lenient(text), gtd: lenient(text) }

const orderItem = z.looseObject({
  /** The line, as boxes and codes name it. */
  id,
  offerId: id,
  offerName: lenient(text),
  count,
  prices,
  instances: lenient(z.array(z.looseObject({ ...codes, cisFull: lenient(text) }))),
  requiredInstanceTypes: lenient(z.array(text)),
  itemStatuses: lenient(z.array(z.looseObject({ status: text, count }))),
})

const address = lenient(
  z.looseObject({
    country: lenient(word),
    postcode: lenient(word),
    city: lenient(word),
    district: lenient(word),
    street: lenient(word),
    house: lenient(word),
    block: lenient(word),
    entrance: lenient(word),
    entryphone: lenient(word),
    floor: lenient(word),
    apartment: lenient(word),
  }),
)

const box = z.looseObject({
  boxId: lenient(id),
  items: z.array(
    z.looseObject({
      id,
      fullCount: lenient(count),
      partialCount: lenient(z.looseObject({ current: count, total: count })),
      instances: lenient(z.array(z.looseObject(codes))),
    }),
  ),
})

const delivery = z.looseObject({
  type: lenient(text),
  serviceName: lenient(text),
  deliveryServiceId: lenient(id),
  deliveryPartnerType: lenient(text),
  dispatchType: lenient(text),
  warehouseId: lenient(word),
  dates: lenient(
    z.looseObject({
      fromDate: lenient(day),
      toDate: lenient(day),
      fromTime: lenient(clock),
      toTime: lenient(clock),
      realDeliveryDate: lenient(day),
    }),
  ),
  shipment: lenient(z.looseObject({ id: lenient(id), shipmentDate: lenient(day), shipmentTime: lenient(clock) })),
  courier: lenient(z.looseObject({ address })),
  pickup: lenient(
    z.looseObject({
      address,
      logisticPointId: lenient(id),
      outletCode: lenient(word),
      outletStorageLimitDate: lenient(day),
    }),
  ),
  transfer: lenient(
    z.looseObject({
      courier: lenient(z.looseObject({ fullName: lenient(text), phone: lenient(word), phoneExtension: lenient(word) })),
      eac: lenient(z.looseObject({ eacType: lenient(text), eacCode: lenient(word) })),
    }),
  ),
  boxesLayout: lenient(z.array(box)),
  tracks: lenient(z.array(z.looseObject({ trackCode: lenient(word), deliveryServiceId: lenient(id) }))),
  digitalGoods: lenient(z.looseObject({ type: lenient(text), steamLink: lenient(text) })),
})

/** Far beyond any basket, and little enough to look at within milliseconds. */
const MAX_ITEMS = 2_000

export const orderSchema = z.looseObject({
  orderId: id,
  campaignId: id,
  programType: lenient(text),
  externalOrderId: lenient(word),
  status: text,
  substatus: lenient(text),
  creationDate: lenient(time),
  updateDate: lenient(time),
  paymentType: lenient(text),
  paymentMethod: lenient(text),
  fake: lenient(z.boolean()),
  items: z.array(orderItem).max(MAX_ITEMS),
  prices,
  delivery: lenient(delivery),
  buyerType: lenient(text),
  notes: lenient(text),
  cancelRequested: lenient(z.boolean()),
})

export type WireOrder = z.output<typeof orderSchema>
export type WireOrderItem = WireOrder['items'][number]

/** `getBusinessOrders`; without a wrapper. */
export const ordersAnswerSchema = z.looseObject({ orders: entries(orderSchema, ['orderId']), paging })

/** `getOrderBuyerInfo` (DBS). */
export const buyerAnswerSchema = z.looseObject({
  result: z.looseObject({
    id: lenient(text),
    lastName: lenient(text),
    firstName: lenient(text),
    middleName: lenient(text),
    phone: lenient(word),
  }),
})

export type WireBuyer = z.output<typeof buyerAnswerSchema>['result']

/* Returns */

const returnItem = z.looseObject({
  shopSku: id,
  count,
  decisions: lenient(
    z.array(
      z.looseObject({
        returnItemId: lenient(id),
        count: lenient(count),
        reasonType: lenient(text),
        subreasonType: lenient(text),
        decisionType: lenient(text),
        comment: lenient(text),
        amount: lenient(money),
      }),
    ),
  ),
})

export const returnSchema = z.looseObject({
  id,
  orderId: id,
  returnType: text,
  creationDate: lenient(time),
  updateDate: lenient(time),
  refundStatus: lenient(text),
  shipmentStatus: lenient(text),
  pickupTillDate: lenient(z.union([time, day])),
  amount: lenient(money),
  fastReturn: lenient(z.boolean()),
  items: z.array(returnItem).max(MAX_ITEMS),
})

export type WireReturn = z.output<typeof returnSchema>

/** `getReturn` */
export const returnAnswerSchema = z.looseObject({ result: returnSchema })
/** `getReturns` */
export const returnsAnswerSchema = z.looseObject({
  result: z.looseObject({ returns: entries(returnSchema, ['id'], ['orderId']), paging }),
})

/** `getReturnAvailableDecisions` */
export const availableDecisionsAnswerSchema = z.looseObject({
  result: z.looseObject({
    availableDecisions: z.array(
      z.looseObject({
        decisionType: text,
        decisionReasonTypes: lenient(z.array(text)),
        partialCompensationBounds: lenient(
          z.looseObject({ minAmount: lenient(money), maxAmount: lenient(money), maxPercent: lenient(count) }),
        ),
      }),
    ),
  }),
})

export type WireAvailableDecision = z.output<
  typeof availableDecisionsAnswerSchema
>['result']['availableDecisions'][number]

/* Conversations */

const chatContext = z.looseObject({
  type: lenient(text),
  campaignId: lenient(id),
  orderId: lenient(id),
  returnId: lenient(id),
  customer: lenient(z.looseObject({ name: lenient(text), publicId: lenient(text) })),
})

const chatSchema = z.looseObject({
  chatId: id,
  orderId: lenient(id),
  context: lenient(chatContext),
  type: lenient(text),
  status: lenient(text),
  createdAt: lenient(time),
  updatedAt: lenient(time),
})

const chatMessageSchema = z.looseObject({
  messageId: id,
  createdAt: lenient(time),
  sender: lenient(text),
  message: lenient(text),
  payload: lenient(z.array(z.looseObject({ name: lenient(text), url: text }))),
})

export type WireChat = z.output<typeof chatSchema>
export type WireChatMessage = z.output<typeof chatMessageSchema>

/** `getChat` */
export const chatAnswerSchema = z.looseObject({ result: chatSchema })
/** `getChatMessage` */
export const chatMessageAnswerSchema = z.looseObject({ result: chatMessageSchema })
/** `getChatHistory` */
export const chatHistoryAnswerSchema = z.looseObject({
  result: z.looseObject({
    context: lenient(chatContext),
    messages: entries(chatMessageSchema, ['messageId']),
    paging,
  }),
})

const author = lenient(z.looseObject({ type: lenient(text), name: lenient(text) }))

const reviewSchema = z.looseObject({
  feedbackId: id,
  createdAt: lenient(time),
  needReaction: lenient(z.boolean()),
  identifiers: lenient(z.looseObject({ orderId: lenient(id), offerId: lenient(id) })),
  author: lenient(text),
  description: lenient(
    z.looseObject({ advantages: lenient(text), disadvantages: lenient(text), comment: lenient(text) }),
  ),
  media: lenient(z.looseObject({ photos: lenient(z.array(text)), videos: lenient(z.array(text)) })),
  statistics: lenient(z.looseObject({ rating: lenient(count) })),
})

const reviewCommentSchema = z.looseObject({
  id,
  feedbackId: lenient(id),
  parentId: lenient(id),
  text: lenient(text),
  author,
  status: lenient(text),
})

const questionSchema = z.looseObject({
  questionIdentifiers: z.looseObject({ id, offerId: lenient(id) }),
  text: lenient(text),
  createdAt: lenient(time),
  author,
})

const answerCommentSchema = z.looseObject({
  id,
  text: lenient(text),
  author,
  status: lenient(text),
  createdAt: lenient(time),
})

const answerSchema = z.looseObject({
  id,
  questionId: lenient(id),
  text: lenient(text),
  author,
  status: lenient(text),
  createdAt: lenient(time),
  comments: lenient(z.array(answerCommentSchema)),
})

export type WireReview = z.output<typeof reviewSchema>
export type WireReviewComment = z.output<typeof reviewCommentSchema>
export type WireQuestion = z.output<typeof questionSchema>
export type WireAnswer = z.output<typeof answerSchema>

/** `getGoodsFeedbacks` */
export const reviewsAnswerSchema = z.looseObject({
  result: z.looseObject({ feedbacks: entries(reviewSchema, ['feedbackId']), paging }),
})
/** `getGoodsFeedbackComments` */
export const reviewCommentsAnswerSchema = z.looseObject({
  result: z.looseObject({ comments: entries(reviewCommentSchema, ['id']), paging }),
})
/** `getGoodsQuestions` */
export const questionsAnswerSchema = z.looseObject({
  result: z.looseObject({ questions: entries(questionSchema, ['questionIdentifiers', 'id']), paging }),
})
/** `getGoodsQuestionAnswers` */
export const answersAnswerSchema = z.looseObject({
  result: z.looseObject({ answers: entries(answerSchema, ['id']), paging }),
})
