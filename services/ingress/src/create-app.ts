import { type EventProducer, QueueOverloaded, QueueUnavailable } from '@sluice/queue'
import { type Context, Hono } from 'hono'
import { type BackOfficeEventsDeps, createBackOfficeEvents } from './back-office-events.ts'
import { createKuperWebhook, type KuperAccount, kuperError, kuperUnavailable } from './kuper-webhook.ts'
import { problem, unavailableProblem } from './problem.ts'
import { createBodyReader } from './read-body.ts'
import type { IngressEnv } from './request-line.ts'

export interface IngressDeps {
  kuperAccounts: readonly KuperAccount[]
  /** Of all marketplaces: events of the back office find theirs by the order number. */
  accounts: BackOfficeEventsDeps['accounts']
  backOfficeTokens: readonly string[]
  producer: Pick<EventProducer, 'enqueueEvent' | 'enqueueEvents'>
  log: IngressLog
  countAcknowledgement(ack: { route: string; status: number; durationMs: number }): void
  now?: () => Date
  /** Of all requests that are being read or answered. */
  maxBytesInFlight?: number
}

interface IngressLog {
  info(line: { event: string; [field: string]: unknown }): void
  warn(line: { event: string; [field: string]: unknown }): void
  error(line: { event: string; [field: string]: unknown }): void
}

const MAX_BODY_BYTES = 1024 * 1024

const ROUTES = { kuper: '/kuper-webhook', kuperAccount: '/kuper-webhook/:account', backOffice: '/back-office/events' }

/**
 * Every route of ingress. The order of the work is always: authenticate, bound, parse, enqueue, answer. It needs nothing
 * but Redis, and at most one round trip to it.
 */
export function createApp(deps: IngressDeps): Hono<IngressEnv> {
  const { producer, now = () => new Date(), maxBytesInFlight = 64 * MAX_BODY_BYTES } = deps
  const readBody = createBodyReader({ maxBodyBytes: MAX_BODY_BYTES, maxBytesInFlight })
  const kuperWebhook = createKuperWebhook({ accounts: deps.kuperAccounts, producer, readBody, now })
  const backOfficeEvents = createBackOfficeEvents({
    tokens: deps.backOfficeTokens,
    accounts: deps.accounts,
    producer,
    readBody,
    now,
  })

  const app = new Hono<IngressEnv>()
  app.use(async (c, next) => {
    const startedAt = performance.now()
    c.set('line', { route: 'unknown' })
    await next()
    const { status } = c.res
    const durationMs = performance.now() - startedAt
    const { route, ...known } = c.get('line')
    deps.countAcknowledgement({ route, status, durationMs })
    const line = { event: 'webhook.answered', route, ...known, status, durationMs: Math.round(durationMs * 10) / 10 }
    if (status < 400) deps.log.info(line)
    else if (line.err === undefined) deps.log.warn(line)
    else deps.log.error(line)
  })

  for (const route of [ROUTES.kuper, ROUTES.kuperAccount]) {
    app.post(route, nameRoute(route), kuperWebhook)
    app.all(route, nameRoute(route), (c) =>
      c.json(kuperError(405, 'not_allowed', null, 'Webhooks are sent with POST.'), 405, { Allow: 'POST' }),
    )
  }
  app.post(ROUTES.backOffice, nameRoute(ROUTES.backOffice), backOfficeEvents)
  app.all(ROUTES.backOffice, nameRoute(ROUTES.backOffice), (c) => {
    c.header('Allow', 'POST')
    return problem(c, 405, 'method-not-allowed', 'Events are sent with POST.')
  })

  app.notFound((c) => problem(c, 404, 'not-found', 'There is nothing at this address.'))
  // Also a bug of ours: 503 makes the sender come back, by when it may have been mended.
  app.onError((err, c) => {
    const line = c.get('line')
    if (err instanceof QueueUnavailable || err instanceof QueueOverloaded) {
      line.reason = err.code
      line.detail = err.message
    } else {
      line.reason = 'unexpected error'
      line.err = err
    }
    return line.route.startsWith(ROUTES.kuper) ? kuperUnavailable(c) : unavailableProblem(c)
  })
  return app
}

function nameRoute(route: string) {
  return async (c: Context<IngressEnv>, next: () => Promise<void>): Promise<void> => {
    c.get('line').route = route
    await next()
  }
}
