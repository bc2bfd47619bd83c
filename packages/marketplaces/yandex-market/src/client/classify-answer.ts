import type { Outcome } from '@sluice/orders'
import type { HttpResult } from '@sluice/outbound'
import { maskText } from '@sluice/wire'

/** Nothing was learned about the matter itself: tried later, or a fault that no repeat mends. */
export type Failure = Extract<Outcome, { kind: 'unavailable' | 'not-tried' | 'refused' }>

/** What the Market's answer to one call means (specification 3.3), whatever the call was. */
export type Answer =
  | { kind: 'ok'; body: unknown }
  /** 400: bad content, or the action does not fit the state. `message`: the Market's own words, as they came. */
  | { kind: 'rejected'; status: number; message: string; detail: string }
  | { kind: 'not-found'; status: number; message: string; detail: string }
  | Failure

/** Where only an answer with a body helps: what the Market refuses without a reason we know is a matter of the data. */
export function toFailure(answer: Answer): Failure {
  switch (answer.kind) {
    case 'ok':
      return { kind: 'refused', fault: 'theirs', detail: 'the answer is not what was asked for' }
    case 'rejected':
    case 'not-found':
      return { kind: 'refused', fault: 'data', status: answer.status, detail: answer.detail }
    case 'unavailable':
    case 'not-tried':
    case 'refused':
      return answer
  }
}

/** 420: too many calls at a time, or in this hour. Not done. */
export interface Limited {
  kind: 'limited'
  scope: 'parallel' | 'resource'
  /** Epoch milliseconds, the Market's clock. */
  untilMs: number
}

/** Parallel calls are over soon; specification 3.2 says "try again shortly". */
const PARALLEL_PAUSE_MS = 1_000
/** When an answer does not say until when: the hour may end at any time, and asking costs one call. */
const UNKNOWN_PAUSE_MS = 60_000

/** `secrets`: what was sent and must not come back in a text, such as marking codes. */
export function classifyAnswer(result: HttpResult, nowMs: number, secrets: readonly string[] = []): Answer | Limited {
  switch (result.kind) {
    case 'not-tried':
      return result
    case 'unavailable':
      return unavailable(result, secrets)
    case 'answered':
      return classifyStatus(result, nowMs, secrets)
  }
}

function classifyStatus(
  { status, headers, body }: Extract<HttpResult, { kind: 'answered' }>,
  nowMs: number,
  secrets: readonly string[],
): Answer | Limited {
  const message = messageOf(body, secrets)
  const detail = describe(status, message)
  if (status >= 200 && status < 300) {
    // No JSON: somebody on the way has answered, or what was done got lost on it. Either way it is asked for again.
    if (typeof body === 'string') return { kind: 'unavailable', cause: '5xx', isUnclear: true, status, detail }
    // The wrapper may tell another tale than the status.
    const { status: word } = (body ?? {}) as { status?: unknown }
    return word === 'ERROR' ? { kind: 'rejected', status, message, detail } : { kind: 'ok', body }
  }
  switch (status) {
    case 400:
      return { kind: 'rejected', status, message, detail }
    case 404:
      return { kind: 'not-found', status, message, detail }
    case 401:
    case 403:
      return { kind: 'unavailable', cause: 'credentials', isUnclear: false, status, detail }
    case 420:
      return limited(message, headers, nowMs)
    // The store is being moved.
    case 423:
      return { kind: 'unavailable', cause: '5xx', isUnclear: false, status, detail }
    // They did not wait for themselves: it may have been done.
    case 408:
    case 499:
      return { kind: 'unavailable', cause: 'timeout', isUnclear: true, status, detail }
    default:
      // 405, 415 and the rest: a request the Market never takes.
      return { kind: 'refused', fault: 'ours', status, detail }
  }
}

function unavailable(
  { cause, isUnclear, status, retryAfterMs, body }: Extract<HttpResult, { kind: 'unavailable' }>,
  secrets: readonly string[],
): Failure {
  return {
    kind: 'unavailable',
    cause,
    isUnclear,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    detail: `${cause}: ${describe(status, messageOf(body, secrets))}`,
  }
}

function limited(message: string, headers: Record<string, string>, nowMs: number): Limited {
  if (/parallel/i.test(message)) return { kind: 'limited', scope: 'parallel', untilMs: nowMs + PARALLEL_PAUSE_MS }
  const untilMs = limitsOf(headers).untilMs ?? nowMs + UNKNOWN_PAUSE_MS
  return { kind: 'limited', scope: 'resource', untilMs: Math.max(untilMs, nowMs + PARALLEL_PAUSE_MS) }
}

/** What an answer tells about the allowance of its method (specification 3.2). */
export function limitsOf(headers: Record<string, string>): { remaining?: number; untilMs?: number } {
  const remaining = headers['x-ratelimit-resource-remaining']
  const untilMs = Date.parse(headers['x-ratelimit-resource-until'] ?? '')
  return {
    ...(remaining !== undefined && /^\d+$/.test(remaining) && { remaining: Number(remaining) }),
    ...(!Number.isNaN(untilMs) && { untilMs }),
  }
}

/** For people, never branched on: `400 No transition found: 'a' -> 'b'`. */
export function describe(status: number | undefined, message: string): string {
  return `${status ?? 'no answer'} ${maskText(message)}`.trim().slice(0, 300)
}

/** The texts of an error (specification 3.3), as they came but for what is secret. */
export function messageOf(body: unknown, secrets: readonly string[]): string {
  let message = textOf(body)
  for (const secret of secrets) if (secret.length >= MIN_SECRET) message = message.replaceAll(secret, '***')
  return message.slice(0, 2_000)
}

/** Shorter ones are in every text. */
const MIN_SECRET = 3

function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  const { errors } = (body ?? {}) as { errors?: unknown }
  if (!Array.isArray(errors)) return ''
  const texts = errors.slice(0, 20).map((error) => {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
    return typeof message === 'string' ? message : typeof code === 'string' ? code : ''
  })
  return texts.filter(Boolean).join('; ')
}
