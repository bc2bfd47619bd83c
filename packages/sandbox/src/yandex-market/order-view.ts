import type { Chat, Feedback, Question } from './conversations.ts'
import type { Finding, Findings } from './findings.ts'
import type { Box, MarketLine, MarketOrder } from './order.ts'
import type { MarketReturn } from './return.ts'
import type { Model, OrderStatus, RefundStatus, ShipmentStatus } from './statuses.ts'
import { listUnanswered, type Store } from './store.ts'

/** One order as the control API shows it; amounts in kopecks. */
export interface MarketOrderView {
  orderId: string
  campaignId: number
  model: Model
  fake: boolean
  status: OrderStatus
  substatus: string
  externalOrderId: string | null
  lines: MarketLine[]
  boxes: Box[]
  shipmentDate: string
  deliveryDate: string
  realDeliveryDate: string | null
  storageLimitDate: string
  tracks: MarketOrder['tracks']
  cancellationRequest: MarketOrder['cancellationRequest'] | null
  cancelledBy: MarketOrder['cancelledBy'] | null
  courier: MarketOrder['courier']
  digitalCodes: MarketOrder['digitalCodes'] | null
  createdAt: string
  updatedAt: string
  stages: MarketOrder['stages']
  history: MarketOrder['history']
  /** What the seller did and took effect, in its order: operations and statuses. */
  commands: string[]
  returns: { id: string; type: MarketReturn['type']; refund: RefundStatus | null; shipment: ShipmentStatus | null }[]
  /** What the buyer wrote about it and the seller has not answered: `chat 5`. */
  unanswered: string[]
  violations: Finding<string>[]
  remarks: Finding<string>[]
}

export function viewOrders(orders: readonly MarketOrder[], store: Store, findings: Findings): MarketOrderView[] {
  const unanswered = Map.groupBy(listUnanswered(store), ({ orderId }) => orderId)
  const violations = Map.groupBy(findings.violations(), (one) => one.orderId)
  const remarks = Map.groupBy(findings.remarks(), (one) => one.orderId)
  return orders.map((order) => ({
    orderId: order.orderId,
    campaignId: order.campaignId,
    model: order.model,
    fake: order.plan.fake,
    status: order.status,
    substatus: order.substatus,
    externalOrderId: order.externalOrderId ?? null,
    lines: order.lines,
    boxes: order.boxes,
    shipmentDate: order.shipmentDate,
    deliveryDate: order.deliveryDate,
    realDeliveryDate: order.realDeliveryDate ?? null,
    storageLimitDate: order.storageLimitDate,
    tracks: order.tracks,
    cancellationRequest: order.cancellationRequest ?? null,
    cancelledBy: order.cancelledBy ?? null,
    courier: order.courier,
    digitalCodes: order.digitalCodes ?? null,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    stages: order.stages,
    history: order.history,
    commands: order.commands.map(({ name }) => name),
    returns: order.returnIds.flatMap((id) => {
      const one = store.returns.get(id)
      return one ? { id, type: one.type, refund: one.refundStatus ?? null, shipment: one.shipmentStatus ?? null } : []
    }),
    unanswered: (unanswered.get(order.orderId) ?? []).map(({ name }) => name),
    violations: violations.get(order.orderId) ?? [],
    remarks: remarks.get(order.orderId) ?? [],
  }))
}

type Dated<T> = Omit<T, 'createdAt' | 'updatedAt'> & { createdAt: string; updatedAt: string }
export type MarketReturnView = Omit<Dated<MarketReturn>, 'pickupTillDate'> & { pickupTillDate: string | null }
/** As JSON makes them. */
export type ChatView = Dated<Omit<Chat, 'messages'>> & {
  messages: (Omit<Chat['messages'][number], 'createdAt'> & { createdAt: string })[]
}
export type FeedbackView = Omit<Feedback, 'createdAt' | 'comments'> & { createdAt: string; comments: TextView[] }
export type QuestionView = Omit<Question, 'createdAt' | 'answers'> & {
  createdAt: string
  answers: (TextView & { comments: TextView[] })[]
}
interface TextView {
  id: string
  text: string
  createdAt: string
  author: 'USER' | 'BUSINESS'
}

export function viewReturn(one: MarketReturn): MarketReturnView {
  return {
    ...one,
    createdAt: one.createdAt.toISOString(),
    updatedAt: one.updatedAt.toISOString(),
    pickupTillDate: one.pickupTillDate?.toISOString() ?? null,
  }
}
