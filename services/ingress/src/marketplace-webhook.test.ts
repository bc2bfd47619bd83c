import type { WebhookEndpoint, WebhookReading, WebhookRequest } from '@sluice/marketplace-port'
import { QueueUnavailable } from '@sluice/queue'
import { beforeEach, expect, test, vi } from 'vitest'
import { createApp, type IngressDeps } from './create-app.ts'

const job = {
  ref: { marketplace: 'bazaar', account: 'main', externalId: '7', number: 'BZ-7' },
  name: 'CHANGED',
  envelope: {
    event: { type: 'order.delivered' as const },
    source: 'marketplace' as const,
    dedupKey: 'bazaar:main:7',
    receivedAt: '2026-05-01T07:00:00.000Z',
  },
}
const event: WebhookReading = { kind: 'event', job, answer: { status: 200, body: { taken: true } } }
const startedAt = new Date('2026-05-01T07:00:00Z')

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const enqueueEvent = vi.fn<IngressDeps['producer']['enqueueEvent']>()
const countAcknowledgement = vi.fn<IngressDeps['countAcknowledgement']>()
let asked: WebhookRequest[]

beforeEach(() => {
  vi.resetAllMocks()
  enqueueEvent.mockResolvedValue('ev-0')
  asked = []
})

/** A marketplace whose addresses hold a secret and whose answers have a form of their own. */
function bazaar(over: Partial<WebhookEndpoint> = {}, read: () => WebhookReading = () => event): WebhookEndpoint {
  return {
    paths: ['/bazaar/*'],
    maxBodyBytes: 100,
    admit(request) {
      asked.push(request)
      return { kind: 'admitted', account: 'main', read }
    },
    answerTo: (trouble, at) => ({
      status: trouble === 'unavailable' ? 500 : 400,
      body: { trouble, at: at.toISOString() },
      headers: { 'X-Bazaar': 'yes' },
    }),
    ...over,
  }
}

function send(endpoint: WebhookEndpoint, { body = '{}', method = 'POST', env = {}, maxBytesInFlight = 1_000 } = {}) {
  const app = createApp({
    endpoints: [endpoint],
    accounts: [],
    backOfficeTokens: [],
    producer: { enqueueEvent, enqueueEvents: async () => [] },
    log,
    countAcknowledgement,
    now: () => startedAt,
    maxBytesInFlight,
  })
  const init = method === 'POST' ? { method, body, headers: { 'content-length': String(body.length) } } : { method }
  return app.request('/bazaar/se%63ret/notification?x=%31', init, env)
}

test('what was read is enqueued, then answered as the marketplace wants it', async () => {
  const res = await send(bazaar())
  expect([res.status, await res.json()]).toEqual([200, { taken: true }])
  expect(enqueueEvent).toHaveBeenCalledExactlyOnceWith(job)
})

test('the marketplace sees the address as it came and the peer of the connection', async () => {
  await send(bazaar(), { env: { incoming: { socket: { remoteAddress: '::ffff:10.0.0.1' } } } })
  expect(asked).toEqual([
    expect.objectContaining({ url: '/bazaar/se%63ret/notification?x=%31', peerAddress: '::ffff:10.0.0.1' }),
  ])
})

test('what needs no keeping is answered without Redis', async () => {
  enqueueEvent.mockRejectedValue(new QueueUnavailable('away', 'Redis is not reachable'))
  const pong: WebhookReading = { kind: 'answered', name: 'PING', answer: { status: 200, body: 'pong' } }
  expect((await send(bazaar({}, () => pong))).status).toBe(200)
  expect(enqueueEvent).not.toHaveBeenCalled()
})

test('who may not come in is refused before the body is read', async () => {
  const read = vi.fn(() => event)
  const refused = { kind: 'refused', reason: 'wrong source', answer: { status: 404, body: {} } } as const
  const res = await send(bazaar({ admit: () => refused }, read), { body: 'x'.repeat(200) })
  expect(res.status).toBe(404)
  expect(read).not.toHaveBeenCalled()
  expect(log.warn).toHaveBeenCalledWith(expect.objectContaining({ reason: 'wrong source', status: 404 }))
})

test.each<[string, Parameters<typeof send>[1], (() => WebhookReading) | undefined, string, number]>([
  ['a body over its own limit', { body: 'x'.repeat(101) }, undefined, 'too-large', 400],
  ['more than fits into memory', { maxBytesInFlight: 1 }, undefined, 'unavailable', 500],
  ['another method', { method: 'PUT' }, undefined, 'not-post', 400],
  ['a bug while reading', {}, throwTypeError, 'unavailable', 500],
])('%s is answered in the form of the marketplace', async (_, options, read, trouble, status) => {
  const res = await send(bazaar({}, read), options)
  expect([res.status, res.headers.get('x-bazaar'), await res.json()]).toEqual([
    status,
    'yes',
    { trouble, at: startedAt.toISOString() },
  ])
})

test('so is a Redis that is away', async () => {
  enqueueEvent.mockRejectedValue(new QueueUnavailable('away', 'Redis is not reachable'))
  const res = await send(bazaar())
  expect([res.status, await res.json()]).toEqual([500, { trouble: 'unavailable', at: startedAt.toISOString() }])
})

test('a secret of the address is neither logged nor counted', async () => {
  await send(bazaar())
  expect(log.info.mock.calls).toEqual([
    [
      {
        event: 'webhook.answered',
        route: '/bazaar/*',
        account: 'main',
        eventName: 'CHANGED',
        orderNumber: 'BZ-7',
        externalId: '7',
        jobIds: ['ev-0'],
        status: 200,
        durationMs: expect.any(Number),
      },
    ],
  ])
  expect(countAcknowledgement.mock.calls[0]![0]).toMatchObject({ route: '/bazaar/*', status: 200 })
})

function throwTypeError(): WebhookReading {
  throw new TypeError('cannot read properties of undefined')
}
