import type { Fulfilment, Milestone } from '@sluice/orders'
import { courierStageOf } from './courier-substatus.ts'
import type { WireOrder } from './wire-schema.ts'

/** Before `PROCESSING` an order waits for payment or confirmation; `CANCELLED` and unknown words ask for no work. */
const OPEN_STATUSES = new Set(['PROCESSING', 'DELIVERY', 'PICKUP', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED'])

export function isOpen({ status }: WireOrder): boolean {
  return OPEN_STATUSES.has(status)
}

/**
 * What the state shows to have happened. Steps that only we report (an own pick-up point's `DELIVERY`) say nothing new, but
 * where the Market or its courier acts, or a person in the cabinet did, this is how we hear of it.
 */
export function milestonesOf(order: WireOrder, fulfilment: Fulfilment | undefined): Milestone[] {
  return inOrder([...paymentOf(order), ...courierOf(order), ...deliveryOf(order, fulfilment)])
}

/**
 * How far the goods have come by an announced state, as far as it can be told without the order itself: `delivering`, whoever
 * carries them.
 */
export function announcedMilestones(state: Pick<WireOrder, 'status' | 'substatus'>): Milestone[] {
  const reached = [...courierOf(state), ...deliveryOf({ ...state, items: undefined }, undefined)]
  return inOrder(reached.filter((milestone) => milestone !== 'courierAssigned' && milestone !== 'courierArrived'))
}

function inOrder(milestones: Milestone[]): Milestone[] {
  return ORDER.filter((milestone) => milestones.includes(milestone))
}

/** So that the same state always gives the same list. */
const ORDER: readonly Milestone[] = [
  'paid',
  'courierAssigned',
  'courierArrived',
  'taken',
  'delivering',
  'atPickup',
  'delivered',
  'partlyReturned',
  'returned',
]

const WITH_CUSTOMER = new Set(['DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED'])

/** Without a payment type the customer pays on delivery (official description of the field). */
function paymentOf(order: WireOrder): Milestone[] {
  const isPaid = order.paymentType === 'PREPAID' ? isOpen(order) : WITH_CUSTOMER.has(order.status)
  return isPaid ? ['paid'] : []
}

function courierOf({ status, substatus = '' }: Pick<WireOrder, 'status' | 'substatus'>): Milestone[] {
  if (status === 'CANCELLED') return []
  switch (courierStageOf(substatus)) {
    case 'has-goods':
      return ['courierAssigned', 'courierArrived', 'taken']
    case 'arrived':
      return ['courierAssigned', 'courierArrived']
    case 'assigned':
      return ['courierAssigned']
    case 'searched':
    case undefined:
      return []
  }
}

type DeliveryState = Pick<WireOrder, 'status' | 'substatus'> & { items: WireOrder['items'] | undefined }

function deliveryOf(order: DeliveryState, fulfilment: Fulfilment | undefined): Milestone[] {
  const { status, substatus = '', items } = order
  const courier = courierStageOf(substatus)
  switch (status) {
    case 'PROCESSING':
      return substatus === 'SHIPPED' ? ['taken'] : []
    case 'DELIVERY':
      return courier === undefined || courier === 'has-goods' ? onTheWay(fulfilment) : []
    case 'PICKUP':
      return [...onTheWay(fulfilment), 'atPickup']
    case 'DELIVERED':
      return [...onTheWay(fulfilment), 'delivered']
    case 'PARTIALLY_RETURNED':
      return [...onTheWay(fulfilment), 'delivered', 'partlyReturned']
    case 'RETURNED':
      return [...onTheWay(fulfilment), 'delivered', 'returned']
    case 'CANCELLED':
      return beforeCancellation(unitsOf(items), fulfilment)
    default:
      return []
  }
}

/** `CREATED` and `CANCELLED` units never left the store. */
const GONE = new Set(['SHIPPED', 'DELIVERED_TO_BUYER', 'LOST', 'REJECTED', 'RETURNED'])

/** Reasons that there are only for goods that were handed over (official list of substatuses). */
const ONLY_AFTER_HAND_OVER = new Set([
  'PICKUP_EXPIRED',
  'USER_REFUSED_QUALITY',
  'USER_IDENTIFICATION_MISMATCH',
  'FULL_NOT_RANSOM',
  'DELIVERY_SERVICE_UNDELIVERED',
  'DELIVERY_SERVICE_LOST',
  'SORTING_CENTER_LOST',
  'DROPOFF_LOST',
  'LOST',
  'SHIPPED_TO_WRONG_DELIVERY_SERVICE',
  'DELIVERY_USER_NOT_RECEIVED',
  'DELIVERED_USER_NOT_RECEIVED',
])

/**
 * What a cancelled order says of where its goods are. `told`: of each unit, which decides. Without that there is only the
 * reason, which no buyer and no courier is held to: whether it is believed, the order's own story says.
 */
export function placeOfCancelled({ substatus, items }: WireOrder): 'told' | 'probably-away' | undefined {
  if (unitsOf(items).length > 0) return 'told'
  return isSaidAfterHandOver(substatus) ? 'probably-away' : undefined
}

/** `substatus` of a cancelled order: a reason for goods that are with a courier. */
export function isSaidAfterHandOver(substatus = ''): boolean {
  return ONLY_AFTER_HAND_OVER.has(substatus) || courierStageOf(substatus) === 'has-goods'
}

/** How far the goods of a cancelled order had come, as the Market tells it of each unit. */
function beforeCancellation(units: readonly string[], fulfilment: Fulfilment | undefined): Milestone[] {
  if (!units.some((status) => GONE.has(status))) return []
  return [...onTheWay(fulfilment), ...(units.includes('DELIVERED_TO_BUYER') ? (['delivered'] as const) : [])]
}

function unitsOf(items: WireOrder['items'] | undefined): string[] {
  return items?.flatMap(({ itemStatuses = [] }) => itemStatuses.map(({ status }) => status)) ?? []
}

function onTheWay(fulfilment: Fulfilment | undefined): Milestone[] {
  switch (fulfilment) {
    case 'marketplace-delivery':
    case 'by-marketplace':
      return ['taken', 'delivering']
    case 'merchant-delivery':
    case undefined:
      return ['delivering']
    case 'pickup':
    case 'digital':
      return []
  }
}
