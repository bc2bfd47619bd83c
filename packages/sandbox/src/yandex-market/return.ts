import { int64 } from './json-int64.ts'
import { formatApiTime } from './market-time.ts'
import type { ReturnPlan } from './order-plan.ts'
import { roubles } from './order-wire.ts'
import { DECIDED_BY_SHOP, PREMODERATED } from './return-graph.ts'
import { type Model, programOf, type RefundStatus, type ShipmentStatus } from './statuses.ts'

export interface ReturnLine {
  /** What a decision names it by. */
  itemId: string
  offerId: string
  count: number
  /** Kopecks for the line. */
  amount: number
}

export interface SentDecision {
  returnItemId: string
  decisionType: string
  decisionReasonType?: string | undefined
  comment?: string | undefined
  compensation?: { value: number; currencyId: string } | undefined
}

/** One return or unredeemed parcel. Mutable, and written as it is. */
export interface MarketReturn {
  id: string
  orderId: string
  campaignId: number
  model: Model
  type: 'RETURN' | 'UNREDEEMED'
  plan: ReturnPlan
  createdAt: Date
  updatedAt: Date
  refundStatus: RefundStatus | undefined
  shipmentStatus: ShipmentStatus | undefined
  pickupTillDate: Date | undefined
  lines: ReturnLine[]
  decisions: SentDecision[]
  wasDecisionAnswered: boolean
  history: { at: string; refundStatus?: RefundStatus; shipmentStatus?: ShipmentStatus }[]
}

export function graphOf({ model }: MarketReturn) {
  return programOf(model) === 'DBS' ? DECIDED_BY_SHOP : PREMODERATED
}

/** Whether the seller agreed to every line. */
export function isAgreed({ decisions }: MarketReturn): boolean {
  return decisions.every(({ decisionType }) => decisionType !== 'DECLINE_REFUND')
}

/** Goods stay with the buyer. */
export function isKeptByBuyer({ plan, decisions }: MarketReturn): boolean {
  const kept = ['FAST_REFUND_MONEY', 'PARTIAL_MONEY_REFUND']
  return plan.fastReturn || (decisions.length > 0 && decisions.every(({ decisionType }) => kept.includes(decisionType)))
}

/** As getReturn shows it. */
export function returnOnWire(one: MarketReturn): Record<string, unknown> {
  const isReturn = one.type === 'RETURN'
  const hasShipment = one.shipmentStatus !== undefined
  return {
    id: int64(one.id),
    orderId: int64(one.orderId),
    creationDate: formatApiTime(one.createdAt),
    updateDate: formatApiTime(one.updatedAt),
    ...(isReturn && { refundStatus: one.refundStatus }),
    ...(hasShipment && {
      shipmentRecipientType: isReturn && programOf(one.model) !== 'DBS' ? 'DELIVERY_SERVICE' : 'SHOP',
      shipmentStatus: one.shipmentStatus,
    }),
    ...(one.shipmentStatus === 'READY_FOR_PICKUP' && {
      pickupTillDate: formatApiTime(one.pickupTillDate ?? one.updatedAt),
      logisticPickupPoint: PICKUP_POINT,
    }),
    ...(isReturn && { amount: roubles(one.lines.reduce((sum, { amount }) => sum + amount, 0)) }),
    items: one.lines.map((line) => ({
      shopSku: line.offerId,
      count: line.count,
      ...(isReturn && { decisions: [decisionOf(one, line)] }),
    })),
    returnType: one.type,
    ...(isReturn && { fastReturn: one.plan.fastReturn }),
  }
}

function decisionOf({ plan, decisions }: MarketReturn, { itemId, count, amount }: ReturnLine) {
  const sent = decisions.find(({ returnItemId }) => returnItemId === itemId)
  return {
    returnItemId: int64(itemId),
    count,
    comment: sent?.comment ?? plan.comment,
    reasonType: 'BAD_QUALITY',
    subreasonType: 'DAMAGED',
    decisionType: sent?.decisionType ?? 'UNKNOWN',
    amount: roubles(amount),
  }
}

const PICKUP_POINT = {
  id: 10_001,
  name: 'Сортировочный центр',
  type: 'WAREHOUSE',
  address: { country: 'Россия', city: 'Москва', street: 'Примерная улица', house: '1', postcode: '101000' },
}
