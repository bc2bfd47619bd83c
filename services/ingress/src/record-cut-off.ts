import { statusSentTo } from '@sluice/runtime'
import type { Context } from 'hono'
import type { IngressEnv } from './request-line.ts'

/** nginx' word for a sender who went away before he could be answered. */
const CLIENT_CLOSED_REQUEST = 499

/**
 * For the log and the metrics alone: the server has cut the connection and has said by itself why, or could not even do that.
 */
export function recordCutOff(c: Context<IngressEnv>): Response {
  c.get('line').reason = 'body cut off'
  const bindings: Partial<IngressEnv['Bindings']> | undefined = c.env
  const socket = bindings?.incoming?.socket
  return new Response(null, { status: (socket && statusSentTo(socket)) ?? CLIENT_CLOSED_REQUEST })
}
