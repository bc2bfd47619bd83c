import { LedgerError } from '@sluice/ledger'
import { redactForLog } from '@sluice/runtime'

/** What one source had to say. A page is made of parts, so that a source that is away leaves the others readable. */
export type Part<T> =
  | { kind: 'read'; value: T }
  /** Nobody there, or nobody who answers in time. */
  | { kind: 'away'; detail: string }
  /** It answers, but not this. */
  | { kind: 'failed'; detail: string }

export class NoAnswer extends Error {
  readonly code = 'no-answer'

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
    this.name = 'NoAnswer'
  }
}

/** Nobody waits longer for a page. */
const PAGE_TIMEOUT_MS = 3_000

/** Never rejects. What comes after the time-out is dropped. */
export async function readPart<T>(work: () => Promise<T>, timeoutMs = PAGE_TIMEOUT_MS): Promise<Part<T>> {
  try {
    return { kind: 'read', value: await inTime(work(), timeoutMs) }
  } catch (err) {
    const isRefused = err instanceof LedgerError && err.code !== 'unavailable'
    return { kind: isRefused ? 'failed' : 'away', detail: messageOf(err) }
  }
}

/** Rejects with NoAnswer when it takes longer than a page may. */
export async function inTime<T>(work: Promise<T>, timeoutMs = PAGE_TIMEOUT_MS): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new NoAnswer(timeoutMs)), timeoutMs)
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** For a person; without secrets. */
export function messageOf(err: unknown): string {
  if (!(err instanceof Error)) return String(redactForLog(String(err)))
  // ioredis explains its own settings here.
  if (err.name === 'MaxRetriesPerRequestError') return 'no connection'
  return String(redactForLog(err.message || err.name))
}
