import { statusOfConversation } from './conversation.ts'
import type { PlacedOrder } from './events.ts'
import type { Order, OrderStatus, PaymentStatus } from './order.ts'
import type { Fulfilment, OrderLine } from './order-parts.ts'
import { newestEffect } from './plan.ts'
import type { MarketplaceTraits, StorePolicy } from './policy.ts'
import { isOnHold } from './reading.ts'
import { mergeChanges, sightingsOf } from './registers.ts'
import { paymentOfReturns, shareReturned } from './returns.ts'

/** What decides about one order besides its own facts. Comes from outside: the core knows no configuration and no secret. */
export interface OrderSettings {
  policy: StorePolicy
  traits: MarketplaceTraits
  /** The code for the customer at the counter, when we make it. */
  pickupCode: string
}

/** The order as it stands now: the earliest placed body with the newest changes on top. Undefined until it is placed. */
export function currentBody(order: Order): PlacedOrder | undefined {
  if (!order.placed) return undefined
  const body: Record<string, unknown> = { ...order.placed.value }
  const changes = sightingsOf(order).reduce(
    (changes, { body, stamp }) => mergeChanges(changes, body, stamp),
    order.changes,
  )
  for (const [path, { value }] of Object.entries(changes)) {
    const [field = '', part] = path.split('.')
    body[field] = part === undefined ? value : { ...(body[field] as object | undefined), [part]: value }
  }
  return body as unknown as PlacedOrder
}

/** The store of an order, as soon as the order itself or what announced it names one. */
export function storeOf(order: Order): string | undefined {
  return currentBody(order)?.storeId ?? order.reading?.storeId
}

/**
 * What was ordered as far as we knew at that time (RFC 3339, our own clock): of all that had reached us the newest. Undefined
 * until the order is placed.
 */
export function linesAsOf(order: Order, receivedAt: string): OrderLine[] | undefined {
  const known = lineLists(order).filter((list) => list.receivedAt <= receivedAt)
  const newest = known.reduce<LineList | undefined>((a, b) => (a && a.stamp > b.stamp ? a : b), undefined)
  return newest?.lines ?? order.placed?.value.lines
}

/** Every list of goods that came after the first one. */
export function lineLists(order: Order): LineList[] {
  const found = sightingsOf(order).map(({ body: { lines }, stamp, receivedAt }) => ({ lines, stamp, receivedAt }))
  return [...order.lineHistory, ...found]
}

type LineList = Order['lineHistory'][number]

/** From the order's newest body, so that a live order may change from courier to pickup and back. */
export function fulfilmentOf(order: Order, policy: StorePolicy): Fulfilment {
  const { fulfilment, shipmentMethod } = currentBody(order) ?? {}
  return fulfilment ?? (shipmentMethod === 'pickup' ? 'pickup' : policy.kind)
}

/** The marketplace's courier takes the goods, or they never were in the merchant's store. */
export function isCarriedByMarketplace(flow: Fulfilment): boolean {
  return flow === 'marketplace-delivery' || flow === 'by-marketplace'
}

export function isCancelled(order: Order): boolean {
  return order.cancellation.byMarketplace !== undefined || order.cancellation.confirmedAt !== undefined
}

export function hasStarted(order: Order): boolean {
  const { assemblyStarted, assemblyFinished } = order.milestones
  return Boolean(assemblyStarted ?? assemblyFinished ?? order.composition) || Object.keys(order.picks).length > 0
}

/** The goods are no longer in the store, whoever carries them. */
export function hasLeftStore(order: Order): boolean {
  return wasSeenLeaving(order) || isProbablyAway(order)
}

function wasSeenLeaving(order: Order): boolean {
  const { taken, delivering, delivered, deliveryStarted } = order.milestones
  return Boolean(taken ?? delivering ?? delivered ?? deliveryStarted) || isWithCustomer(order)
}

/**
 * Nothing but the reason of its cancellation says that its goods have left. The marketplace's courier takes nothing that is not
 * ready; from the merchant's own counter nothing leaves; and what is told of each unit counts for more.
 */
export function isProbablyAway(order: Order): boolean {
  const { isProbablyAway: isSaid, isPlaceTold, wasReady } = order.reading ?? {}
  if (!isSaid || isPlaceTold || !isCancelled(order) || wasSeenLeaving(order)) return false
  const flow = currentBody(order)?.fulfilment
  return flow === 'merchant-delivery' || (flow !== 'pickup' && flow !== 'digital' && wasReady === true)
}

export function isWithCustomer(order: Order): boolean {
  const { delivered, deliveryFinished, issued } = order.milestones
  return Boolean(delivered ?? deliveryFinished ?? issued)
}

export function statusOf(order: Order): OrderStatus {
  if (order.conversation) return statusOfConversation(order.conversation, order.declined)
  const { milestones } = order
  const returned = shareReturned(order, currentBody(order)?.lines ?? [])
  if (milestones.returned ?? returned === 'all') return 'returned'
  if (isCancelled(order)) return 'cancelled'
  if (!order.placed || isOnHold(order)) return 'announced'
  if (milestones.partlyReturned ?? returned === 'some') return 'partly-returned'
  if (isWithCustomer(order)) return 'delivered'
  if (milestones.delivering ?? milestones.deliveryStarted) return 'delivering'
  if (milestones.taken) return 'taken'
  if (newestEffect(order, 'notify-marketplace/ready')?.status === 'done') return 'ready'
  if (milestones.assemblyFinished ?? order.composition) return 'assembled'
  if (hasStarted(order)) return 'assembling'
  if (order.reservation.wasHeld) return 'reserved'
  return 'placed'
}

export function paymentOf(order: Order): PaymentStatus {
  const returned = paymentOfReturns(order)
  if (returned) return returned
  if (!order.milestones.paid) return 'unpaid'
  return isCancelled(order) ? 'refunding' : 'paid'
}
