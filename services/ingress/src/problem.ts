import type { Context } from 'hono'

type Status = 400 | 401 | 403 | 404 | 405 | 413 | 503

const TITLES: Record<Status, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  503: 'Service Unavailable',
}

/** RFC 9457. `code` is stable and for programs, `detail` is for people. */
export function problem(c: Context, status: Status, code: string, detail: string): Response {
  c.header('Content-Type', 'application/problem+json')
  return c.body(JSON.stringify({ type: 'about:blank', title: TITLES[status], status, code, detail }), status)
}

/** For every fault of ours: the same call will work later. */
export function unavailableProblem(c: Context): Response {
  c.header('Retry-After', '5')
  return problem(c, 503, 'unavailable', 'Nothing was stored. Please send it again.')
}
