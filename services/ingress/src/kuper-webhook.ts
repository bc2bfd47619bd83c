import { type ErrorsObject, type InboundSecrets, readWebhook, verifyWebhook } from '@sluice/marketplace-kuper'
import type { EventProducer } from '@sluice/queue'
import type { Context } from 'hono'
import type { Body } from './read-body.ts'
import type { IngressEnv } from './request-line.ts'

export interface KuperAccount {
  id: string
  numberPrefix: string
  assemblyLeadMinutes: number
  inbound: InboundSecrets
}

export interface KuperWebhookDeps {
  accounts: readonly KuperAccount[]
  producer: Pick<EventProducer, 'enqueueEvent'>
  readBody(req: Context['req']): Promise<Body>
  now(): Date
}

/**
 * A webhook of Kuper. 200 says: it is in Redis and will be recorded, whatever it comes to; `order.created` is always
 * answered with the same number. Without `:account` in the address the credentials say whose it is.
 *
 * - Stops before the enqueueing: not answered, Kuper sends it again.
 * - Stops between enqueueing and answer: Kuper sends it again, and the job id and dedup key are the same.
 */
export function createKuperWebhook({ accounts, producer, readBody, now }: KuperWebhookDeps) {
  return async (c: Context<IngressEnv>): Promise<Response> => {
    const line = c.get('line')
    const asked = c.req.param('account')
    const candidates = asked === undefined ? accounts : accounts.filter(({ id }) => id === asked)
    if (candidates.length === 0) {
      line.reason = 'unknown account'
      return c.json(kuperError(404, 'not_found', null, 'There is no such account.'), 404)
    }

    const verdict = verifyWebhook(c.req.raw.headers, candidates)
    switch (verdict.kind) {
      case 'missing':
        line.reason = 'credentials missing'
        c.header('WWW-Authenticate', 'Bearer, Basic realm="sluice"')
        return c.json(
          kuperError(401, 'unauthorized', 'Client-Token', 'Credentials are missing: Client-Token, Basic or Bearer.'),
          401,
        )
      case 'wrong':
        line.reason = 'credentials wrong'
        return c.json(kuperError(403, 'forbidden', 'Client-Token', 'The credentials are not accepted.'), 403)
      case 'ok':
        break
    }
    const { account } = verdict
    line.account = account.id

    const body = await readBody(c.req)
    switch (body.kind) {
      case 'too-large':
        line.reason = 'body too large'
        return c.json(kuperError(413, 'payload_too_large', null, 'The body is larger than 1 MiB.'), 413)
      case 'overloaded':
        line.reason = 'overloaded'
        return kuperUnavailable(c)
      case 'broken':
        line.reason = 'body cut off'
        return c.json(kuperError(400, 'invalid_payload', null, 'The body ended too early.'), 400)
      case 'read':
        break
    }

    try {
      const webhook = readWebhook(body.text, account)
      if (webhook.kind === 'malformed') {
        line.reason = 'malformed'
        line.fields = webhook.answer.errors.map(({ field }) => field ?? 'body')
        return c.json(webhook.answer, 400)
      }
      const { ref, name, event, dedupKey, occurredAt } = webhook
      line.eventName = name
      if (ref.number !== undefined) line.orderNumber = ref.number
      if (ref.externalId !== undefined) line.externalId = ref.externalId
      else if (ref.number === undefined && ref.externalUuid !== undefined) line.externalUuid = ref.externalUuid

      // Only our own number leads to an order, and only to one of the account that is calling.
      if (ref.number !== undefined && !ref.number.startsWith(account.numberPrefix)) {
        line.reason = 'number of another account'
        line.fields = ['payload.number']
        const message = `payload.number is not a number of this account: those begin with ${account.numberPrefix}`
        return c.json(kuperError(400, 'invalid_payload', 'payload.number', message), 400)
      }

      const jobId = await producer.enqueueEvent({
        ref: { marketplace: 'kuper', account: account.id, ...ref },
        name,
        envelope: {
          event,
          source: 'marketplace',
          dedupKey,
          ...(occurredAt !== undefined && { occurredAt }),
          receivedAt: now().toISOString(),
        },
      })
      line.jobIds = [jobId]
      return c.json(webhook.answer, 200)
    } finally {
      body.release()
    }
  }
}

export function kuperError(code: number, type: string, field: string | null, message: string): ErrorsObject {
  return { code, errors: [{ type, field, message }] }
}

/** For every fault of ours. Never 400 and never 500: this one says plainly that the same call will work later. */
export function kuperUnavailable(c: Context): Response {
  c.header('Retry-After', '5')
  return c.json(kuperError(503, 'unavailable', null, 'Temporarily unavailable, please send it again.'), 503)
}
