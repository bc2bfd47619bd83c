/** Kuper's side of an order, as its notifications endpoint judges us (specification 6.5, 6.6, 8.1). Pure. */

export const NOTIFICATION_TYPES = [
  'order.accepted',
  'order.in_work',
  'order.assembled',
  'order.pickup_code_created',
  'order.ready_for_delivery',
  'order.estimated_delivery_time',
  'order.delivering',
  'order.delivered',
  'order.canceled',
] as const
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

export type KuperState =
  | 'ready'
  | 'accepted'
  | 'collecting'
  | 'assembled'
  | 'ready_to_ship'
  | 'shipping'
  | 'shipped'
  | 'canceled'

/** Setting of the store. `accounting`: Kuper assembles. `none`: the store has no API. */
export type IntegrationKind = 'D' | 'M' | 'accounting' | 'none'
export type Flow = 'D' | 'P' | 'M' | 'none'

/** Where the sources contradict each other (specification 11): which way this Kuper speaks. */
export interface Dialect {
  /** Answer to a notification processed before: 202 officially, 422 in observed tests. */
  repeatStatus: 202 | 422
  /** State after order.accepted. */
  acceptedState: 'ready' | 'accepted'
  /** State after order.assembled. */
  assembledState: 'collecting' | 'assembled'
  /** Whether a pickup code may come after the order is ready to ship. */
  pickupCodeAfterReady: boolean
}

export type Verdict =
  | { status: 200; state: KuperState; later?: 'ready_to_ship' }
  | { status: 202 }
  | { status: 405 }
  | { status: 422; reason: 'state' | 'repeat' }

/** The type belongs to the store, pickup to the order (specification 3). */
export function flowOf(kind: IntegrationKind, shipmentMethod: string): Flow {
  if (kind === 'accounting' || kind === 'none') return 'none'
  return shipmentMethod === 'pickup' ? 'P' : kind
}

/** Integration type first (405), then repeats, then the table of states (422). */
export function judge(
  type: NotificationType,
  order: { flow: Flow; state: KuperState; wasProcessed: boolean },
  dialect: Dialect,
): Verdict {
  if (!FLOWS[type].includes(order.flow)) return { status: 405 }
  if (order.wasProcessed) return dialect.repeatStatus === 202 ? { status: 202 } : { status: 422, reason: 'repeat' }
  const state = transition(type, order.state, order.flow, dialect)
  if (state === undefined) return { status: 422, reason: 'state' }
  return type === 'order.ready_for_delivery' ? { status: 200, state, later: 'ready_to_ship' } : { status: 200, state }
}

const ANY: readonly Flow[] = ['D', 'P', 'M']
const FLOWS: Record<NotificationType, readonly Flow[]> = {
  'order.accepted': ANY,
  'order.in_work': ANY,
  'order.assembled': ANY,
  'order.pickup_code_created': ['P'],
  'order.ready_for_delivery': ANY,
  'order.estimated_delivery_time': ['M'],
  'order.delivering': ['M'],
  'order.delivered': ['P', 'M'],
  'order.canceled': ANY,
}

/** The state after the notification, or undefined where the state forbids it. */
function transition(type: NotificationType, state: KuperState, flow: Flow, dialect: Dialect): KuperState | undefined {
  const isWaiting = state === 'ready' || state === 'accepted'
  const isCollecting = state === 'collecting' || state === 'assembled'
  switch (type) {
    case 'order.accepted':
      return state === 'ready' ? dialect.acceptedState : undefined
    case 'order.in_work':
      return isWaiting ? 'collecting' : undefined
    case 'order.assembled':
      return isCollecting ? dialect.assembledState : undefined
    case 'order.pickup_code_created':
      if (state === 'ready_to_ship') return dialect.pickupCodeAfterReady ? state : undefined
      return isWaiting || isCollecting ? state : undefined
    case 'order.ready_for_delivery':
      return isCollecting ? state : undefined
    case 'order.estimated_delivery_time':
      return state === 'ready_to_ship' || state === 'shipping' ? state : undefined
    case 'order.delivering':
      return state === 'ready_to_ship' ? 'shipping' : undefined
    case 'order.delivered':
      if (state === 'shipping') return flow === 'M' ? 'shipped' : undefined
      return state === 'ready_to_ship' ? 'shipped' : undefined
    case 'order.canceled':
      if (state === 'shipping') return flow === 'M' ? 'canceled' : undefined
      return state === 'shipped' || state === 'canceled' ? undefined : 'canceled'
  }
}
