import { isEmptyComposition, packingOf } from './composition.ts'
import type { CancelReason } from './events.ts'
import {
  fulfilmentOf,
  hasLeftStore,
  isCarriedByMarketplace,
  isProbablyAway,
  isWithCustomer,
  type OrderSettings,
} from './facts.ts'
import type { Order } from './order.ts'
import { whyDeclined } from './plan.ts'
import type { StorePolicy } from './policy.ts'
import { comesBackAsReturn, hasComeBackAsReturn, isGivenBack } from './returns.ts'

const base = 'notify-marketplace/canceled'

/**
 * Why we would cancel by ourselves, if anything says so. What the marketplace has declined is not sent again: `fingerprint` tells
 * one wish from another, for which it may be taken.
 */
export function ownCancellation(
  order: Order,
  settings: OrderSettings,
): { reason: CancelReason; comment?: string; fingerprint: string } | undefined {
  const { policy } = settings
  const isShort = order.reservation.state === 'short' && !order.composition
  if (isShort || isEmptyComposition(order, policy) || isPackingDeclined(order, policy)) {
    const reason = 'out_of_stock'
    if (whyDeclined(order, base, reason) === undefined) return { reason, fingerprint: reason }
  }
  const { requested } = order.cancellation
  if (!requested || !mayCancel(order, settings) || whyWishDeclined(order) !== undefined) return undefined
  return { ...requested.value, fingerprint: requested.stamp }
}

/** Why the marketplace does not take the store's newest wish to cancel, for people. */
export function whyWishDeclined(order: Order): string | undefined {
  const { requested } = order.cancellation
  return requested && whyDeclined(order, base, requested.stamp)
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
  return hasLeftStore(order) && isCarriedByMarketplace(fulfilmentOf(order, policy))
}

/**
 * Of a cancelled order: its goods are on their way back, with the merchant's own courier or from a pick-up point that is not the
 * store. The store says when they are there.
 */
export function isOnWayBack(order: Order, { policy, traits }: OrderSettings): boolean {
  if (!traits.announcesReturns || !hasLeftStore(order) || isWithCustomer(order)) return false
  // First seen on its way, it was never ours.
  const isOurs = order.reservation.askedKey !== undefined
  if (!isOurs || order.milestones.goodsReturned || hasComeBackAsReturn(order) || isGivenBack(order)) return false
  const flow = fulfilmentOf(order, policy)
  return flow === 'merchant-delivery' || (flow === 'pickup' && policy.pickupPoint === 'remote')
}

/**
 * Of a cancelled order: only its reason says that the marketplace's courier has the goods, and no return stands for them yet, nor
 * may ever come.
 */
export function isOnlyAssumedGone(order: Order): boolean {
  const isOurs = order.reservation.askedKey !== undefined && order.reservation.state !== 'released'
  return isOurs && isProbablyAway(order) && !comesBackAsReturn(order)
}
