import type { FinalComposition, OrderedLine } from './composition.ts'
import { type KuperOrder, orderFlow } from './order.ts'
import type { Flow, IntegrationKind, KuperState } from './orders-state.ts'
import type { Finding, Findings } from './violations.ts'

/** One order as the control API shows it; amounts in kopecks. */
export interface KuperOrderView {
  originalOrderId: string
  orderUUID: string
  storeId: string
  integrationKind: IntegrationKind
  shipmentMethod: string
  flow: Flow
  restaurant: boolean
  state: KuperState
  paymentState: 'not_paid' | 'paid'
  /** The merchant's number, from the answer to order.created. */
  number: string | null
  lines: OrderedLine[]
  composition: FinalComposition | null
  actualTotal: number | null
  chargedTotal: number
  refundedTotal: number
  pickupCode: string | null
  handoutCode: string | null
  estimatedDeliveryAt: string | null
  cancellation: KuperOrder['cancellation'] | null
  createdAt: string
  updatedAt: string
  stages: KuperOrder['stages']
  history: KuperOrder['history']
  /** Notification types that took effect, in their order. */
  processed: string[]
  violations: Finding<string>[]
  remarks: Finding<string>[]
}

export function viewOrders(orders: readonly KuperOrder[], findings: Findings): KuperOrderView[] {
  const violations = Map.groupBy(findings.violations(), (one) => one.orderId)
  const remarks = Map.groupBy(findings.remarks(), (one) => one.orderId)
  return orders.map((order) => ({
    originalOrderId: order.originalOrderId,
    orderUUID: order.orderUUID,
    storeId: order.plan.storeId,
    integrationKind: order.integrationKind,
    shipmentMethod: order.shipmentMethod,
    flow: orderFlow(order),
    restaurant: order.plan.restaurant,
    state: order.state,
    paymentState: order.paymentState,
    number: order.number ?? null,
    lines: order.lines,
    composition: order.composition ?? null,
    actualTotal: order.actualTotal ?? null,
    chargedTotal: order.chargedTotal,
    refundedTotal: order.refundedTotal,
    pickupCode: order.pickupCode ?? null,
    handoutCode: order.handoutCode ?? null,
    estimatedDeliveryAt: order.estimatedDeliveryAt ?? null,
    cancellation: order.cancellation ?? null,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    stages: order.stages,
    history: order.history,
    processed: [...order.processed.keys()],
    violations: violations.get(order.originalOrderId) ?? [],
    remarks: remarks.get(order.originalOrderId) ?? [],
  }))
}
