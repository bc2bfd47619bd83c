import { getConnInfo } from '@hono/node-server/conninfo'
import type { WebhookAnswer, WebhookEndpoint } from '@sluice/marketplace-port'
import type { EventProducer } from '@sluice/queue'
import type { Context } from 'hono'
import type { ReadBody } from './read-body.ts'
import { recordCutOff } from './record-cut-off.ts'
import type { IngressEnv } from './request-line.ts'

export interface MarketplaceWebhookDeps {
  endpoint: WebhookEndpoint
  producer: Pick<EventProducer, 'enqueueEvent'>
  readBody: ReadBody
  now(): Date
}

/**
 * A webhook of any marketplace. An answer of success says: it is in Redis and will be recorded, whatever it comes to.
 *
 * - Stops before the enqueueing: not answered, the marketplace sends it again.
 * - Stops between enqueueing and answer: the marketplace sends it again, and the job id and dedup key are the same.
 */
export function createMarketplaceWebhook({ endpoint, producer, readBody, now }: MarketplaceWebhookDeps) {
  return async (c: Context<IngressEnv>): Promise<Response> => {
    const startedAt = now()
    const line = c.get('line')
    c.set('unavailable', () => answerWith(c, endpoint.answerTo('unavailable', startedAt)))

    const admission = endpoint.admit({
      headers: c.req.raw.headers,
      url: pathAndQuery(c.req.url),
      peerAddress: peerAddressOf(c),
    })
    if (admission.kind === 'refused') {
      line.reason = admission.reason
      return answerWith(c, admission.answer)
    }
    if (admission.account !== undefined) line.account = admission.account

    const body = await readBody(c.req, endpoint.maxBodyBytes)
    switch (body.kind) {
      case 'too-large':
        line.reason = 'body too large'
        return answerWith(c, endpoint.answerTo('too-large', startedAt))
      case 'overloaded':
        line.reason = 'overloaded'
        return answerWith(c, endpoint.answerTo('unavailable', startedAt))
      case 'broken':
        return recordCutOff(c)
      case 'read':
        break
    }

    try {
      const reading = admission.read(body.text, startedAt)
      if (reading.kind === 'answered') {
        if (reading.name !== undefined) line.eventName = reading.name
        if (reading.orderNumber !== undefined) line.orderNumber = reading.orderNumber
        if (reading.reason !== undefined) line.reason = reading.reason
        if (reading.fields !== undefined) line.fields = reading.fields
        return answerWith(c, reading.answer)
      }
      const { ref, name } = reading.job
      line.eventName = name
      line.account = ref.account
      if (ref.number !== undefined) line.orderNumber = ref.number
      if (ref.externalId !== undefined) line.externalId = ref.externalId
      else if (ref.number === undefined && ref.externalUuid !== undefined) line.externalUuid = ref.externalUuid
      line.jobIds = [await producer.enqueueEvent(reading.job)]
      return answerWith(c, reading.answer)
    } finally {
      body.release()
    }
  }
}

/** Any other method at the address of a webhook. */
export function createMethodRefusal({ endpoint, now }: Pick<MarketplaceWebhookDeps, 'endpoint' | 'now'>) {
  return (c: Context<IngressEnv>): Response => answerWith(c, endpoint.answerTo('not-post', now()))
}

function answerWith(c: Context, { status, body, headers }: WebhookAnswer): Response {
  return c.json(body, status, headers)
}

/** What follows scheme and host. */
function pathAndQuery(url: string): string {
  return url.slice(url.indexOf('/', 'https://'.length))
}

/** Undefined where there is no connection: in tests that call the app itself. */
function peerAddressOf(c: Context<IngressEnv>): string | undefined {
  const bindings: Partial<IngressEnv['Bindings']> | undefined = c.env
  return bindings?.incoming ? getConnInfo(c).remote.address : undefined
}
