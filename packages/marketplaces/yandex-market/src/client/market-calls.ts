import type { HttpCall } from '@sluice/outbound'

/** One call of the Partner API (specification 3.5): whom and what the Market counts it for, and what is sent. */
export interface MarketCall extends Pick<HttpCall, 'method' | 'path' | 'query' | 'json'> {
  operation: Operation
  entity: CallEntity
}

/** `/campaigns/…` counts for the store, `/businesses/…` for the cabinet (specification 3.2). */
export type CallEntity = `campaign-${string}` | `business-${string}`

export type Operation = keyof typeof operations

/** Calls an hour, of the cheaper tariff where they differ. What the answers tell corrects it. */
export const operations = {
  getBusinessOrders: { perHour: 10_000 },
  getOrderBuyerInfo: { perHour: 3_000 },
  getOrderIdentifiersStatus: { perHour: 1_000 },
  getReturns: { perHour: 5_000 },
  getReturn: { perHour: 7_000 },
  getReturnAvailableDecisions: { perHour: 5_000 },
  getOperations: { perHour: 1_000 },
  getChat: { perHour: 1_000 },
  getChatMessage: { perHour: 1_000 },
  getChatHistory: { perHour: 10_000 },
  getGoodsFeedbacks: { perHour: 5_000 },
  getGoodsFeedbackComments: { perHour: 5_000 },
  getGoodsQuestions: { perHour: 1_000 },
  getGoodsQuestionAnswers: { perHour: 1_000 },
  updateOrderStatus: { perHour: 10_000, isChange: true },
  setOrderBoxLayout: { perHour: 10_000, isChange: true },
  updateOrderItems: { perHour: 10_000, isChange: true },
  provideOrderItemIdentifiers: { perHour: 10_000, isChange: true },
  updateExternalOrderId: { perHour: 1_000, isChange: true },
  acceptOrderCancellation: { perHour: 500, isChange: true },
  provideOrderDigitalCodes: { perHour: 10_000, isChange: true },
  setOrderDeliveryDate: { perHour: 10_000, isChange: true },
  setOrderDeliveryTrackCode: { perHour: 10_000, isChange: true },
  updateOrderStorageLimit: { perHour: 10_000, isChange: true },
  verifyOrderEac: { perHour: 10_000, isChange: true },
  submitReturnDecision: { perHour: 5_000, isChange: true },
  sendMessageToChat: { perHour: 1_000, isChange: true },
  updateGoodsFeedbackComment: { perHour: 1_000, isChange: true },
  updateGoodsQuestionTextEntity: { perHour: 500, isChange: true },
} as const satisfies Record<string, { perHour: number; isChange?: true }>

export function isChange({ operation }: MarketCall): boolean {
  return 'isChange' in operations[operation]
}

/** Where an order is at the Market: its store and its id. */
export interface OrderPlace {
  campaignId: string
  orderId: string
}

export interface OrdersFilter {
  orderIds?: readonly string[]
  campaignIds?: readonly string[]
  updatedFrom?: Date
  updatedTo?: Date
  isTest?: boolean
  isWaitingForCancellation?: boolean
}

/** A page of orders has 50 at most. */
export const ORDERS_PAGE_SIZE = 50

export function getBusinessOrders(businessId: string, filter: OrdersFilter, pageToken?: string): MarketCall {
  const { orderIds, campaignIds, updatedFrom, updatedTo, isTest, isWaitingForCancellation } = filter
  return {
    ...ofBusiness('getBusinessOrders', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/orders`,
    query: page(ORDERS_PAGE_SIZE, pageToken),
    json: {
      ...(orderIds && { orderIds: orderIds.map(int64) }),
      ...(campaignIds && { campaignIds: campaignIds.map(int64) }),
      ...(updatedFrom &&
        updatedTo && { dates: { updateDateFrom: toTime(updatedFrom), updateDateTo: toTime(updatedTo) } }),
      ...(isTest && { fake: true }),
      ...(isWaitingForCancellation && { programTypes: ['DBS'], waitingForCancellationApprove: true }),
    },
  }
}

export function getOrderBuyerInfo(place: OrderPlace): MarketCall {
  return ofOrder('getOrderBuyerInfo', 'GET', place, '/buyer')
}

/** Why the merchant cancels. */
export type CancelSubstatus =
  | 'SHOP_FAILED'
  | 'USER_CHANGED_MIND'
  | 'USER_UNREACHABLE'
  | 'INCORRECT_PERSONAL_DATA'
  | 'PICKUP_EXPIRED'

export interface StatusChange {
  status: 'PROCESSING' | 'CANCELLED' | 'DELIVERY' | 'PICKUP' | 'DELIVERED'
  substatus?: 'STARTED' | 'READY_TO_SHIP' | CancelSubstatus
  /** YYYY-MM-DD; only in the past (specification 3.6). */
  realDeliveryDate?: string
}

export function updateOrderStatus(
  place: OrderPlace,
  { status, substatus, realDeliveryDate }: StatusChange,
): MarketCall {
  return {
    ...ofOrder('updateOrderStatus', 'PUT', place, '/status'),
    json: {
      order: {
        status,
        ...(substatus && { substatus }),
        ...(realDeliveryDate && { delivery: { dates: { realDeliveryDate } } }),
      },
    },
  }
}

/** One marking code under the name of its kind (specification 3.6). */
export type ItemInstance = { cis: string } | { uin: string } | { rnpt: string } | { gtd: string }

export interface BoxItem {
  /** Of the order's line. */
  id: string
  /** Whole goods, or one part of one; never both. */
  fullCount?: number
  partialCount?: { current: number; total: number }
  instances?: ItemInstance[]
}

export function setOrderBoxLayout(
  place: OrderPlace,
  { boxes, allowRemove }: { boxes: readonly (readonly BoxItem[])[]; allowRemove: boolean },
): MarketCall {
  return {
    ...ofOrder('setOrderBoxLayout', 'PUT', place, '/boxes'),
    json: { boxes: boxes.map((items) => ({ items: items.map(withInt64) })), allowRemove },
  }
}

export function updateOrderItems(
  place: OrderPlace,
  items: readonly { id: string; count: number; instances?: ItemInstance[] }[],
): MarketCall {
  return {
    ...ofOrder('updateOrderItems', 'PUT', place, '/items'),
    json: { items: items.map(withInt64), reason: 'PARTNER_REQUESTED_REMOVE' },
  }
}

export function provideOrderItemIdentifiers(
  place: OrderPlace,
  items: readonly { id: string; instances: ItemInstance[] }[],
): MarketCall {
  return {
    ...ofOrder('provideOrderItemIdentifiers', 'PUT', place, '/identifiers'),
    json: { items: items.map(withInt64) },
  }
}

/** It takes no body. */
export function getOrderIdentifiersStatus(place: OrderPlace): MarketCall {
  return ofOrder('getOrderIdentifiersStatus', 'POST', place, '/identifiers/status')
}

export function updateExternalOrderId(place: OrderPlace, externalOrderId: string): MarketCall {
  return { ...ofOrder('updateExternalOrderId', 'POST', place, '/external-id'), json: { externalOrderId } }
}

export type CancellationReply =
  | { accepted: true }
  | { accepted: false; reason: 'ORDER_DELIVERED' | 'ORDER_IN_DELIVERY' }

export function acceptOrderCancellation(place: OrderPlace, reply: CancellationReply): MarketCall {
  return { ...ofOrder('acceptOrderCancellation', 'PUT', place, '/cancellation/accept'), json: reply }
}

export interface DigitalItem {
  id: string
  codes: string[]
  slip: string
  /** YYYY-MM-DD */
  activateTill: string
}

export function provideOrderDigitalCodes(place: OrderPlace, items: readonly DigitalItem[]): MarketCall {
  return {
    ...ofOrder('provideOrderDigitalCodes', 'POST', place, '/deliverDigitalGoods'),
    json: {
      items: items.map(({ id, codes, slip, activateTill }) => ({
        id: int64(id),
        codes,
        slip,
        activate_till: activateTill,
      })),
    },
  }
}

export function setOrderDeliveryDate(place: OrderPlace, toDate: string, by: 'customer' | 'merchant'): MarketCall {
  const reason = by === 'customer' ? 'USER_MOVED_DELIVERY_DATES' : 'PARTNER_MOVED_DELIVERY_DATES'
  return { ...ofOrder('setOrderDeliveryDate', 'PUT', place, '/delivery/date'), json: { dates: { toDate }, reason } }
}

export function setOrderDeliveryTrackCode(place: OrderPlace, trackCode: string, deliveryServiceId: string): MarketCall {
  return {
    ...ofOrder('setOrderDeliveryTrackCode', 'POST', place, '/delivery/track'),
    json: { trackCode, deliveryServiceId: int64(deliveryServiceId) },
  }
}

export function updateOrderStorageLimit(place: OrderPlace, newDate: string): MarketCall {
  return { ...ofOrder('updateOrderStorageLimit', 'PUT', place, '/delivery/storage-limit'), json: { newDate } }
}

export function verifyOrderEac(place: OrderPlace, code: string): MarketCall {
  return { ...ofOrder('verifyOrderEac', 'PUT', place, '/verifyEac'), json: { code } }
}

export function getOperations(businessId: string, operationId: string): MarketCall {
  return {
    ...ofBusiness('getOperations', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/operations`,
    json: { operationType: 'ORDER_STATUS_UPDATE', operationIds: [operationId] },
  }
}

/** Days, YYYY-MM-DD, of the last change. */
export function getReturns(
  campaignId: string,
  span: { fromDate: string; toDate: string },
  pageToken?: string,
): MarketCall {
  return {
    operation: 'getReturns',
    entity: `campaign-${campaignId}`,
    method: 'GET',
    path: `/v2/campaigns/${campaignId}/returns`,
    query: { ...span, ...page(100, pageToken) },
  }
}

export interface ReturnPlace extends OrderPlace {
  returnId: string
}

export function getReturn(place: ReturnPlace): MarketCall {
  return ofOrder('getReturn', 'GET', place, `/returns/${place.returnId}`)
}

export function getReturnAvailableDecisions(businessId: string, { campaignId, returnId }: ReturnPlace): MarketCall {
  return {
    ...ofBusiness('getReturnAvailableDecisions', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/returns/decisions`,
    json: { campaignId: int64(campaignId), returnId: int64(returnId) },
  }
}

export interface ReturnItemDecision {
  returnItemId: string
  decisionType: string
  decisionReasonType?: string
  comment?: string
  compensation?: { value: number; currencyId: string }
}

export function submitReturnDecision(place: ReturnPlace, decisions: readonly ReturnItemDecision[]): MarketCall {
  return {
    ...ofOrder('submitReturnDecision', 'POST', place, `/returns/${place.returnId}/decision/submit`),
    json: {
      returnItemDecisions: decisions.map((decision) => ({ ...decision, returnItemId: int64(decision.returnItemId) })),
    },
  }
}

export function getChat(businessId: string, chatId: string): MarketCall {
  return {
    ...ofBusiness('getChat', businessId),
    method: 'GET',
    path: `/v2/businesses/${businessId}/chat`,
    query: { chatId },
  }
}

export function getChatMessage(businessId: string, chatId: string, messageId: string): MarketCall {
  return {
    ...ofBusiness('getChatMessage', businessId),
    method: 'GET',
    path: `/v2/businesses/${businessId}/chats/message`,
    query: { chatId, messageId },
  }
}

export function getChatHistory(businessId: string, chatId: string, pageToken?: string): MarketCall {
  return {
    ...ofBusiness('getChatHistory', businessId),
    method: 'POST',
    path: `/v2/businesses/${businessId}/chats/history`,
    query: { chatId, ...page(100, pageToken) },
    json: {},
  }
}

export function sendMessageToChat(businessId: string, chatId: string, message: string): MarketCall {
  return {
    ...ofBusiness('sendMessageToChat', businessId),
    method: 'POST',
    path: `/v2/businesses/${businessId}/chats/message`,
    query: { chatId },
    json: { message },
  }
}

export function getGoodsFeedbacks(businessId: string, feedbackId: string): MarketCall {
  return {
    ...ofBusiness('getGoodsFeedbacks', businessId),
    method: 'POST',
    path: `/v2/businesses/${businessId}/goods-feedback`,
    query: page(50),
    json: { feedbackIds: [int64(feedbackId)] },
  }
}

/** One comment by its id, or all of a review, page by page. */
export function getGoodsFeedbackComments(
  businessId: string,
  filter: { commentId: string } | { feedbackId: string },
  pageToken?: string,
): MarketCall {
  return {
    ...ofBusiness('getGoodsFeedbackComments', businessId),
    method: 'POST',
    path: `/v2/businesses/${businessId}/goods-feedback/comments`,
    query: page(50, pageToken),
    json: 'commentId' in filter ? { commentIds: [int64(filter.commentId)] } : { feedbackId: int64(filter.feedbackId) },
  }
}

export function updateGoodsFeedbackComment(
  businessId: string,
  { feedbackId, parentId, text }: { feedbackId: string; parentId?: string; text: string },
): MarketCall {
  return {
    ...ofBusiness('updateGoodsFeedbackComment', businessId),
    method: 'POST',
    path: `/v2/businesses/${businessId}/goods-feedback/comments/update`,
    json: {
      feedbackId: int64(feedbackId),
      comment: { ...(parentId !== undefined && { parentId: int64(parentId) }), text },
    },
  }
}

export function getGoodsQuestions(businessId: string, questionId: string): MarketCall {
  return {
    ...ofBusiness('getGoodsQuestions', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/goods-questions`,
    query: page(50),
    json: { questionIds: [int64(questionId)] },
  }
}

/** One answer by its id, or all to a question, page by page. */
export function getGoodsQuestionAnswers(
  businessId: string,
  filter: { answerId: string } | { questionId: string },
  pageToken?: string,
): MarketCall {
  return {
    ...ofBusiness('getGoodsQuestionAnswers', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/goods-questions/answers`,
    query: page(50, pageToken),
    json: 'answerId' in filter ? { answerIds: [int64(filter.answerId)] } : { questionId: int64(filter.questionId) },
  }
}

/** Answers a question, or comments on an answer. */
export function updateGoodsQuestionTextEntity(
  businessId: string,
  parent: { id: string; type: 'QUESTION' | 'ANSWER' },
  text: string,
): MarketCall {
  return {
    ...ofBusiness('updateGoodsQuestionTextEntity', businessId),
    method: 'POST',
    path: `/v1/businesses/${businessId}/goods-questions/update`,
    json: { operationType: 'CREATE', parentEntityId: { id: int64(parent.id), type: parent.type }, text },
  }
}

/** What can be sent as an id: int64, 1 or greater. */
export function isInt64(id: string | undefined): id is string {
  return id !== undefined && /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= MAX_INT64
}

const MAX_INT64 = 2n ** 63n - 1n

/** All its digits, also beyond what a JavaScript number holds. Throws for what is no number: check `isInt64` first. */
function int64(id: string): number {
  if (!isInt64(id)) throw new RangeError('an id of the Market is a whole number')
  return Number.isSafeInteger(Number(id)) ? Number(id) : rawJson(id)
}

/** ES2026, in Node since 22, not in TypeScript's library yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): number }).rawJSON

function withInt64<T extends { id: string }>(item: T): Omit<T, 'id'> & { id: number } {
  return { ...item, id: int64(item.id) }
}

/** Whole seconds: dates of the API have no more (specification 2.8). */
function toTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

function page(limit: number, pageToken?: string): Record<string, string> {
  return { limit: String(limit), ...(pageToken !== undefined && { pageToken }) }
}

function ofBusiness(operation: Operation, businessId: string): Pick<MarketCall, 'operation' | 'entity'> {
  return { operation, entity: `business-${businessId}` }
}

function ofOrder(
  operation: Operation,
  method: MarketCall['method'],
  { campaignId, orderId }: OrderPlace,
  rest: string,
): MarketCall {
  return {
    operation,
    entity: `campaign-${campaignId}`,
    method,
    path: `/v2/campaigns/${campaignId}/orders/${orderId}${rest}`,
  }
}
