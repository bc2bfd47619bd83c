import type { Outcome } from '@sluice/orders'
import type { OrderAttempt } from './attempt.ts'
import { updateExternalOrderId } from './market-calls.ts'
import { explainRefusal, type StepRules, settleByState, withState } from './report-change.ts'

/** So long an attempt waits for the budget. */
const PATIENCE_MS = 5_000
/** For longer than this no order is kept without its number: the hour is used up. */
const MAX_WAIT_MS = 30_000

/**
 * Our number, once and before `READY_TO_SHIP` (specification 3.6). Optional: too late, another number already there, or no
 * budget for it while a further report waits behind it, and it is skipped. Crash or lost answer: the order is read first, and
 * shows whose number it has.
 */
export async function reportRegistered(attempt: OrderAttempt, number: string): Promise<Outcome> {
  if (!attempt.account.api.sendOrderNumber) return { kind: 'skipped', detail: 'sendOrderNumber is off' }
  const rules = registrationRules(number)
  if (attempt.wasUnclear) {
    const settled = await settleByState(attempt, rules)
    if (settled) return settled
  }
  const call = updateExternalOrderId(attempt.place, number)
  const answer = await attempt.calls.send(call, { firstPatienceMs: PATIENCE_MS })
  switch (answer.kind) {
    case 'ok':
      return { kind: 'done' }
    case 'not-tried':
      if (answer.cause !== 'rate-budget' || !isInTheWay(attempt, answer.waitMs)) return answer
      return { kind: 'skipped', detail: `no budget for the order number for ${Math.ceil(answer.waitMs / 1_000)} s` }
    case 'not-found':
      return { kind: 'skipped', detail: answer.detail }
    case 'rejected':
    case 'unavailable':
    case 'refused':
      return explainRefusal(attempt, answer, rules)
  }
}

/** Reports go out one after another: the next one, there already or soon, would wait for the number. */
function isInTheWay({ order }: OrderAttempt, waitMs: number): boolean {
  const reports = Object.values(order.effects).filter(
    ({ kind, status }) => kind === 'notify-marketplace' && status === 'waiting',
  )
  return waitMs > MAX_WAIT_MS || reports.length > 1
}

export function registrationRules(number: string): StepRules {
  return {
    settled: (order) => (order.externalOrderId === number ? { kind: 'already-done' } : undefined),
    refused: (order, answer) => ({ kind: 'skipped', detail: withState(answer, order) }),
  }
}
