import type { Fault } from '@sluice/orders'

/** What a handler says about its job. A thrown error says: a fault of ours, try again (QueueUnavailable: wait). */
export type JobResult =
  | { kind: 'done' }
  /** Not now; costs no try. */
  | { kind: 'wait'; delayMs: number; reason: string }
  /** Can never succeed. */
  | { kind: 'dead'; fault: Fault; error: string }

/** Why a running job was told to end (its signal's `reason`). */
export type Interruption = 'stopping' | 'lock-lost'

export type JobOutcome = JobResult | { kind: 'threw'; error: string }

/** What BullMQ is told. */
export type Move =
  | { kind: 'complete' }
  | { kind: 'wait'; delayMs: number }
  /** Try again later, one try less. */
  | { kind: 'retry' }
  /** Write the dead letter, then fail. */
  | { kind: 'bury'; fault: Fault; error: string }
  /** Another worker has the job by now: say nothing to anyone. */
  | { kind: 'let-go' }

export interface JobHistory {
  /** Tries used up before this one. */
  attemptsMade: number
  maxAttempts: number
  /** Since the job could first run. */
  ageMs: number
  maxAgeMs: number
  interruption?: Interruption
}

const SHORTEST_WAIT_MS = 100

export function nextMove(outcome: JobOutcome, history: JobHistory): Move {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'complete' }
    case 'dead':
      return { kind: 'bury', fault: outcome.fault, error: outcome.error }
    case 'wait':
      if (history.ageMs > history.maxAgeMs) return tooOld(`still waiting: ${outcome.reason}`, history)
      return { kind: 'wait', delayMs: Math.max(outcome.delayMs, SHORTEST_WAIT_MS) }
    case 'threw':
      // The error is the answer to our own interruption.
      if (history.interruption === 'lock-lost') return { kind: 'let-go' }
      if (history.interruption === 'stopping') return { kind: 'wait', delayMs: 0 }
      if (history.ageMs > history.maxAgeMs) return tooOld(outcome.error, history)
      if (history.attemptsMade + 1 < history.maxAttempts) return { kind: 'retry' }
      return { kind: 'bury', fault: 'ours', error: `failed ${history.maxAttempts} times, last: ${outcome.error}` }
  }
}

function tooOld(error: string, { maxAgeMs }: JobHistory): Move {
  return { kind: 'bury', fault: 'ours', error: `not done within ${Math.round(maxAgeMs / 3_600_000)} h, last: ${error}` }
}
