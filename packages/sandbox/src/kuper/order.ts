import { createHash } from 'node:crypto'
import { type FinalComposition, type OrderedLine, orderedSum } from './composition.ts'
import { formatKopecks, parseKopecks } from './money.ts'
import { formatMoscow } from './moscow-time.ts'
import type { Cancellation, linePlanSchema, OrderPlan, OrderUpdate, Stage } from './order-plan.ts'
import { type Flow, flowOf, type IntegrationKind, type KuperState, type NotificationType } from './orders-state.ts'

/** One order as Kuper sees it. Mutable: it lives in the simulator's memory and is changed by its life alone. */
export interface KuperOrder {
  /** Creation order over all orders; what paging goes by. */
  seq: number
  originalOrderId: string
  orderUUID: string
  plan: OrderPlan
  integrationKind: IntegrationKind
  shipmentMethod: string
  lines: OrderedLine[]
  /** Lines before each composition change by Kuper; a crossing composition may still speak of them. */
  formerLines: OrderedLine[][]
  delivery: Record<string, unknown>
  comment: string | undefined
  createdAt: Date
  updatedAt: Date
  state: KuperState
  paymentState: 'not_paid' | 'paid'
  /** The merchant's own order number, from the first answer to order.created. */
  number: string | undefined
  composition: FinalComposition | undefined
  /** Kopecks, in all three. */
  actualTotal: number | undefined
  chargedTotal: number
  refundedTotal: number
  pickupCode: string | undefined
  handoutCode: string | undefined
  estimatedDeliveryAt: string | undefined
  cancellation: (Cancellation & { by: 'kuper' | 'merchant' }) | undefined
  /** order.ready_for_delivery was taken, ready_to_ship is still to come. */
  isBecomingReady: boolean
  /** What Kuper will do by itself, and when. */
  due: Set<{ atMs: number; action: DueAction }>
  /** Steps that are scheduled or done: each happens once. */
  steps: Set<'created' | StepName>
  stages: { at: string; stage: Stage | 'canceled' }[]
  history: { at: string; state: KuperState; paymentState: string; cause: string }[]
  /** Notifications that took effect; `wasAnswered`: the merchant got to know it. */
  processed: Map<NotificationType, { at: string; wasAnswered: boolean }>
  /** First Idempotency-Key seen with each notification type, processed or not. */
  idempotencyKeys: Map<string, string>
}

/** Steps of Kuper's own, after which the next ones become due. */
export type StepName =
  | 'courier.assigned'
  | 'courier.arrived'
  | 'ready_to_ship'
  | 'paid'
  | 'received'
  | 'delivering'
  | 'delivered'

/** As data, so that it outlives the process. */
export type DueAction =
  | { kind: 'created' }
  | { kind: 'update'; update: OrderUpdate }
  | { kind: 'webhook'; eventType: string; payload: Record<string, unknown> }
  | { kind: 'cancel'; cancellation: Cancellation }
  | { kind: 'cancel-unless-accepted' }
  | { kind: 'step'; step: StepName }

export function createOrder(
  plan: OrderPlan,
  identity: { seq: number; originalOrderId: string },
  now: Date,
): KuperOrder {
  const hour = 60 * 60 * 1000
  return {
    seq: identity.seq,
    originalOrderId: identity.originalOrderId,
    orderUUID: plan.orderUUID ?? uuidFrom(identity.originalOrderId),
    plan,
    integrationKind: plan.integrationKind,
    shipmentMethod: plan.shipmentMethod,
    lines: plan.lines.map((line) => orderedLine(line)),
    formerLines: [],
    delivery: plan.delivery ?? {
      expectedFrom: formatMoscow(new Date(now.getTime() + hour)),
      expectedTo: formatMoscow(new Date(now.getTime() + 2 * hour)),
      isPlanned: false,
    },
    comment: plan.comment,
    createdAt: now,
    updatedAt: now,
    state: 'ready',
    paymentState: 'not_paid',
    number: undefined,
    composition: undefined,
    actualTotal: undefined,
    chargedTotal: 0,
    refundedTotal: 0,
    pickupCode: undefined,
    handoutCode: undefined,
    estimatedDeliveryAt: undefined,
    cancellation: undefined,
    isBecomingReady: false,
    due: new Set(),
    steps: new Set(),
    stages: [],
    history: [{ at: now.toISOString(), state: 'ready', paymentState: 'not_paid', cause: 'created' }],
    processed: new Map(),
    idempotencyKeys: new Map(),
  }
}

export function orderFlow(order: KuperOrder): Flow {
  return flowOf(order.integrationKind, order.shipmentMethod)
}

export function isEnded(order: KuperOrder): boolean {
  return order.state === 'shipped' || order.state === 'canceled'
}

export function orderedLine(plan: (typeof linePlanSchema)['_output'], former?: OrderedLine): OrderedLine {
  const price = parseKopecks(plan.price)
  return {
    id: plan.id,
    ...(plan.name === undefined ? {} : { name: plan.name }),
    quantity: plan.quantity,
    originalQuantity: former?.originalQuantity ?? plan.quantity,
    price,
    discountPrice: plan.discountPrice === undefined ? price : parseKopecks(plan.discountPrice),
    ...(plan.weight === undefined ? {} : { weightGrams: Number(plan.weight) }),
    isMarked: plan.isMarked,
  }
}

/** The order as order.created and the shipment reads show it (specification 5.2). */
export function orderBody(order: KuperOrder): Record<string, unknown> {
  const { plan } = order
  const before = order.lines.reduce((sum, line) => sum + fullSum(line), 0)
  const after = order.lines.reduce((sum, line) => sum + orderedSum(line), 0)
  return {
    originalOrderId: order.originalOrderId,
    orderUUID: order.orderUUID,
    ...(plan.storeKey === 'store_id' ? {} : { storeID: plan.storeId }),
    ...(plan.storeKey === 'storeID' ? {} : { store_id: plan.storeId }),
    ...(order.comment === undefined ? {} : { comment: order.comment }),
    customer: plan.customer,
    ...(order.shipmentMethod === 'pickup' ? {} : { address: plan.address ?? DEFAULT_ADDRESS }),
    delivery: order.delivery,
    positions: order.lines.map((line) => positionOf(line)),
    total: { totalPrice: formatKopecks(before), discountTotalPrice: formatKopecks(after) },
    paymentMethods: plan.paymentMethods,
    shipmentMethod: order.shipmentMethod,
    replacementPolicy: plan.replacementPolicy,
    ...plan.extra,
  }
}

/** What the shipment reads return (specification 7): the body with state, payment and the final composition. */
export function shipmentBody(order: KuperOrder): Record<string, unknown> {
  return {
    ...orderBody(order),
    ...(order.composition === undefined ? {} : { positions: finalPositions(order, order.composition) }),
    storeImportKey: order.plan.storeId,
    clientType: null,
    state: order.state,
    paymentState: order.paymentState,
    cancellation:
      order.cancellation === undefined
        ? null
        : { slug: order.cancellation.slug, description: order.cancellation.description },
    cancellationReason: order.cancellation?.description ?? null,
    bonusCard: null,
  }
}

export function positionOf(line: OrderedLine): Record<string, unknown> {
  return {
    id: line.id,
    ...(line.name === undefined ? {} : { name: line.name }),
    originalQuantity: line.originalQuantity,
    quantity: line.quantity,
    price: formatKopecks(line.price),
    discountPrice: formatKopecks(line.discountPrice),
    weight: line.weightGrams === undefined ? '' : String(line.weightGrams),
    totalPrice: formatKopecks(fullSum(line)),
    totalDiscountPrice: formatKopecks(orderedSum(line)),
    replacedByID: '',
  }
}

function finalPositions(order: KuperOrder, composition: FinalComposition): Record<string, unknown>[] {
  return composition.lines.flatMap((final) => {
    const line = order.lines.find((one) => one.id === final.id)
    if (line === undefined) return []
    return {
      ...positionOf(line),
      quantity: final.quantity,
      weight: final.weightGrams === undefined ? '' : String(final.weightGrams),
      totalDiscountPrice: formatKopecks(final.sum),
      replacedByID: final.replacedByID ?? '',
      markingCode: final.markingCodes.map((value) => ({ value })),
    }
  })
}

function fullSum(line: OrderedLine): number {
  return orderedSum({ ...line, discountPrice: line.price })
}

const DEFAULT_ADDRESS = {
  full_address: 'г. Москва, ул. Примерная, д. 5, кв. 12',
  city: 'Москва',
  street: 'Примерная',
  building: '5',
  apartment: '12',
  delivery_to_door: true,
  lat: '55.7512',
  lon: '37.6184',
}

/** The same order id always gives the same UUID. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
