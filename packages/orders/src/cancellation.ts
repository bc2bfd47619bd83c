import { isEmptyComposition } from './composition.ts'
import type { CancelReason } from './events.ts'
import { fulfilmentOf, hasLeftStore, isWithCustomer, type OrderSettings } from './facts.ts'
import type { Order } from './order.ts'

/** Why we would cancel by ourselves, if anything says so. */
export function ownCancellation(
  order: Order,
  settings: OrderSettings,
): { reason: CancelReason; comment?: string } | undefined {
  if (order.cancellation.declinedAt) return undefined
  if (order.reservation.state === 'short' && !order.composition) return { reason: 'out_of_stock' }
  if (isEmptyComposition(order, settings.policy) || isPackingDeclined(order)) return { reason: 'out_of_stock' }
  const requested = order.cancellation.requested?.value
  return requested && mayCancel(order, settings) ? requested : undefined
}

/** The marketplace does not take what is missing out of the order: not the only article, nor nearly all of its value. */
export function isPackingDeclined({ effects, declined }: Order): boolean {
  const packings = Object.entries(effects).filter(
    ([key, { status }]) => key.startsWith('notify-marketplace/packed') && status !== 'dropped',
  )
  const newest = packings.toSorted(([, a], [, b]) => b.seq - a.seq)[0]
  return newest !== undefined && declined?.[newest[0]] !== undefined
}

/** Our own cancellation ends where the goods are out of our hands: with the marketplace's courier, or with the customer. */
export function mayCancel(order: Order, settings: OrderSettings): boolean {
  return !isBeyondReach(order, settings)
}

/** Gone with the marketplace's courier, or with the customer: nothing comes back by itself. */
export function isBeyondReach(order: Order, { policy }: OrderSettings): boolean {
  if (isWithCustomer(order)) return true
  return hasLeftStore(order) && ['marketplace-delivery', 'by-marketplace'].includes(fulfilmentOf(order, policy))
}
