import type { Outcome } from '@sluice/orders'
import type { HttpResult } from '@sluice/outbound'
import { maskText } from '@sluice/wire'
import type { KuperStep } from './notification.ts'
import { isAtOrPast, isDoneIn, isVisible } from './order-state.ts'

/** Why there is no token. */
export type TokenFailure = Extract<Outcome, { kind: 'unavailable' | 'not-tried' }>

/** What came of a call: Kuper's answer as `unwrapAnswer` sees it, or why there was no token to call with. */
export type Answer = HttpResult | TokenFailure

/** What reading the order's state at Kuper came to. */
export type StateRead =
  /** `state` as Kuper writes it; also words we do not know. */
  { kind: 'state'; state: string } | { kind: 'unknown-order' } | { kind: 'unreadable'; outcome: ReadFailure }

export type ReadFailure = Extract<Outcome, { kind: 'unavailable' | 'not-tried' | 'refused' }>

/** A status that says nothing without the order's state. */
export interface LookUp {
  kind: 'look-up'
  status: 404 | 422
  detail: string
}

/** `delivering`, `delivered` and `canceled` may meet a `ready_for_delivery` that Kuper has not worked off yet. */
const READY_SETTLES_MS = 60_000

/** Kuper's answer to a notification (specification 6.5). */
export function classifyAnswer(step: KuperStep, result: Answer): Outcome | LookUp {
  if (result.kind !== 'answered') return toFailure(result)
  const { status, body } = result
  const detail = describe(status, body)
  if (status >= 200 && status < 300) return { kind: 'done' }
  if (status === 401 || status === 403) return credentials(status, detail)
  if (status === 408) return { kind: 'unavailable', cause: 'timeout', isUnclear: true, status, detail }
  // Named by the seed documents only: a store that does not know it is no fault, and the lane goes on. Right after ready a 422
  // may also mean "not yet".
  if (step === 'estimated_delivery' && status !== 422) return { kind: 'refused', fault: 'data', status, detail }
  if (status === 404 || status === 422) return { kind: 'look-up', status, detail }
  // 405: not for this integration type. 400 and the rest: a request Kuper never takes.
  return { kind: 'refused', fault: 'ours', status, detail }
}

export interface ReportContext {
  /** An earlier attempt may have been processed. */
  wasUnclear: boolean
  /** Since `ready_for_delivery` was reported. */
  sinceReadyMs?: number
}

/** A 404 or 422 in the light of the order's state (specification 6.6 "Repeats", 6.7). */
export function classifyByState(step: KuperStep, lookUp: LookUp, read: StateRead, context: ReportContext): Outcome {
  const { status, detail } = lookUp
  switch (read.kind) {
    case 'unknown-order':
      return { kind: 'refused', fault: 'data', status, detail: `Kuper does not know the order: ${detail}` }
    case 'unreadable':
      if (read.outcome.kind === 'refused' || step === 'estimated_delivery') return withoutState(step, lookUp, context)
      return undecided(read.outcome, detail)
    case 'state':
      break
  }
  const { state } = read
  if (isDoneIn(step, state)) return { kind: 'already-done' }
  if (state === 'canceled') return { kind: 'cancelled-there' }
  if (status === 404) {
    const reason = `the order is there (${state}), the address or the account is wrong: ${detail}`
    return { kind: 'refused', fault: 'ours', status, detail: reason }
  }
  if (step === 'canceled' && isAtOrPast(state, 'shipping')) return { kind: 'declined', state }
  // Kuper could take an estimate now, so it does not know them: the lane does not wait for one.
  if (step === 'estimated_delivery' && isAtOrPast(state, 'ready_to_ship')) {
    return withoutState(step, lookUp, { wasUnclear: context.wasUnclear })
  }
  return withoutState(step, { ...lookUp, detail: `${detail} (state ${state})` }, context)
}

/** Before repeating after an unclear outcome: an outcome when the state shows that nothing is left to do. */
export function classifyBeforeRepeat(step: KuperStep, read: StateRead): Outcome | undefined {
  switch (read.kind) {
    case 'state':
      if (isDoneIn(step, read.state)) return { kind: 'already-done' }
      return read.state === 'canceled' ? { kind: 'cancelled-there' } : undefined
    case 'unknown-order':
      return undefined
    case 'unreadable':
      // Never to be read: the repeat itself is harmless (202, or 422 as for any repeat).
      return read.outcome.kind === 'refused' ? undefined : read.outcome
  }
}

/** Kuper's answer to reading a state. */
export function classifyState(result: Answer): StateRead {
  const failure = readFailure(result)
  if (failure === 'unknown-order') return { kind: 'unknown-order' }
  if (failure) return { kind: 'unreadable', outcome: failure }
  const { data } = (bodyOf(result) ?? {}) as { data?: { state?: unknown } | null }
  if (typeof data?.state !== 'string') {
    const detail = 'the answer to reading the state has none'
    return { kind: 'unreadable', outcome: { kind: 'refused', fault: 'theirs', detail } }
  }
  return { kind: 'state', state: data.state }
}

/** Why nothing could be read; undefined when there is a 2xx to look into. */
export function readFailure(result: Answer): ReadFailure | 'unknown-order' | undefined {
  if (result.kind !== 'answered') return toFailure(result)
  const { status, body } = result
  if (status >= 200 && status < 300) return undefined
  if (status === 404) return 'unknown-order'
  const detail = describe(status, body)
  if (status === 401 || status === 403) return credentials(status, detail)
  return { kind: 'refused', fault: 'ours', status, detail }
}

/** A JSON body whose `code` is 400 or more is that error, whatever the status says (specification 6.5). */
export function unwrapAnswer(result: HttpResult): HttpResult {
  if (result.kind !== 'answered' || result.status >= 300) return result
  const code = Number((result.body as { code?: unknown } | null | undefined)?.code)
  if (!Number.isInteger(code) || code < 400 || code > 599) return result
  const { body } = result
  if (code === 429) {
    return { kind: 'unavailable', cause: 'rate-limited', isUnclear: false, status: code, body }
  }
  if (code >= 500) return { kind: 'unavailable', cause: '5xx', isUnclear: true, status: code, body }
  return { ...result, status: code }
}

/** `422 event.type: order.in_work is not possible in state ready_to_ship`; for people, never branched on. */
export function describe(status: number | undefined, body: unknown): string {
  const { errors, error, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const texts = Array.isArray(errors) ? errors.map(describeError) : [describeError(error), describeError(message)]
  const text = texts.filter(Boolean).join('; ') || (typeof body === 'string' ? body : '')
  return `${status ?? 'no answer'} ${maskText(text)}`.trim().slice(0, 300)
}

function describeError(error: unknown): string {
  if (typeof error === 'string') return error
  const { field, message, title, detail } = (error ?? {}) as Record<string, unknown>
  return [field, message ?? detail ?? title].filter((part) => typeof part === 'string').join(': ')
}

function withoutState(step: KuperStep, { status, detail }: LookUp, context: ReportContext): Outcome {
  const mayMeetReady = ['delivering', 'delivered', 'canceled', 'estimated_delivery'].includes(step)
  if (status === 422 && mayMeetReady && context.sinceReadyMs !== undefined && context.sinceReadyMs < READY_SETTLES_MS) {
    return { kind: 'too-early', detail }
  }
  // Taken before, its answer lost, and Kuper is still on its way to `ready_to_ship` (specification 6.6: up to 30 s).
  if (status === 422 && context.wasUnclear && step === 'ready') return { kind: 'too-early', detail }
  // No state tells, but a repeat may be answered 422: the earlier attempt is what Kuper refuses to take twice.
  if (status === 422 && context.wasUnclear && !isVisible(step)) return { kind: 'already-done' }
  return { kind: 'refused', fault: 'data', status, detail }
}

function undecided(failure: Exclude<ReadFailure, { kind: 'refused' }>, answer: string): Outcome {
  if (failure.kind === 'unavailable') {
    return { ...failure, isUnclear: false, detail: `${answer}; its state could not be read: ${failure.detail}` }
  }
  const detail = `${answer}; its state was not read: ${failure.cause}`
  return { kind: 'unavailable', cause: 'network', isUnclear: false, retryAfterMs: failure.waitMs, detail }
}

/** The answer is missing or asks for another time. */
export function toFailure(
  result: Exclude<Answer, { kind: 'answered' }>,
): Extract<Outcome, { kind: 'unavailable' | 'not-tried' }> {
  if (result.kind === 'not-tried' || 'detail' in result) return result
  const { kind, cause, isUnclear, status, retryAfterMs, body } = result
  return {
    kind,
    cause,
    isUnclear,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    detail: `${cause}: ${describe(status, body)}`,
  }
}

function credentials(status: number, detail: string): Extract<Outcome, { kind: 'unavailable' }> {
  return { kind: 'unavailable', cause: 'credentials', isUnclear: false, status, detail }
}

export function bodyOf(result: Answer): unknown {
  return result.kind === 'answered' ? result.body : undefined
}
