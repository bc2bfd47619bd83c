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
  if (isEmptyComposition(order, settings.policy)) return { reason: 'out_of_stock' }
  const requested = order.cancellation.requested?.value
  return requested && mayCancel(order, settings) ? requested : undefined
}

/** Our own cancellation ends where the goods are out of our hands: with the marketplace's courier, or with the customer. */
export function mayCancel(order: Order, settings: OrderSettings): boolean {
  return !isBeyondReach(order, settings)
}

/** Gone with the marketplace's courier, or with the customer: nothing comes back by itself. */
export function isBeyondReach(order: Order, { policy }: OrderSettings): boolean {
  if (isWithCustomer(order)) return true
  return hasLeftStore(order) && fulfilmentOf(order, policy) === 'marketplace-delivery'
}
