import { z } from 'zod'
import {
  CHAT_STATUSES,
  DECISION_TYPES,
  DECLINE_REASONS,
  ORDER_STATUSES,
  PROGRAMS,
  REFUND_STATUSES,
  SHIPMENT_STATUSES,
  SUBSTATUSES,
} from './statuses.ts'

/**
 * The requests a strict Market expects, written down from its official document a second time on purpose: the sandbox shares
 * no schema with the code it checks. Unknown fields are faults here. Ids come out as text.
 */

export const int64 = z.union([z.int(), z.bigint()]).transform(String)
const positiveInt64 = z.union([z.int().positive(), z.bigint().positive()]).transform(String)
const int32 = z.int().max(2_147_483_647)
const date = z.iso.date()
const dateTime = z.iso.datetime({ offset: true })
const status = z.enum(ORDER_STATUSES)
const substatus = z.string().refine((word) => SUBSTATUSES.has(word), 'no substatus of the Market')
const offerId = z.string().min(1).max(255)
const text = (max: number) => z.string().min(1).max(max)

/** Unique items, or null for "no filter". */
const filter = <T extends z.ZodType>(item: T, max = Number.POSITIVE_INFINITY) => unique(item, 1, max).nullish()
const unique = <T extends z.ZodType>(item: T, min: number, max: number) =>
  z
    .array(item)
    .min(min)
    .max(max)
    .refine((items) => new Set(items.map(String)).size === items.length, 'items must be unique')

/** Numbers in a query come as text. */
const inQuery = {
  int: (min: number, max: number) => z.coerce.number().int().min(min).max(max),
  id: z.string().regex(/^[1-9]\d{0,18}$/),
}
/** More than the most is cut to the most (specification 3.4). */
const page = (most: number, usual: number) => ({
  pageToken: z.string().optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, most))
    .default(usual),
})
const strictPage = (most: number, usual: number) => ({
  pageToken: z.string().optional(),
  limit: inQuery.int(1, most).default(usual),
})

export const campaignsQuery = z.strictObject({
  pageToken: z.string().optional(),
  limit: inQuery.int(1, 100).optional(),
  page: inQuery.int(1, 10_000).optional(),
  pageSize: inQuery.int(1, 1_000).optional(),
})

// Orders

export const ordersQuery = z.strictObject(page(50, 50))
export const ordersBody = z.strictObject({
  orderIds: filter(int64, 50),
  externalOrderIds: filter(z.string().min(1), 50),
  programTypes: filter(z.enum(PROGRAMS)),
  campaignIds: filter(z.int().positive(), 50),
  statuses: filter(status),
  substatuses: filter(substatus),
  dates: z
    .strictObject({
      creationDateFrom: date.optional(),
      creationDateTo: date.optional(),
      shipmentDateFrom: date.optional(),
      shipmentDateTo: date.optional(),
      updateDateFrom: dateTime.optional(),
      updateDateTo: dateTime.optional(),
    })
    .optional(),
  fake: z.boolean().optional(),
  waitingForCancellationApprove: z.boolean().optional(),
  sourcePlatforms: filter(z.enum(['MARKET', 'OZON', 'WILDBERRIES', 'OTHER'])),
})
export type OrdersFilter = z.output<typeof ordersBody>

export const orderStatusBody = z.strictObject({
  order: z.strictObject({
    status,
    substatus: substatus.optional(),
    delivery: z.strictObject({ dates: z.strictObject({ realDeliveryDate: date.optional() }).optional() }).optional(),
  }),
})
export const orderStatusesBody = z.strictObject({
  orders: z
    .array(z.strictObject({ id: int64, status, substatus: substatus.optional() }))
    .min(1)
    .max(30),
})

const instance = z.strictObject({
  cis: z.string().optional(),
  uin: z.string().optional(),
  rnpt: z.string().optional(),
  gtd: z.string().optional(),
  countryCode: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
})
export type Instance = z.output<typeof instance>
const instances = z
  .array(instance)
  .min(1)
  .nullish()
  .transform((given) => given ?? undefined)

export const boxesBody = z.strictObject({
  boxes: z
    .array(
      z.strictObject({
        items: z
          .array(
            z.strictObject({
              id: int64,
              fullCount: int32.min(1).optional(),
              partialCount: z.strictObject({ current: int32.min(1), total: int32.min(2) }).optional(),
              instances,
            }),
          )
          .min(1),
      }),
    )
    .min(1),
  allowRemove: z.boolean().default(false),
})
export const itemsBody = z.strictObject({
  items: z.array(z.strictObject({ id: int64, count: int32.min(0), instances })).min(1),
  reason: z.enum(['PARTNER_REQUESTED_REMOVE', 'USER_REQUESTED_REMOVE']).optional(),
})
export const identifiersBody = z.strictObject({
  items: z.array(z.strictObject({ id: int64, instances: z.array(instance) })),
})
export const externalIdBody = z.strictObject({ externalOrderId: z.string().min(1) })
export const cancellationBody = z
  .strictObject({ accepted: z.boolean(), reason: z.enum(['ORDER_DELIVERED', 'ORDER_IN_DELIVERY']).optional() })
  .refine(({ accepted, reason }) => accepted || reason !== undefined, {
    path: ['reason'],
    error: 'is required when the cancellation is declined',
  })
export const digitalCodesBody = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id: int64,
        codes: unique(z.string().max(256), 1, 5_000),
        slip: z.string().max(10_000),
        activate_till: date,
      }),
    )
    .min(1)
    .max(100),
})
export const deliveryDateBody = z.strictObject({
  dates: z.strictObject({ toDate: date }),
  reason: z.enum(['USER_MOVED_DELIVERY_DATES', 'PARTNER_MOVED_DELIVERY_DATES']),
})
export const trackBody = z.strictObject({ trackCode: z.string(), deliveryServiceId: int64 })
export const storageLimitBody = z.strictObject({ newDate: date })
export const eacBody = z.strictObject({ code: z.string() })
export const operationsBody = z.strictObject({
  operationType: z.enum([
    'ORDER_RECIPIENT_UPDATE',
    'ORDER_DELIVERY_INTERVAL_UPDATE',
    'ORDER_STATUS_UPDATE',
    'RETURN_CANCELLATION',
  ]),
  operationIds: unique(text(1_000), 1, 100),
})

// Returns

/** As `a,b` or repeated. */
const list = <T extends z.ZodType<string, string>>(item: T, max = Number.POSITIVE_INFINITY) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((one) => one.split(',')))
    .pipe(unique(item, 1, max))
    .optional()
export const returnsQuery = z.strictObject({
  ...page(100, 50),
  orderIds: list(inQuery.id, 50),
  statuses: list(z.enum(REFUND_STATUSES)),
  shipmentStatuses: list(z.enum(SHIPMENT_STATUSES)),
  type: z.enum(['UNREDEEMED', 'RETURN']).optional(),
  fromDate: date.optional(),
  toDate: date.optional(),
})
export type ReturnsFilter = z.output<typeof returnsQuery>
export const availableDecisionsBody = z.strictObject({ campaignId: z.int().positive(), returnId: positiveInt64 })
export const decisionBody = z.strictObject({
  returnItemDecisions: z
    .array(
      z.strictObject({
        returnItemId: int64,
        decisionType: z.enum(DECISION_TYPES),
        decisionReasonType: z.enum(DECLINE_REASONS).optional(),
        comment: z.string().optional(),
        compensation: z.strictObject({ value: z.number().min(0), currencyId: z.literal('RUR') }).optional(),
      }),
    )
    .min(1),
})

// Chats

const chatContext = z.strictObject({ type: z.enum(['ORDER', 'RETURN']), id: positiveInt64 })
export const chatQuery = z.strictObject({ chatId: inQuery.id })
export const chatMessageQuery = z.strictObject({ chatId: inQuery.id, messageId: inQuery.id })
export const chatsQuery = z.strictObject(strictPage(20, 10))
export const chatsBody = z.strictObject({
  orderIds: filter(int64),
  contexts: z.array(chatContext).min(1).nullish(),
  contextTypes: filter(z.enum(['ORDER', 'RETURN', 'DIRECT'])),
  types: filter(z.enum(['CHAT', 'ARBITRAGE'])),
  statuses: filter(z.enum(CHAT_STATUSES)),
})
export const chatHistoryQuery = z.strictObject({ chatId: inQuery.id, ...strictPage(100, 50) })
export const chatHistoryBody = z.strictObject({ messageIdFrom: positiveInt64.optional() })
export const newChatBody = z
  .strictObject({ orderId: int64.optional(), context: chatContext.optional() })
  .refine(({ orderId, context }) => orderId !== undefined || context !== undefined, 'orderId or context is required')
export const messageBody = z.strictObject({ message: text(4_096) })

// Reviews and questions

export const feedbacksQuery = z.strictObject(strictPage(50, 25))
export const feedbacksBody = z.strictObject({
  feedbackIds: filter(int64, 50),
  dateTimeFrom: dateTime.optional(),
  dateTimeTo: dateTime.optional(),
  reactionStatus: z.enum(['ALL', 'NEED_REACTION']).optional(),
  ratingValues: filter(z.int().min(1).max(5), 5),
  offerIds: filter(offerId, 20),
  paid: z.boolean().optional(),
})
const sourceType = { sourceType: z.enum(['SELLER', 'ADVERTISER']).optional() }
export const feedbackCommentsQuery = z.strictObject({ ...strictPage(50, 25), ...sourceType })
/** `commentIds` alone (official description). */
export const feedbackCommentsBody = z
  .strictObject({ feedbackId: int64.optional(), commentIds: filter(int64, 50) })
  .refine(({ feedbackId, commentIds }) => (feedbackId === undefined) !== (commentIds == null), {
    error: 'either feedbackId or commentIds',
  })
export const sourceTypeQuery = z.strictObject(sourceType)
export const feedbackCommentBody = z.strictObject({
  feedbackId: int64,
  comment: z.strictObject({ id: int64.optional(), parentId: int64.optional(), text: text(4_096) }),
})
export const skipFeedbacksBody = z.strictObject({ feedbackIds: unique(int64, 1, 50) })

export const questionsBody = z.strictObject({
  categoryIds: filter(int64),
  questionIds: filter(positiveInt64, 50),
  dateFrom: date.optional(),
  dateTo: date.optional(),
  needAnswer: z.boolean().default(false),
  sort: z.enum(['CREATED_AT_DESC', 'CREATED_AT_ASC']).optional(),
})
export const answersBody = z.strictObject({
  questionId: positiveInt64.optional(),
  answerIds: filter(positiveInt64, 50),
})
const entity = z.strictObject({ id: positiveInt64, type: z.enum(['QUESTION', 'ANSWER', 'COMMENT']) })
export const questionTextBody = z.discriminatedUnion('operationType', [
  z.strictObject({ operationType: z.literal('CREATE'), parentEntityId: entity, text: text(5_000) }),
  z.strictObject({ operationType: z.literal('UPDATE'), entityId: entity, text: text(5_000) }),
  z.strictObject({ operationType: z.literal('DELETE'), entityId: entity, text: text(5_000).optional() }),
])
