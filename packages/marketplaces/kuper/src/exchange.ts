import type { HttpCall, HttpResult } from '@sluice/outbound'
import { bounded } from '@sluice/wire'
import { maskBody } from './excerpt.ts'

/** One call of an attempt and what came of it. */
export interface Exchange {
  call: HttpCall
  result: Exclude<HttpResult, { kind: 'not-tried' }>
}

/** What the attempts table keeps: every exchange of the attempt, a line each; masked, at most 2 KiB each. */
export interface Evidence {
  /** Of the notification if it was answered, else of the last answer. */
  httpStatus?: number
  durationMs: number
  request: string
  response?: string
}

export function toEvidence(notification: HttpCall, exchanges: readonly Exchange[]): Evidence {
  const httpStatus = (exchanges.findLast(({ call }) => call.method === 'POST') ?? exchanges.at(-1))?.result.status
  return {
    ...(httpStatus !== undefined && { httpStatus }),
    durationMs: exchanges.reduce((sum, { result }) => sum + result.durationMs, 0),
    request: bounded((exchanges.length > 0 ? exchanges.map(({ call }) => call) : [notification]).map(show).join('\n')),
    ...(exchanges.length > 0 && { response: bounded(exchanges.map(({ result }) => showResult(result)).join('\n')) }),
  }
}

function show({ method, path, json }: HttpCall): string {
  return `${method} ${path} ${maskBody(json)}`.trim()
}

function showResult(result: Exchange['result']): string {
  const { status, body } = result
  return `${status ?? (result.kind === 'unavailable' ? result.cause : '')} ${maskBody(body)}`.trim()
}
