import type { Outcome } from '@sluice/orders'
import type { OrderAttempt } from './attempt.ts'
import { updateExternalOrderId } from './market-calls.ts'
import { explainRefusal, type StepRules, withState } from './report-change.ts'

/** Longer than this nobody's order waits for its number. */
const PATIENCE_MS = 5_000

/**
 * Our number, once and before `READY_TO_SHIP` (specification 3.6). Optional: too late, not worth the wait for the budget, or
 * another number already there, and it is skipped. A repeat is refused with a text, and the order then shows whose number it
 * has; so nothing is read beforehand.
 */
export async function reportRegistered(attempt: OrderAttempt, number: string): Promise<Outcome> {
  if (!attempt.account.api.sendOrderNumber) return { kind: 'skipped', detail: 'sendOrderNumber is off' }
  const call = updateExternalOrderId(attempt.place, number)
  const answer = await attempt.calls.send(call, { firstPatienceMs: PATIENCE_MS })
  switch (answer.kind) {
    case 'ok':
      return { kind: 'done' }
    case 'not-tried':
      if (answer.cause !== 'rate-budget') return answer
      return { kind: 'skipped', detail: `no budget for the order number for ${Math.ceil(answer.waitMs / 1_000)} s` }
    case 'not-found':
      return { kind: 'skipped', detail: answer.detail }
    case 'rejected':
    case 'unavailable':
    case 'refused':
      return explainRefusal(attempt, answer, registrationRules(number))
  }
}

export function registrationRules(number: string): StepRules {
  return {
    settled: (order) => (order.externalOrderId === number ? { kind: 'already-done' } : undefined),
    refused: (order, answer) => ({ kind: 'skipped', detail: withState(answer, order) }),
  }
}
