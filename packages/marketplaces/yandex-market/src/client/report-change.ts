import type { Outcome } from '@sluice/orders'
import type { WireOrder } from '../wire-schema.ts'
import { type OrderAttempt, readOrderNow } from './attempt.ts'
import type { Answer } from './classify-answer.ts'
import type { MarketCall } from './market-calls.ts'
import { progressOf, stateText } from './order-progress.ts'

/** What one step of our work means in the light of the order's state at the Market. Pure. */
export interface StepRules {
  /** What is left to do? An outcome when nothing is. A cancelled order is not asked about. */
  settled(order: WireOrder): Outcome | undefined
  /** The Market refused, and the step is not done: what now? */
  refused(order: WireOrder, answer: Rejection): Outcome
}

export type Rejection = Extract<Answer, { kind: 'rejected' }>

/** An order that waits for payment or confirmation: an unpaid one is cancelled after 30 minutes (specification 5). */
const OPENS_WITHIN_MS = 35 * 60_000

/**
 * Makes one change at the Market. Crash or lost answer: the next attempt is told that this one is unclear, reads the order
 * first, and skips what is done. A 400 is decided by the order's state: a repeated transition is a 400 too.
 */
export async function reportChange(attempt: OrderAttempt, call: MarketCall, rules: StepRules): Promise<Outcome> {
  if (attempt.wasUnclear) {
    const settled = await settleByState(attempt, rules)
    if (settled) return settled
  }
  const answer = await attempt.calls.send(call)
  return answer.kind === 'ok' ? { kind: 'done' } : explainRefusal(attempt, answer, rules)
}

/** An outcome when the order shows that nothing is left to do, or cannot be read. */
export async function settleByState(
  attempt: OrderAttempt,
  rules: Pick<StepRules, 'settled'>,
): Promise<Outcome | undefined> {
  const read = await readOrderNow(attempt, attempt.place.orderId)
  return read.kind === 'order' ? settledIn(read.order, rules) : read
}

export async function explainRefusal(
  attempt: OrderAttempt,
  answer: Exclude<Answer, { kind: 'ok' }>,
  rules: StepRules,
): Promise<Outcome> {
  if (answer.kind !== 'rejected' && answer.kind !== 'not-found') return answer
  const read = await readOrderNow(attempt, attempt.place.orderId)
  if (read.kind !== 'order') return afterRefusal(answer, read)
  if (answer.kind === 'rejected') return classifyRefusal(read.order, answer, rules)
  const detail = `the order is there (store ${read.order.campaignId}), the address is wrong: ${answer.detail}`
  return settledIn(read.order, rules) ?? { kind: 'refused', fault: 'ours', status: answer.status, detail }
}

/** A 400 in the light of the order's state (specification 3.7). */
export function classifyRefusal(order: WireOrder, answer: Rejection, rules: StepRules): Outcome {
  const settled = settledIn(order, rules)
  if (settled) return settled
  if (progressOf(order) === 'before') {
    return { kind: 'too-early', detail: withState(answer, order), patienceMs: OPENS_WITHIN_MS }
  }
  return rules.refused(order, answer)
}

function settledIn(order: WireOrder, rules: Pick<StepRules, 'settled'>): Outcome | undefined {
  return progressOf(order) === 'cancelled' ? { kind: 'cancelled-there' } : rules.settled(order)
}

/** A matter of the data: a person has to look. */
export function refusedData(order: WireOrder, answer: Rejection): Outcome {
  return { kind: 'refused', fault: 'data', status: answer.status, detail: withState(answer, order) }
}

export function withState({ detail }: { detail: string }, order: WireOrder): string {
  return `${detail} (state ${stateText(order)})`
}

/** The refusal stays open while its reason could not be read. */
function afterRefusal(
  answer: { detail: string },
  failure: Exclude<Awaited<ReturnType<typeof readOrderNow>>, { kind: 'order' }>,
): Outcome {
  switch (failure.kind) {
    case 'refused':
      return { ...failure, detail: `${answer.detail}; ${failure.detail}` }
    case 'unavailable':
      return { ...failure, detail: `${answer.detail}; the order could not be read: ${failure.detail}` }
    case 'not-tried':
      // One call was made, and the repeat makes it again.
      return {
        kind: 'unavailable',
        cause: failure.cause === 'rate-budget' ? 'rate-limited' : 'network',
        isUnclear: false,
        retryAfterMs: failure.waitMs,
        detail: `${answer.detail}; the order was not read: ${failure.cause}`,
      }
  }
}
