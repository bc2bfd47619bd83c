import { LedgerError, needsPerson } from '@sluice/ledger'
import { type JobResult, logSeldom } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'

export type Wait = Extract<JobResult, { kind: 'wait' }>

/**
 * Turns what the ledger throws into a wait, and logs why: each reason at most once in ten seconds. Nothing else would tell of a
 * table or a right that is missing before the jobs are a day old.
 */
export function createWaitForLedger(log: Pick<Logger, 'warn' | 'error'>): (err: unknown) => Wait {
  const logUnavailable = logSeldom<LedgerError>((err, repeated) =>
    log[needsPerson(err) ? 'error' : 'warn']({ event: 'ledger.unavailable', err, repeated }),
  )
  return (err) => {
    const wait = waitForLedger(err)
    // Its message names the event or the effect; its cause does not.
    if (err instanceof LedgerError && err.code !== 'closed') {
      logUnavailable(err, err.cause instanceof Error ? err.cause.message : err.message)
    }
    return wait
  }
}

/**
 * Postgres that cannot be reached is nobody's fault in the data: wait, use up no try. Everything else is thrown. Waits are
 * spread from half to one and a half times, so that what piled up meanwhile does not come back in one beat.
 */
export function waitForLedger(err: unknown, random = Math.random()): Wait {
  if (err instanceof LedgerError && (err.code === 'unavailable' || err.code === 'conflict' || err.code === 'closed')) {
    const usualMs = err.code === 'unavailable' ? 5_000 : 200
    return { kind: 'wait', delayMs: Math.round(usualMs * (0.5 + random)), reason: err.message }
  }
  throw err
}
