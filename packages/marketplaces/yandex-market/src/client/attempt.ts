import type { AccountBase } from '@sluice/marketplace-port'
import { currentBody, type Order } from '@sluice/orders'
import type { YandexMarketAccountSettings } from '../settings-schema.ts'
import { ordersAnswerSchema, type WireOrder } from '../wire-schema.ts'
import type { AttemptCalls } from './attempt-calls.ts'
import { type Failure, toFailure } from './classify-answer.ts'
import { getBusinessOrders, isInt64, type OrderPlace } from './market-calls.ts'

export type Account = AccountBase & YandexMarketAccountSettings

/** One attempt at an effect: what it is about, and the calls it may make. */
export interface Attempt {
  account: Account
  order: Order
  /** An earlier attempt may have been done without our knowing. Nothing is idempotent at the Market: read, then repeat. */
  wasUnclear: boolean
  calls: AttemptCalls
  signal: AbortSignal
  /** Epoch milliseconds. */
  now: () => number
}

export interface OrderAttempt extends Attempt {
  place: OrderPlace
}

/** Undefined when nobody has told us the store, or the order has no id of the Market's form. */
export function placeOf({ ref, reading }: Order, campaignId: string | undefined): OrderPlace | undefined {
  const store = campaignId ?? reading?.storeId
  return isInt64(store) && isInt64(ref.externalId) ? { campaignId: store, orderId: ref.externalId } : undefined
}

/** The order as it is now, for itself alone and within the attempt's priority. */
export async function readOrderNow(
  { account, order, calls }: Attempt,
  orderId: string,
): Promise<{ kind: 'order'; order: WireOrder } | Failure> {
  const isKnownTest = currentBody(order)?.isTest === true
  for (const isTest of isKnownTest ? [true] : [false, true]) {
    const answer = await calls.send(getBusinessOrders(account.businessId, { orderIds: [orderId], isTest }))
    if (answer.kind !== 'ok') return toFailure(answer)
    const parsed = ordersAnswerSchema.safeParse(answer.body)
    if (!parsed.success) return toFailure(answer)
    const { read, unreadable } = parsed.data.orders
    const found = read.find((candidate) => candidate.orderId === orderId)
    if (found) return { kind: 'order', order: found }
    const fault = unreadable.find(({ id }) => id === orderId)?.fault
    if (fault !== undefined) return { kind: 'refused', fault: 'theirs', detail: `order ${orderId}: ${fault}` }
  }
  return { kind: 'refused', fault: 'data', detail: `the Market does not show order ${orderId}` }
}
