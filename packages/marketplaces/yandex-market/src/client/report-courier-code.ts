import type { Outcome } from '@sluice/orders'
import { eacAnswerSchema } from './answer-schema.ts'
import type { OrderAttempt } from './attempt.ts'
import { verifyOrderEac } from './market-calls.ts'
import { isAtOrPast, progressOf } from './order-progress.ts'
import { explainRefusal, type StepRules, settleByState, withState } from './report-change.ts'

/**
 * The code that the courier showed (Express). Every wrong one uses up an attempt, so after a lost answer the order is looked
 * at first: once the goods are gone there is nothing left to check. A right code that is checked twice stays right.
 */
export async function reportCourierCode(attempt: OrderAttempt, code: string): Promise<Outcome> {
  if (attempt.wasUnclear) {
    const settled = await settleByState(attempt, courierCodeRules)
    if (settled) return asAnswer(settled)
  }
  const answer = await attempt.calls.send(verifyOrderEac(attempt.place, code))
  if (answer.kind === 'ok') return classifyVerification(answer.body)
  return asAnswer(await explainRefusal(attempt, answer, courierCodeRules))
}

/** Whoever asks at the counter must not take a cancellation for a yes. */
function asAnswer(outcome: Outcome): Outcome {
  return outcome.kind === 'cancelled-there' ? { kind: 'declined', state: 'the order is cancelled' } : outcome
}

const courierCodeRules: StepRules = {
  settled: (order) => (isAtOrPast(progressOf(order), 'taken') ? { kind: 'already-done' } : undefined),
  // No code is awaited: the store must hear so, and whatever follows does not wait for it.
  refused: (order, answer) => ({ kind: 'declined', state: withState(answer, order) }),
}

export function classifyVerification(body: unknown): Outcome {
  const result = eacAnswerSchema.safeParse(body).data?.result
  switch (result?.verificationResult ?? '') {
    case 'ACCEPTED':
      return { kind: 'done' }
    case 'REJECTED': {
      const left = result?.attemptsLeft
      return { kind: 'declined', state: left === undefined ? 'wrong code' : `wrong code, attempts left: ${left}` }
    }
    case 'NEED_UPDATE':
      return { kind: 'declined', state: 'too many wrong codes: the courier gets a new one' }
    default:
      return { kind: 'refused', fault: 'theirs', detail: 'the answer does not say whether the code is right' }
  }
}
