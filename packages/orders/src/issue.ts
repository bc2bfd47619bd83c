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
  return order.issues.find((issue) => objection(order, settings, issue) === undefined)
}

/** Attempts at the counter that the store must hear about. Empty once the goods are with the customer. */
export function refusedIssues(
  order: Order,
  settings: OrderSettings,
): { n: number; stamp: string; reason: RefusedReason }[] {
  if (order.milestones.issued) return []
  return order.issues.flatMap((issue) => {
    const { n, stamp } = issue
    const reason = isCancelled(order) ? 'cancelled' : objection(order, settings, issue)
    return reason && reason !== 'undecided' ? [{ n, stamp, reason }] : []
  })
}

/** Guesses at the counter, also after somebody has guessed right. */
export function countWrongCodes(order: Order, settings: OrderSettings): number {
  return order.issues.filter((issue) => objection(order, settings, issue) === 'wrong-code').length
}

/** `undecided`: the back office's code is not here yet. */
function objection(
  order: Order,
  { policy, pickupCode, traits }: OrderSettings,
  { code, stamp }: Order['issues'][number],
): RefusedReason | 'undecided' | undefined {
  if (fulfilmentOf(order, policy) !== 'pickup') return 'not-for-pickup'
  // Nobody has told the customer a code of ours: the counter has its own way to know him.
  if (!traits.reports.pickup.includes('pickup_code')) return undefined
  const isOurs = policy.pickupCode.madeBy === 'us'
  const expected = isOurs ? pickupCode : codeAt(order, stamp)
  if (code === undefined) return isOurs ? 'code-missing' : undefined
  if (expected === undefined) return 'undecided'
  return code === expected ? undefined : 'wrong-code'
}

/** The back office's code of that moment: one that replaced it later, or was not here yet, says nothing about the hand-over. */
function codeAt({ backOfficeCode, formerCodes = [] }: Order, stamp: string): string | undefined {
  if (!backOfficeCode || backOfficeCode.stamp <= stamp) return backOfficeCode?.value
  return formerCodes.findLast((former) => former.stamp <= stamp)?.value ?? (formerCodes[0] ?? backOfficeCode).value
}
