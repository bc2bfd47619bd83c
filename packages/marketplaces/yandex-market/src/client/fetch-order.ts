import { currentBody, type Outcome } from '@sluice/orders'
import { toOrderView } from '../to-order-view.ts'
import { buyerAnswerSchema, type WireBuyer, type WireOrder } from '../wire-schema.ts'
import { type Attempt, placeOf } from './attempt.ts'
import { lastStartMs } from './attempt-calls.ts'
import { getOrderBuyerInfo, isInt64 } from './market-calls.ts'
import type { OrderReader } from './order-reader.ts'
import { isFresh, NOT_YET_MS } from './too-early.ts'

/** Reads the order together with all others that are waited for. Nothing is changed there: a crash costs only the calls. */
export async function fetchOrder(attempt: Attempt, reader: OrderReader): Promise<Outcome> {
  const { account, order, calls, signal } = attempt
  const { externalId: orderId } = order.ref
  if (!isInt64(orderId))
    return { kind: 'refused', fault: 'data', detail: `${order.ref.externalId} is no order of the Market` }
  // Others may be read before: who waits too long comes again, for nothing.
  const tooLong = AbortSignal.timeout(lastStartMs(account.api.timeoutMs))
  const read = await reader.read(orderId, AbortSignal.any([signal, tooLong]))
  if (read.exchange) calls.keep(read.exchange)
  switch (read.kind) {
    case 'failed':
      return read.failure
    case 'missing': {
      const detail = `the Market does not show order ${orderId}`
      if (isFresh(order.reading?.announced?.at, attempt.now())) {
        return { kind: 'too-early', detail, patienceMs: NOT_YET_MS }
      }
      return { kind: 'refused', fault: 'data', detail }
    }
    case 'order': {
      const buyer = await findBuyer(attempt, read.order)
      return { kind: 'read', found: { type: 'order.read', view: toOrderView(read.order, account, buyer) } }
    }
  }
}

/** In other states the Market does not tell (specification 3.7). */
const BUYER_IS_TOLD_IN = ['PROCESSING', 'DELIVERY', 'PICKUP']

/** Who gets a DBS order, asked for once. Only a help for the courier: without an answer the order is read all the same. */
async function findBuyer(attempt: Attempt, order: WireOrder): Promise<WireBuyer | undefined> {
  const { account, calls } = attempt
  const place = placeOf(attempt.order, order.campaignId)
  const isWanted =
    account.api.readBuyer && order.programType === 'DBS' && order.delivery?.deliveryPartnerType === 'SHOP'
  if (!isWanted || !place || !BUYER_IS_TOLD_IN.includes(order.status) || order.delivery?.type === 'DIGITAL')
    return undefined
  if (currentBody(attempt.order)?.customer) return undefined
  const answer = await calls.send(getOrderBuyerInfo(place))
  return answer.kind === 'ok' ? buyerAnswerSchema.safeParse(answer.body).data?.result : undefined
}
