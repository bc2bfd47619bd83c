import type { ReadEvent, ReservedLine, ShortLine } from './events.ts'

/**
 * What one attempt at an effect came to. Expected outcomes are values, not exceptions; what to do next is decided by
 * next-step.ts.
 */
export type Outcome =
  | { kind: 'done' }
  /** Found by a repeat's answer or by reading the destination's state. */
  | { kind: 'already-done' }
  /** reserve-stock only: confirmed by the back office. */
  | { kind: 'reserved'; lines: ReservedLine[] }
  /** reserve-stock only: not enough with the shelf life asked for; nothing is reserved. */
  | { kind: 'short'; lines: ShortLine[] }
  /** release-stock only: the back office has already made its sales document. */
  | { kind: 'already-used' }
  /** notify-marketplace, answer-cancellation-request: the marketplace has cancelled the order. */
  | { kind: 'cancelled-there' }
  /** Understood and not taken, so that the order must go another way: `state` says why, for people. */
  | { kind: 'declined'; state?: string }
  /** notify-marketplace only: optional, and too late or not worth the wait. */
  | { kind: 'skipped'; detail: string }
  /** fetch-* only: what was found. */
  | { kind: 'read'; found: ReadEvent }
  /** The destination needs a moment (asynchronous state change): repeat soon, for `patienceMs` in all (default 90 s). */
  | { kind: 'too-early'; detail: string; patienceMs?: number }
  /** Can never succeed as it is. */
  | { kind: 'refused'; fault: Fault; status?: number; detail: string }
  /**
   * May succeed later. `isUnclear`: it may have been done, the answer is missing. `stopped`: we cut the call ourselves, since
   * the process ends or the lease is over; `our-fault`: a bug, which says nothing about the destination.
   */
  | {
      kind: 'unavailable'
      cause: 'timeout' | 'network' | '5xx' | 'rate-limited' | 'credentials' | 'stopped' | 'our-fault'
      isUnclear: boolean
      status?: number
      retryAfterMs?: number
      detail: string
    }
  /** Not even tried (breaker open, rate budget used up, shutting down, lease used up by a slow database): costs no try. */
  | { kind: 'not-tried'; cause: 'breaker-open' | 'rate-budget' | 'stopping' | 'lease-over'; waitMs: number }

/** Who has to act on a dead letter: us (bug, configuration), them (destination), or the data itself. */
export type Fault = 'ours' | 'theirs' | 'data'
