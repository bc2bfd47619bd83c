import type { Outcome } from '@sluice/orders'
import type { HttpResult } from '@sluice/outbound'
import { maskText } from '@sluice/wire'
import {
  alreadyUsedAnswerSchema,
  reservedAnswerSchema,
  type StockLot,
  shortAnswerSchema,
  stockAnswerSchema,
} from './wire-schema.ts'

/** What an answer of the back office means for each call. Pure; docs/back-office.md has the same table for its author. */

export type StockOutcome = { kind: 'lots'; lots: StockLot[] } | Outcome

export function classifyStock(result: HttpResult): StockOutcome {
  if (result.kind !== 'answered') return notAnswered(result)
  if (!isSuccess(result)) return refusal(result)
  const lots = stockAnswerSchema.safeParse(result.body)
  return lots.success ? { kind: 'lots', lots: lots.data.lots } : malformed(result, lots.error)
}

export function classifyReservation(result: HttpResult): Outcome {
  if (result.kind !== 'answered') return notAnswered(result)
  if (result.status === 409) {
    const short = shortAnswerSchema.safeParse(result.body)
    if (short.success) return { kind: 'short', lines: short.data.lines }
    // Only what was reserved can be sold: an earlier attempt of ours did arrive, its answer was lost.
    if (isAlreadyUsed(result)) return { kind: 'already-done' }
    return malformed(result, short.error)
  }
  if (!isSuccess(result)) return refusal(result)
  const reserved = reservedAnswerSchema.safeParse(result.body)
  return reserved.success ? { kind: 'reserved', lines: reserved.data.lines } : malformed(result, reserved.error)
}

export function classifyRelease(result: HttpResult): Outcome {
  if (result.kind !== 'answered') return notAnswered(result)
  if (isSuccess(result)) return { kind: 'done' }
  // Nothing is reserved under this number: that is what was wanted.
  if (result.status === 404) return { kind: 'already-done' }
  if (isAlreadyUsed(result)) return { kind: 'already-used' }
  return refusal(result)
}

export function classifyReturn(result: HttpResult): Outcome {
  if (result.kind !== 'answered') return notAnswered(result)
  return isSuccess(result) ? { kind: 'done' } : refusal(result)
}

export function classifyNews(result: HttpResult): Outcome {
  if (result.kind !== 'answered') return notAnswered(result)
  if (isSuccess(result)) return { kind: 'done' }
  if (result.status === 409) return { kind: 'already-done' }
  // It has confirmed a reservation of this order, so it will know it again once it is well.
  if (result.status === 404) {
    const detail = describe(result, 'the order is not known there')
    return { kind: 'unavailable', cause: 'network', isUnclear: false, status: 404, detail }
  }
  return refusal(result)
}

type Answered = Extract<HttpResult, { kind: 'answered' }>

function notAnswered(result: Exclude<HttpResult, Answered>): Outcome {
  switch (result.kind) {
    case 'not-tried':
      return result
    case 'unavailable':
      return {
        kind: 'unavailable',
        cause: result.cause,
        isUnclear: result.isUnclear,
        ...(result.status !== undefined && { status: result.status }),
        ...(result.retryAfterMs !== undefined && { retryAfterMs: result.retryAfterMs }),
        detail: result.status === undefined ? `back office: ${result.cause}` : `back office answered ${result.status}`,
      }
  }
}

/** Statuses that mean the same for every call. */
function refusal(result: Answered): Outcome {
  switch (result.status) {
    case 401:
    case 403:
      return {
        kind: 'unavailable',
        cause: 'credentials',
        isUnclear: false,
        status: result.status,
        detail: describe(result, 'it does not take our token'),
      }
    case 400:
    case 422:
      return refused(result, 'data', 'it refuses the data')
    case 408:
      return {
        kind: 'unavailable',
        cause: 'timeout',
        isUnclear: true,
        status: 408,
        detail: describe(result, 'it timed out'),
      }
    default:
      return refused(result, 'theirs', 'the contract has no such answer to this call (is the address right?)')
  }
}

function malformed(result: Answered, error: { issues: { path: PropertyKey[]; message: string }[] }): Outcome {
  const issue = error.issues[0]
  return refused(result, 'theirs', `the answer cannot be read: ${issue?.path.map(String).join('.')} ${issue?.message}`)
}

function refused(result: Answered, fault: 'theirs' | 'data', meaning: string): Outcome {
  return { kind: 'refused', fault, status: result.status, detail: describe(result, meaning) }
}

function isSuccess({ status }: Answered): boolean {
  return status >= 200 && status < 300
}

function isAlreadyUsed({ status, body }: Answered): boolean {
  return status === 409 && alreadyUsedAnswerSchema.safeParse(body).success
}

/**
 * With the back office's own `code` and `message`, if it gives any. Its other fields may hold personal data; so may these,
 * and the text goes into logs and dead letters.
 */
function describe({ status, body }: Answered, meaning: string): string {
  const { code, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const words = [code, message].filter((word) => typeof word === 'string').join(': ')
  return `back office answered ${status}, ${meaning}${words && ` (${maskText(words).slice(0, 300)})`}`
}
