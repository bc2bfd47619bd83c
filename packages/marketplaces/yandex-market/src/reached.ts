import type { Fulfilment, Milestone } from '@sluice/orders'
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
  const reached = new Set<Milestone>([...paymentOf(order), ...courierOf(order), ...deliveryOf(order, fulfilment)])
  return ORDER.filter((milestone) => reached.has(milestone))
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

/** Express: the courier's way to the store. These come under `PROCESSING` and under `DELIVERY`. */
const COURIER_ON_THE_WAY = new Set(['COURIER_FOUND', 'COURIER_IN_TRANSIT_TO_SENDER'])
const COURIER_WITHOUT_GOODS = new Set([
  ...COURIER_ON_THE_WAY,
  'COURIER_SEARCH',
  'COURIER_SEARCH_NOT_STARTED',
  'COURIER_NOT_FOUND',
  'COURIER_NOT_COME_FOR_ORDER',
  'COURIER_ARRIVED_TO_SENDER',
])
const COURIER_WITH_GOODS = new Set([
  'COURIER_RECEIVED',
  'COURIER_NOT_DELIVER_ORDER',
  'COURIER_RETURNS_ORDER',
  'COURIER_RETURNED_ORDER',
])

function courierOf({ status, substatus = '' }: WireOrder): Milestone[] {
  if (status === 'CANCELLED') return []
  if (COURIER_ON_THE_WAY.has(substatus)) return ['courierAssigned']
  if (substatus === 'COURIER_ARRIVED_TO_SENDER') return ['courierAssigned', 'courierArrived']
  return COURIER_WITH_GOODS.has(substatus) ? ['courierAssigned', 'courierArrived', 'taken'] : []
}

function deliveryOf({ status, substatus = '' }: WireOrder, fulfilment: Fulfilment | undefined): Milestone[] {
  switch (status) {
    case 'PROCESSING':
      return substatus === 'SHIPPED' ? ['taken'] : []
    case 'DELIVERY':
      return COURIER_WITHOUT_GOODS.has(substatus) ? [] : onTheWay(fulfilment)
    case 'PICKUP':
      return [...onTheWay(fulfilment), 'atPickup']
    case 'DELIVERED':
      return [...onTheWay(fulfilment), 'delivered']
    case 'PARTIALLY_RETURNED':
      return [...onTheWay(fulfilment), 'delivered', 'partlyReturned']
    case 'RETURNED':
      return [...onTheWay(fulfilment), 'delivered', 'returned']
    default:
      return []
  }
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
