import type { EffectKind } from './effects.ts'
import type { ReadEvent, ResultEvent } from './events.ts'
import type { Fault, Outcome } from './outcome.ts'

/** What becomes of an effect after one attempt. */
export type Step =
  | { kind: 'done'; event: ResultEvent | ReadEvent }
  | { kind: 'dead'; event: ResultEvent; fault: Fault; error: string }
  /** The attempt counts; the effect waits in its lane. */
  | { kind: 'again'; delayMs: number; detail: string }
  /** Nothing was tried: costs no try. */
  | { kind: 'wait'; delayMs: number; detail: string }

export interface RetryPolicy {
  /** Waits after the first attempts, one after another. Milliseconds. */
  delaysMs: number[]
  /** After those, each wait is twice the last, up to this. */
  maxDelayMs: number
  /** Counted from the first attempt; then a person has to look. */
  maxAgeMs: number
}

/** 10, 30, 60, 120, 240 s is what a production client of Kuper does. */
export const defaultRetryPolicy: RetryPolicy = {
  delaysMs: [10_000, 30_000, 60_000, 120_000, 240_000],
  maxDelayMs: 30 * 60_000,
  maxAgeMs: 24 * 3_600_000,
}

export interface Attempt {
  kind: EffectKind
  key: string
  /** From 1. */
  attempt: number
  /** Since the first attempt, milliseconds. */
  ageMs: number
}

/** What to do after an attempt. `random` is in [0, 1) and spreads the waits by a fifth either way. */
export function nextStep(attempt: Attempt, outcome: Outcome, policy: RetryPolicy, random: number): Step {
  const { key } = attempt
  const done = (event: ResultEvent | ReadEvent): Step => ({ kind: 'done', event })
  const again = (delayMs: number, detail: string): Step =>
    attempt.ageMs + delayMs > policy.maxAgeMs
      ? dead(key, 'theirs', `given up after ${attempt.attempt} attempts: ${detail}`)
      : { kind: 'again', delayMs: Math.round(delayMs), detail }
  const spread = 0.8 + 0.4 * random

  switch (outcome.kind) {
    case 'done':
    case 'already-done': {
      const event = success(attempt)
      return event ? done(event) : dead(key, 'ours', 'was done, but nothing was read')
    }
    case 'read':
      return done({ ...outcome.found, key })
    case 'skipped':
      return done({ type: 'report.skipped', key, why: outcome.detail })
    case 'reserved':
      return done({ type: 'stock.reserved', key, lines: outcome.lines })
    case 'short':
      return done({ type: 'stock.short', key, lines: outcome.lines })
    case 'already-used':
      return done({ type: 'stock.already-used', key })
    case 'cancelled-there':
      return done({ type: 'report.moot', key })
    case 'declined':
      if (attempt.kind !== 'notify-marketplace') {
        return done({ type: 'answer.declined', key, why: outcome.state ?? 'no reason was given' })
      }
      return done({ type: 'report.declined', key, ...(outcome.state !== undefined && { state: outcome.state }) })
    case 'too-early':
      if (attempt.ageMs > (outcome.patienceMs ?? asynchronousStateMs)) return dead(key, 'theirs', outcome.detail)
      return again(tooEarlyDelay(attempt.attempt, outcome.patienceMs), outcome.detail)
    case 'refused':
      return dead(key, outcome.fault, outcome.detail)
    case 'unavailable':
      return again(
        Math.max(retryDelay(policy, attempt.attempt) * spread, Math.min(outcome.retryAfterMs ?? 0, longestHintMs)),
        outcome.detail,
      )
    case 'not-tried':
      return { kind: 'wait', delayMs: outcome.waitMs, detail: outcome.cause }
  }
}

/** A destination may ask for patience, but not for ever. */
const longestHintMs = 3_600_000

/** A state change that Kuper makes by itself takes some seconds, 30 at most as far as is known (specification 6.6, 6.7). */
const tooEarlyDelaysMs = [3_000, 10_000, 30_000]
/** What takes longer is asked for less often: each question costs one of the hour's calls. */
const patientDelaysMs = [...tooEarlyDelaysMs, 60_000, 120_000, 240_000]
const asynchronousStateMs = 90_000

function tooEarlyDelay(attempt: number, patienceMs: number | undefined): number {
  const delaysMs = patienceMs === undefined ? tooEarlyDelaysMs : patientDelaysMs
  return delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? 0
}

function retryDelay(policy: RetryPolicy, attempt: number): number {
  const { delaysMs, maxDelayMs } = policy
  const listed = delaysMs[attempt - 1]
  if (listed !== undefined) return Math.min(listed, maxDelayMs)
  const beyond = Math.min(attempt - delaysMs.length, 30)
  return Math.min((delaysMs.at(-1) ?? 10_000) * 2 ** beyond, maxDelayMs)
}

function dead(key: string, fault: Fault, error: string): Step {
  return { kind: 'dead', event: { type: 'effect.died', key, reason: error }, fault, error }
}

/** Undefined for what is done only by what it brings. */
function success({ kind, key }: Attempt): ResultEvent | undefined {
  switch (kind) {
    case 'reserve-stock':
      return { type: 'stock.reserved', key, lines: [] }
    case 'release-stock':
      return { type: 'stock.released', key }
    case 'take-back-goods':
      return { type: 'goods.taken-back', key }
    case 'notify-marketplace':
      return { type: 'report.sent', key }
    case 'answer-cancellation-request':
    case 'decide-return':
    case 'reply-to-customer':
      return { type: 'answer.sent', key }
    case 'fetch-order':
    case 'fetch-return':
    case 'fetch-conversation':
      return undefined
    case 'tell-back-office':
      return { type: 'news.told', key }
    case 'watch-deadline':
      return { type: 'deadline.passed', key }
  }
}
