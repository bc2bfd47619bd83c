import { connect } from 'node:net'
import type { WebhookEndpoint, WebhookReading, WebhookRequest } from '@sluice/marketplace-port'
import { QueueUnavailable } from '@sluice/queue'
import { serveHttp } from '@sluice/runtime'
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

function appOf(endpoint: WebhookEndpoint, maxBytesInFlight = 1_000) {
  return createApp({
    endpoints: [endpoint],
    accounts: [],
    backOfficeTokens: [],
    producer: { enqueueEvent, enqueueEvents: async () => [] },
    log,
    countAcknowledgement,
    now: () => startedAt,
    maxBytesInFlight,
  })
}

function send(endpoint: WebhookEndpoint, { body = '{}', method = 'POST', env = {}, maxBytesInFlight = 1_000 } = {}) {
  const app = appOf(endpoint, maxBytesInFlight)
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

test.each([
  ['ends its body too early, and is told 503', 'end', 20_000, 503, 503],
  ['sends it too slowly, and is told 408', 'wait', 20, 408, 408],
  ['goes away in the middle of it, and can be told nothing', 'reset', 20_000, undefined, 499],
] as const)('a sender that %s is recorded so', async (_, how, requestTimeoutMs, told, recorded) => {
  const admitted = Promise.withResolvers<void>()
  const endpoint = bazaar({
    admit: () => {
      admitted.resolve()
      return { kind: 'admitted', account: 'main', read: () => event }
    },
  })
  const server = await serveHttp(appOf(endpoint), { host: '127.0.0.1', port: 0 }, { requestTimeoutMs })
  let answer = ''
  const socket = connect(server.port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
  socket.write('POST /bazaar/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
  await admitted.promise
  if (how === 'end') socket.end()
  if (how === 'reset') socket.resetAndDestroy()
  await closed
  expect(answer.split(' ')[1]).toBe(told?.toString())
  await vi.waitFor(() => expect(log.warn).toHaveBeenCalled(), { interval: 1 })
  expect(log.warn).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ route: '/bazaar/*', reason: 'body cut off', status: recorded }),
  )
  expect(countAcknowledgement).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ status: recorded }))
  await server.close()
})

function throwTypeError(): WebhookReading {
  throw new TypeError('cannot read properties of undefined')
}
