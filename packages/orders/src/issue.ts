import type { News } from './effects.ts'
import { fulfilmentOf, isCancelled, type OrderSettings } from './facts.ts'
import type { Order } from './order.ts'
import type { ComposedLine } from './order-parts.ts'

type RefusedReason = Extract<News, { type: 'issue.refused' }>['reason']

/**
 * The first hand-over at the counter that was right, if any: a pickup order, put together, with the right code. A code made
 * by the back office may be left out, since the back office then checks it itself; ours must be given.
 */
export function acceptedIssue(
  order: Order,
  settings: OrderSettings,
): { lines?: ComposedLine[]; stamp: string } | undefined {
  if (isCancelled(order) || !order.composition) return undefined
  return order.issues.find((issue) => objection(order, settings, issue.code) === undefined)
}

/** Attempts at the counter that the store must hear about. Empty once the goods are with the customer. */
export function refusedIssues(
  order: Order,
  settings: OrderSettings,
): { n: number; stamp: string; reason: RefusedReason }[] {
  if (order.milestones.issued) return []
  return order.issues.flatMap(({ n, stamp, code }) => {
    const reason = isCancelled(order) ? 'cancelled' : objection(order, settings, code)
    return reason && reason !== 'undecided' ? [{ n, stamp, reason }] : []
  })
}

/** Guesses at the counter, also after somebody has guessed right. */
export function countWrongCodes(order: Order, settings: OrderSettings): number {
  return order.issues.filter(({ code }) => objection(order, settings, code) === 'wrong-code').length
}

/** `undecided`: the back office's code is not here yet. */
function objection(
  order: Order,
  { policy, pickupCode, traits }: OrderSettings,
  code?: string,
): RefusedReason | 'undecided' | undefined {
  if (fulfilmentOf(order, policy) !== 'pickup') return 'not-for-pickup'
  // Nobody has told the customer a code of ours: the counter has its own way to know him.
  if (!traits.reports.pickup.includes('pickup_code')) return undefined
  const isOurs = policy.pickupCode.madeBy === 'us'
  const expected = isOurs ? pickupCode : order.backOfficeCode?.value
  if (code === undefined) return isOurs ? 'code-missing' : undefined
  if (expected === undefined) return 'undecided'
  return code === expected ? undefined : 'wrong-code'
}
