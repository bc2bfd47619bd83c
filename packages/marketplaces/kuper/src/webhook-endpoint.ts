import type {
  EndpointAccount,
  Refused,
  WebhookAnswer,
  WebhookEndpoint,
  WebhookReading,
  WebhookRequest,
} from '@sluice/marketplace-port'
import { type ErrorsObject, readWebhook } from './read-webhook.ts'
import type { KuperAccountSettings } from './settings-schema.ts'
import { verifyWebhook } from './verify-webhook.ts'

type Account = EndpointAccount<KuperAccountSettings>

const MAX_BODY_BYTES = 1024 * 1024

/**
 * Kuper's webhooks. 200 says: it is in Redis and will be recorded, whatever it comes to; `order.created` is always answered
 * with the same number. Without an account in the address the credentials say whose it is.
 */
export function createWebhookEndpoint(accounts: readonly Account[]): WebhookEndpoint {
  for (const account of accounts) read(example, account, new Date(0))
  return {
    paths: ['/kuper-webhook', '/kuper-webhook/:account'],
    maxBodyBytes: MAX_BODY_BYTES,
    admit(request) {
      const asked = accountIn(request)
      const candidates = asked === undefined ? accounts : accounts.filter(({ id }) => id === asked)
      if (candidates.length === 0) {
        return refuse('unknown account', answerError(404, 'not_found', null, 'There is no such account.'))
      }
      const verdict = verifyWebhook(request.headers, candidates)
      switch (verdict.kind) {
        case 'missing':
          return refuse('credentials missing', {
            ...answerError(
              401,
              'unauthorized',
              'Client-Token',
              'Credentials are missing: Client-Token, Basic or Bearer.',
            ),
            headers: { 'WWW-Authenticate': 'Bearer, Basic realm="sluice"' },
          })
        case 'wrong':
          return refuse(
            'credentials wrong',
            answerError(403, 'forbidden', 'Client-Token', 'The credentials are not accepted.'),
          )
        case 'ok':
          break
      }
      const { account } = verdict
      return { kind: 'admitted', account: account.id, read: (text, startedAt) => read(text, account, startedAt) }
    },
    answerTo(trouble) {
      switch (trouble) {
        case 'not-post':
          return {
            ...answerError(405, 'not_allowed', null, 'Webhooks are sent with POST.'),
            headers: { Allow: 'POST' },
          }
        case 'too-large':
          return answerError(413, 'payload_too_large', null, 'The body is larger than 1 MiB.')
        case 'unavailable':
          // Never 400 and never 500: this one says plainly that the same call will work later.
          return {
            ...answerError(503, 'unavailable', null, 'Temporarily unavailable, please send it again.'),
            headers: { 'Retry-After': '5' },
          }
      }
    },
  }
}

function read(text: string, account: Account, receivedAt: Date): WebhookReading {
  const { id, numberPrefix, policy } = account
  const webhook = readWebhook(text, { id, numberPrefix, assemblyLeadMinutes: policy.assemblyLeadMinutes })
  if (webhook.kind === 'malformed') {
    const fields = webhook.answer.errors.map(({ field }) => field ?? 'body')
    return { kind: 'answered', reason: 'malformed', fields, answer: { status: 400, body: webhook.answer } }
  }
  const { ref, name, event, dedupKey, occurredAt, answer } = webhook
  // Only our own number leads to an order, and only to one of the account that is calling.
  if (ref.number !== undefined && !ref.number.startsWith(numberPrefix)) {
    const field = 'payload.number'
    const message = `${field} is not a number of this account: those begin with ${numberPrefix}`
    return {
      kind: 'answered',
      name,
      orderNumber: ref.number,
      reason: 'number of another account',
      fields: [field],
      answer: answerError(400, 'invalid_payload', field, message),
    }
  }
  return {
    kind: 'event',
    job: {
      ref: { marketplace: 'kuper', account: id, ...ref },
      name,
      envelope: {
        event,
        source: 'marketplace',
        dedupKey,
        ...(occurredAt !== undefined && { occurredAt }),
        receivedAt: receivedAt.toISOString(),
      },
    },
    answer: { status: 200, body: answer },
  }
}

/** What stands behind `/kuper-webhook/`, decoded. */
function accountIn({ url }: WebhookRequest): string | undefined {
  const [, segment] = /^\/kuper-webhook\/([^/?]+)/.exec(url) ?? []
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function refuse(reason: string, answer: WebhookAnswer): Refused {
  return { kind: 'refused', reason, answer }
}

function answerError(
  status: WebhookAnswer['status'],
  type: string,
  field: string | null,
  message: string,
): WebhookAnswer {
  const body: ErrorsObject = { code: status, errors: [{ type, field, message }] }
  return { status, body }
}

/** Read once at the start: what zod compiles on first use is there when the first webhook comes. */
const example = JSON.stringify({
  event_type: 'order.created',
  payload: {
    originalOrderId: 'H0',
    storeID: '0',
    positions: [{ id: '0', quantity: 1, price: '1.00' }],
    customer: { name: '-', phone: '-' },
    delivery: { expectedFrom: '2026-01-01T12:00:00+03:00' },
  },
})
