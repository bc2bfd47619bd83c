import { isEmptyComposition, packingOf } from './composition.ts'
import type { CancelReason } from './events.ts'
import { fulfilmentOf, hasLeftStore, isWithCustomer, type OrderSettings } from './facts.ts'
import type { Order } from './order.ts'
import type { StorePolicy } from './policy.ts'
import { comesBackAsReturn, isGivenBack } from './returns.ts'

/** Why we would cancel by ourselves, if anything says so. */
export function ownCancellation(
  order: Order,
  settings: OrderSettings,
): { reason: CancelReason; comment?: string } | undefined {
  if (order.cancellation.declinedAt) return undefined
  if (order.reservation.state === 'short' && !order.composition) return { reason: 'out_of_stock' }
  const { policy } = settings
  if (isEmptyComposition(order, policy) || isPackingDeclined(order, policy)) return { reason: 'out_of_stock' }
  const requested = order.cancellation.requested?.value
  return requested && mayCancel(order, settings) ? requested : undefined
}

/**
 * The marketplace does not take what is missing out of the order: not the only article, nor nearly all of its value. What the
 * store has corrected since is another packing.
 */
export function isPackingDeclined(order: Order, policy: StorePolicy): boolean {
  const { effects, declined = {} } = order
  const refused = Object.keys(declined).filter((key) => key.startsWith('notify-marketplace/packed'))
  if (refused.length === 0) return false
  const fingerprint = packingOf(order, policy)?.fingerprint
  return refused.some((key) => effects[key]?.fingerprint === fingerprint)
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

/**
 * Of a cancelled order: its goods are on their way back, with the merchant's own courier or from a pick-up point that is not the
 * store. The store says when they are there.
 */
export function isOnWayBack(order: Order, { policy, traits }: OrderSettings): boolean {
  if (!traits.announcesReturns || !hasLeftStore(order) || isWithCustomer(order)) return false
  // First seen on its way, it was never ours.
  const isOurs = order.reservation.askedKey !== undefined
  if (!isOurs || order.milestones.goodsReturned || comesBackAsReturn(order) || isGivenBack(order)) return false
  const flow = fulfilmentOf(order, policy)
  return flow === 'merchant-delivery' || (flow === 'pickup' && policy.pickupPoint === 'remote')
}
