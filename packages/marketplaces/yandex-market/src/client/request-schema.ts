import { z } from 'zod'
import { type Operation, operations } from './market-calls.ts'

/**
 * The requests of the Partner API, written from its documentation (specification 3.5, 3.6): for tests, so that no call goes
 * out in another form. Unknown fields are faults here.
 */
/** int64: also beyond what a JavaScript number holds exactly. */
const id = z.number().refine((value) => Number.isInteger(value) && value >= 1)
const day = z.iso.date()
const time = z.iso.datetime({ offset: true })
const limit = (max: number) => z.string().refine((value) => Number(value) >= 1 && Number(value) <= max)

const instance = z.union([
  z.strictObject({ cis: z.string().min(1) }),
  z.strictObject({ uin: z.string().min(1) }),
  z.strictObject({ rnpt: z.string().min(1) }),
  z.strictObject({ gtd: z.string().min(1) }),
])
const instances = z.array(instance).min(1).optional()

const boxItem = z.union([
  z.strictObject({ id, fullCount: z.int().min(1), instances }),
  z.strictObject({
    id,
    partialCount: z
      .strictObject({ current: z.int().min(1), total: z.int().min(2) })
      .refine(({ current, total }) => current <= total),
    instances,
  }),
])

const statusChange = z.union([
  z.strictObject({ status: z.literal('PROCESSING'), substatus: z.enum(['STARTED', 'READY_TO_SHIP']) }),
  z.strictObject({
    status: z.literal('CANCELLED'),
    substatus: z.enum([
      'SHOP_FAILED',
      'USER_CHANGED_MIND',
      'USER_UNREACHABLE',
      'INCORRECT_PERSONAL_DATA',
      'PICKUP_EXPIRED',
    ]),
  }),
  z.strictObject({ status: z.literal('DELIVERY') }),
  z.strictObject({
    status: z.enum(['PICKUP', 'DELIVERED']),
    delivery: z.strictObject({ dates: z.strictObject({ realDeliveryDate: day }) }).optional(),
  }),
])

const nothing = z.undefined()
const noQuery = z.strictObject({})
const chat = z.strictObject({ chatId: z.string().regex(/^\d+$/) })
const pageOf = (max: number) => z.strictObject({ limit: limit(max), pageToken: z.string().min(1).optional() })
const ids = z.array(id).min(1).max(50)

interface Form {
  method: 'GET' | 'POST' | 'PUT'
  path: RegExp
  query: z.ZodType<Record<string, string | undefined>>
  body: z.ZodType
}

const ofOrder = (rest: string) => new RegExp(`^/v2/campaigns/\\d+/orders/\\d+${rest}$`)
const v1 = (rest: string) => new RegExp(`^/v1/businesses/\\d+${rest}$`)
const v2 = (rest: string) => new RegExp(`^/v2/businesses/\\d+${rest}$`)

const forms: Record<Operation, Form> = {
  getBusinessOrders: {
    method: 'POST',
    path: v1('/orders'),
    query: pageOf(50),
    body: z.strictObject({
      orderIds: ids.optional(),
      campaignIds: ids.optional(),
      programTypes: z.tuple([z.literal('DBS')]).optional(),
      dates: z.strictObject({ updateDateFrom: time, updateDateTo: time }).optional(),
      fake: z.boolean().optional(),
      waitingForCancellationApprove: z.boolean().optional(),
    }),
  },
  getOrderBuyerInfo: { method: 'GET', path: ofOrder('/buyer'), query: noQuery, body: nothing },
  getOrderIdentifiersStatus: { method: 'POST', path: ofOrder('/identifiers/status'), query: noQuery, body: nothing },
  getReturns: {
    method: 'GET',
    path: /^\/v2\/campaigns\/\d+\/returns$/,
    query: pageOf(100).extend({ fromDate: day, toDate: day }),
    body: nothing,
  },
  getReturn: { method: 'GET', path: ofOrder('/returns/\\d+'), query: noQuery, body: nothing },
  getReturnAvailableDecisions: {
    method: 'POST',
    path: v1('/returns/decisions'),
    query: noQuery,
    body: z.strictObject({ campaignId: id, returnId: id }),
  },
  getOperations: {
    method: 'POST',
    path: v1('/operations'),
    query: noQuery,
    body: z.strictObject({
      operationType: z.literal('ORDER_STATUS_UPDATE'),
      operationIds: z.array(z.string().min(1)).min(1).max(100),
    }),
  },
  getChat: { method: 'GET', path: v2('/chat'), query: chat, body: nothing },
  getChatMessage: {
    method: 'GET',
    path: v2('/chats/message'),
    query: chat.extend({ messageId: z.string().regex(/^\d+$/) }),
    body: nothing,
  },
  getChatHistory: {
    method: 'POST',
    path: v2('/chats/history'),
    query: pageOf(100).extend(chat.shape),
    body: z.strictObject({ messageIdFrom: id.optional() }),
  },
  getGoodsFeedbacks: {
    method: 'POST',
    path: v2('/goods-feedback'),
    query: pageOf(50),
    body: z.strictObject({ feedbackIds: ids }),
  },
  getGoodsFeedbackComments: {
    method: 'POST',
    path: v2('/goods-feedback/comments'),
    query: pageOf(50),
    body: z.union([z.strictObject({ feedbackId: id }), z.strictObject({ commentIds: ids })]),
  },
  getGoodsQuestions: {
    method: 'POST',
    path: v1('/goods-questions'),
    query: pageOf(50),
    body: z.strictObject({ questionIds: ids }),
  },
  getGoodsQuestionAnswers: {
    method: 'POST',
    path: v1('/goods-questions/answers'),
    query: pageOf(50),
    body: z.union([z.strictObject({ questionId: id }), z.strictObject({ answerIds: ids })]),
  },
  updateOrderStatus: {
    method: 'PUT',
    path: ofOrder('/status'),
    query: noQuery,
    body: z.strictObject({ order: statusChange }),
  },
  setOrderBoxLayout: {
    method: 'PUT',
    path: ofOrder('/boxes'),
    query: noQuery,
    body: z.strictObject({
      boxes: z
        .array(
          z
            .strictObject({ items: z.array(boxItem).min(1) })
            // Whole goods, or one part of one.
            .refine(({ items }) => items.length === 1 || items.every((item) => 'fullCount' in item)),
        )
        .min(1),
      allowRemove: z.boolean(),
    }),
  },
  updateOrderItems: {
    method: 'PUT',
    path: ofOrder('/items'),
    query: noQuery,
    body: z.strictObject({
      items: z.array(z.strictObject({ id, count: z.int().min(0), instances })).min(1),
      reason: z.enum(['PARTNER_REQUESTED_REMOVE', 'USER_REQUESTED_REMOVE']),
    }),
  },
  provideOrderItemIdentifiers: {
    method: 'PUT',
    path: ofOrder('/identifiers'),
    query: noQuery,
    body: z.strictObject({ items: z.array(z.strictObject({ id, instances: z.array(instance) })).min(1) }),
  },
  updateExternalOrderId: {
    method: 'POST',
    path: ofOrder('/external-id'),
    query: noQuery,
    body: z.strictObject({ externalOrderId: z.string().min(1) }),
  },
  acceptOrderCancellation: {
    method: 'PUT',
    path: ofOrder('/cancellation/accept'),
    query: noQuery,
    body: z.union([
      z.strictObject({ accepted: z.literal(true) }),
      z.strictObject({ accepted: z.literal(false), reason: z.enum(['ORDER_DELIVERED', 'ORDER_IN_DELIVERY']) }),
    ]),
  },
  provideOrderDigitalCodes: {
    method: 'POST',
    path: ofOrder('/deliverDigitalGoods'),
    query: noQuery,
    body: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            codes: z.array(z.string().min(1).max(256)).min(1).max(5_000),
            slip: z.string().max(10_000),
            activate_till: day,
          }),
        )
        .min(1)
        .max(100),
    }),
  },
  setOrderDeliveryDate: {
    method: 'PUT',
    path: ofOrder('/delivery/date'),
    query: noQuery,
    body: z.strictObject({
      dates: z.strictObject({ toDate: day }),
      reason: z.enum(['USER_MOVED_DELIVERY_DATES', 'PARTNER_MOVED_DELIVERY_DATES']),
    }),
  },
  setOrderDeliveryTrackCode: {
    method: 'POST',
    path: ofOrder('/delivery/track'),
    query: noQuery,
    body: z.strictObject({ trackCode: z.string().min(1), deliveryServiceId: id }),
  },
  updateOrderStorageLimit: {
    method: 'PUT',
    path: ofOrder('/delivery/storage-limit'),
    query: noQuery,
    body: z.strictObject({ newDate: day }),
  },
  verifyOrderEac: {
    method: 'PUT',
    path: ofOrder('/verifyEac'),
    query: noQuery,
    body: z.strictObject({ code: z.string().min(1) }),
  },
  submitReturnDecision: {
    method: 'POST',
    path: ofOrder('/returns/\\d+/decision/submit'),
    query: noQuery,
    body: z.strictObject({
      returnItemDecisions: z
        .array(
          z.strictObject({
            returnItemId: id,
            decisionType: z.enum([
              'FAST_REFUND_MONEY',
              'REFUND_MONEY',
              'REFUND_MONEY_INCLUDING_SHIPMENT',
              'REPAIR',
              'REPLACE',
              'SEND_TO_EXAMINATION',
              'DECLINE_REFUND',
              'PARTIAL_MONEY_REFUND',
              'OTHER_DECISION',
            ]),
            decisionReasonType: z
              .enum([
                'ISSUE_WITH_THE_PRODUCT_WAS_NOT_CONFIRMED',
                'MECHANICAL_DAMAGE',
                'WARRANTY_PERIOD_HAS_EXPIRED',
                'CONFIGURATION_OR_PACKAGING_COMPROMISED',
                'PRODUCT_APPEARANCE_COMPROMISED',
                'WARRANTY_TERMS_VIOLATED',
                'DEVICE_ACTIVATED',
              ])
              .optional(),
            comment: z.string().optional(),
            compensation: z.strictObject({ value: z.number().min(0), currencyId: z.string() }).optional(),
          }),
        )
        .min(1),
    }),
  },
  sendMessageToChat: {
    method: 'POST',
    path: v2('/chats/message'),
    query: chat,
    body: z.strictObject({ message: z.string().min(1).max(4_096) }),
  },
  updateGoodsFeedbackComment: {
    method: 'POST',
    path: v2('/goods-feedback/comments/update'),
    query: noQuery,
    body: z.strictObject({
      feedbackId: id,
      comment: z.strictObject({ parentId: id.optional(), text: z.string().min(1).max(4_096) }),
    }),
  },
  updateGoodsQuestionTextEntity: {
    method: 'POST',
    path: v1('/goods-questions/update'),
    query: noQuery,
    body: z.strictObject({
      operationType: z.literal('CREATE'),
      parentEntityId: z.strictObject({ id, type: z.enum(['QUESTION', 'ANSWER']) }),
      text: z.string().min(1).max(5_000),
    }),
  },
}

export type CheckedRequest =
  | { operation: Operation; path: string; query: Record<string, string>; body: unknown }
  | { fault: string }

export function checkRequest(method: string, url: string, raw: string): CheckedRequest {
  const { pathname: path, searchParams } = new URL(url, 'http://market')
  const query = Object.fromEntries(searchParams)
  for (const operation of Object.keys(operations) as Operation[]) {
    const form = forms[operation]
    if (form.method !== method || !form.path.test(path)) continue
    const body: unknown = raw === '' ? undefined : JSON.parse(raw)
    const parsed = z.strictObject({ query: form.query, body: form.body }).safeParse({ query, body })
    if (!parsed.success) return { fault: `${operation}: ${z.prettifyError(parsed.error)}` }
    return { operation, path, query, body }
  }
  return { fault: `no operation ${method} ${path}` }
}
