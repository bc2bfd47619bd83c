import type { WebhookEndpoint } from '@sluice/marketplace-port'
import { type EventProducer, QueueOverloaded, QueueUnavailable } from '@sluice/queue'
import { type Context, Hono } from 'hono'
import { type BackOfficeEventsDeps, createBackOfficeEvents } from './back-office-events.ts'
import { createMarketplaceWebhook, createMethodRefusal } from './marketplace-webhook.ts'
import { problem, unavailableProblem } from './problem.ts'
import { createBodyReader } from './read-body.ts'
import { type AnswerRecords, recordAnswer } from './record-answer.ts'
import type { IngressEnv } from './request-line.ts'

export interface IngressDeps extends AnswerRecords {
  /** Of every marketplace that has accounts. */
  endpoints: readonly WebhookEndpoint[]
  /** Of all marketplaces: events of the back office find theirs by the order number. */
  accounts: BackOfficeEventsDeps['accounts']
  backOfficeTokens: readonly string[]
  producer: Pick<EventProducer, 'enqueueEvent' | 'enqueueEvents'>
  now?: () => Date
  /** Of all requests that are being read or answered. */
  maxBytesInFlight?: number
}

const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024

const BACK_OFFICE_ROUTE = '/back-office/events'

/**
 * Every route of ingress. The order of the work is always: authenticate, bound, parse, enqueue, answer. It needs nothing
 * but Redis, and at most one round trip to it.
 */
export function createApp(deps: IngressDeps): Hono<IngressEnv> {
  const { producer, now = () => new Date(), maxBytesInFlight = MAX_BYTES_IN_FLIGHT } = deps
  const readBody = createBodyReader({ maxBytesInFlight })
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
    recordAnswer(deps, c.get('line'), c.res.status, performance.now() - startedAt)
  })

  for (const endpoint of deps.endpoints) {
    const webhook = createMarketplaceWebhook({ endpoint, producer, readBody, now })
    const refuseMethod = createMethodRefusal({ endpoint, now })
    for (const path of endpoint.paths) {
      app.post(path, nameRoute(path), webhook)
      app.all(path, nameRoute(path), refuseMethod)
    }
  }
  app.post(BACK_OFFICE_ROUTE, nameRoute(BACK_OFFICE_ROUTE), backOfficeEvents)
  app.all(BACK_OFFICE_ROUTE, nameRoute(BACK_OFFICE_ROUTE), (c) => {
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
    return c.get('unavailable')?.() ?? unavailableProblem(c)
  })
  return app
}

function nameRoute(route: string) {
  return async (c: Context<IngressEnv>, next: () => Promise<void>): Promise<void> => {
    c.get('line').route = route
    await next()
  }
}
