import type { Performed } from '@sluice/marketplace-port'
import type { HttpCall, HttpResult } from '@sluice/outbound'
import { bounded } from '@sluice/wire'
import { maskBody } from './excerpt.ts'

/** One call of an attempt and what came of it. */
export interface Exchange {
  call: HttpCall
  result: Exclude<HttpResult, { kind: 'not-tried' }>
}

/**
 * What the attempts table keeps: every exchange of the attempt, a line each; masked, at most 2 KiB each. The status is that of
 * the notification if it was answered, else of the last answer.
 */
export function toEvidence(notification: HttpCall, exchanges: readonly Exchange[]): NonNullable<Performed['evidence']> {
  const httpStatus = (exchanges.findLast(({ call }) => call.method === 'POST') ?? exchanges.at(-1))?.result.status
  return {
    ...(httpStatus !== undefined && { httpStatus }),
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
