import type { Performed } from '@sluice/marketplace-port'
import type { CallPriority } from '@sluice/outbound'
import type { Answer } from './classify-answer.ts'
import { type Exchange, toEvidence } from './exchange.ts'
import type { MarketCaller, Sent } from './market-caller.ts'
import { isChange, type MarketCall } from './market-calls.ts'

/** The calls of one attempt at an effect, one after another. */
export interface AttemptCalls {
  /** The first call does not wait for the budget unless told to, later ones do: what was begun is better finished. */
  send(call: MarketCall, options?: { firstPatienceMs?: number }): Promise<Answer>
  /** Something was changed at the Market: without an end, the next attempt must look first. */
  hasChanged(): boolean
  /** For the evidence: a call that others shared. */
  keep(exchange: Exchange): void
  evidence(): Performed['evidence']
}

export interface AttemptOptions {
  priority: CallPriority
  /** Of the effect's payload: marking codes and keys, which no error may repeat. */
  secrets: readonly string[]
  signal: AbortSignal
  /** Of one call. */
  timeoutMs: number
}

const PATIENCE_MS = 5_000

/**
 * An effect's lease must be longer than so many calls that all time out. A few short calls more are made within that time, but
 * none is begun that might end after it.
 */
export const CALLS_PER_EFFECT = 3

/** Since the attempt began: no later call is begun. */
export function lastStartMs(timeoutMs: number): number {
  // The rest is for the budget's own answers.
  return (CALLS_PER_EFFECT - 1) * timeoutMs * 0.9
}

export function createAttemptCalls(caller: MarketCaller, options: AttemptOptions): AttemptCalls {
  const exchanges: Exchange[] = []
  const startedAt = performance.now()
  let hasChanged = false

  function note({ answer, exchange }: Sent): Answer {
    if (exchange) exchanges.push(exchange)
    const isRead = exchange !== undefined && !isChange(exchange.call)
    if (answer.kind === 'ok' && exchange && !isRead) hasChanged = true
    // Whether a read arrived does not matter.
    return answer.kind === 'unavailable' && isRead ? { ...answer, isUnclear: false } : answer
  }

  return {
    async send(call, { firstPatienceMs = 0 } = {}) {
      const leftMs = lastStartMs(options.timeoutMs) - (performance.now() - startedAt)
      if (leftMs < 0) return OUT_OF_TIME
      const patienceMs = Math.min(exchanges.length > 0 ? PATIENCE_MS : firstPatienceMs, leftMs)
      return note(await caller.send(call, { ...options, patienceMs }))
    },
    hasChanged: () => hasChanged,
    keep: (exchange) => exchanges.push(exchange),
    evidence: () => toEvidence(exchanges, options.secrets),
  }
}

const OUT_OF_TIME: Answer = {
  kind: 'unavailable',
  cause: 'timeout',
  isUnclear: false,
  detail: 'the calls before took too long',
}
