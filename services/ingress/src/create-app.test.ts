import type { EventJob } from '@sluice/contracts'
import { getMarketplace } from '@sluice/marketplaces'
import { defaultPolicy } from '@sluice/orders'
import { QueueOverloaded, QueueUnavailable } from '@sluice/queue'
import { beforeEach, expect, test, vi } from 'vitest'
import { createApp, type IngressDeps } from './create-app.ts'

const KUPER = {
  id: 'kuper-main',
  marketplace: 'kuper',
  numberPrefix: 'KU-',
  stores: [{ id: '17' }],
  policy: { ...defaultPolicy, assemblyLeadMinutes: 60 },
  api: { timeoutMs: 10_000 },
  inbound: {
    clientTokens: ['old-token', 'new-token'],
    basic: [{ user: 'kuper', password: 'pa:ss' }],
    bearer: ['bear'],
  },
}
const SECOND = {
  ...KUPER,
  id: 'kuper-second',
  numberPrefix: 'KS-',
  inbound: { clientTokens: ['second'], basic: [], bearer: [] },
}
const TOKEN = { 'client-token': 'new-token' }
const BACK_OFFICE = { authorization: 'Bearer from-1c' }
const KUPER_ERROR = {
  code: expect.any(Number),
  errors: [{ type: expect.any(String), field: null, message: expect.any(String) }],
}

let jobs: EventJob[]
let log: Record<'info' | 'warn' | 'error', ReturnType<typeof vi.fn<(line: { event: string }) => void>>>
let countAcknowledgement: ReturnType<typeof vi.fn<IngressDeps['countAcknowledgement']>>
/** What the queue does instead of taking the jobs. */
let fault: Error | undefined

beforeEach(() => {
  jobs = []
  log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }
  countAcknowledgement = vi.fn()
  fault = undefined
})

function app(options: Partial<IngressDeps> = {}) {
  const take = async (taken: readonly EventJob[]) => {
    if (fault) throw fault
    jobs.push(...taken)
    return taken.map((_, index) => `ev-${index}`)
  }
  return createApp({
    endpoints: [getMarketplace('kuper').createWebhookEndpoint([KUPER, SECOND])],
    accounts: [
      { id: 'kuper-main', marketplace: 'kuper', numberPrefix: 'KU-' },
      { id: 'kuper-second', marketplace: 'kuper', numberPrefix: 'KS-' },
    ],
    backOfficeTokens: ['from-1c', 'next'],
    producer: { enqueueEvents: take, enqueueEvent: async (job) => (await take([job]))[0]! },
    log,
    countAcknowledgement,
    now: () => new Date('2026-05-01T07:00:00Z'),
    ...options,
  })
}

function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = TOKEN,
  options: Partial<IngressDeps> = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const length = { 'content-length': String(Buffer.byteLength(text)) }
  return app(options).request(path, { method: 'POST', body: text, headers: { ...length, ...headers } })
}

const created = {
  event_type: 'order.created',
  payload: {
    originalOrderId: 'H1234567890',
    storeID: 17,
    positions: [{ id: '100245', quantity: 2 }],
    customer: { name: 'Тест', phone: '+79000000001' },
    delivery: { expectedFrom: '2026-05-01T12:00:00+03:00' },
  },
}
const event = (type: string, payload: object = { originalOrderId: 'H1234567890' }) => ({ event_type: type, payload })

test('order.created is enqueued as order.placed and answered with our number', async () => {
  const res = await post('/kuper-webhook', created)
  expect(res.status).toBe(200)
  expect(await res.json()).toEqual({
    status: 'created',
    number: 'KU-H1234567890',
    expectedAssemblyTime: '2026-05-01T11:00:00+03:00',
  })
  expect(jobs).toMatchObject([
    {
      ref: { marketplace: 'kuper', account: 'kuper-main', externalId: 'H1234567890', number: 'KU-H1234567890' },
      name: 'order.created',
      envelope: {
        event: { type: 'order.placed', order: { storeId: '17' } },
        source: 'marketplace',
        receivedAt: '2026-05-01T07:00:00.000Z',
      },
    },
  ])
})

test('a repeat gets the same answer and the same dedup key', async () => {
  const first = await post('/kuper-webhook', created)
  const second = await post('/kuper-webhook/kuper-main', created)
  expect(await second.text()).toBe(await first.text())
  expect(jobs[1]!.envelope.dedupKey).toBe(jobs[0]!.envelope.dedupKey)
})

test.each([
  'order.updated',
  'order.changed',
  'order.paid',
  'courier.assigned',
  'courier.arrived',
  'order.received',
  'order.delivering',
  'order.delivered',
  'order.canceled',
  'order.assembled',
  'order.eaten',
])('%s is answered 200 and kept, known or not, with unknown fields', async (type) => {
  const res = await post('/kuper-webhook', { ...event(type, { originalOrderId: 'H1', new_field: [1] }), trace: 'x' })
  expect(res.status).toBe(200)
  expect(await res.json()).toEqual({ status: 'ok', number: 'KU-H1' })
  expect(jobs).toMatchObject([{ name: type, ref: { number: 'KU-H1' } }])
})

test.each<[string, string, Record<string, string>, number]>([
  ['no credentials', '/kuper-webhook', {}, 401],
  ['a wrong client token', '/kuper-webhook', { 'client-token': 'guess' }, 403],
  ['the older client token', '/kuper-webhook', { 'client-token': 'old-token' }, 200],
  ['Basic', '/kuper-webhook', { authorization: `Basic ${btoa('kuper:pa:ss')}` }, 200],
  ['a wrong Basic password', '/kuper-webhook', { authorization: `Basic ${btoa('kuper:pass')}` }, 403],
  ['Bearer', '/kuper-webhook', { authorization: 'Bearer bear' }, 200],
  ['a client token as Bearer', '/kuper-webhook', { authorization: 'Bearer new-token' }, 403],
  ['the right account', '/kuper-webhook/kuper-main', TOKEN, 200],
  ['credentials of another account', '/kuper-webhook/kuper-second', TOKEN, 403],
  ['an unknown account', '/kuper-webhook/nobody', TOKEN, 404],
])('Kuper with %s', async (_, path, headers, status) => {
  const res = await post(path, created, headers)
  expect(res.status).toBe(status)
  if (status !== 200) expect(await res.json()).toEqual({ code: status, errors: [expect.any(Object)] })
  expect(jobs).toHaveLength(status === 200 ? 1 : 0)
})

test('the credentials pick the account, and with it the number', async () => {
  const res = await post('/kuper-webhook', created, { 'client-token': 'second' })
  expect(await res.json()).toMatchObject({ number: 'KS-H1234567890' })
  expect(jobs).toMatchObject([{ ref: { account: 'kuper-second' } }])
})

test.each<[string, unknown, string | null]>([
  ['no JSON', '{"event_type":', null],
  ['an empty body', '', null],
  ['no envelope', { payload: {} }, 'event_type'],
  ['no order', event('order.paid', {}), 'payload.originalOrderId'],
  ['no positions', event('order.created', { ...created.payload, positions: [] }), 'payload.positions'],
  ['only the number of another account', event('order.paid', { number: 'KS-H1' }), 'payload.number'],
])('Kuper sends %s: 400 that names the field', async (_, body, field) => {
  const res = await post('/kuper-webhook', body)
  expect(res.status).toBe(400)
  expect(await res.json()).toMatchObject({ code: 400, errors: [{ field }] })
  expect(jobs).toEqual([])
})

test('an order may be named by our number alone', async () => {
  expect((await post('/kuper-webhook', event('order.paid', { number: 'KU-H1' }))).status).toBe(200)
  expect(jobs).toMatchObject([{ ref: { number: 'KU-H1' } }])
})

const megabyte = 'x'.repeat(1024 * 1024)

test.each(['/kuper-webhook', '/back-office/events'])(
  '%s refuses a body over 1 MiB without parsing it',
  async (path) => {
    const res = await post(path, `"${megabyte}"`, { ...TOKEN, ...BACK_OFFICE })
    expect(res.status).toBe(413)
  },
)

test.each(['/kuper-webhook', '/back-office/events'])(
  '%s refuses a chunked body over 1 MiB before its end',
  async (path) => {
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        controller.enqueue(new Uint8Array(256 * 1024))
      },
    })
    const res = await app().request(path, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { ...TOKEN, ...BACK_OFFICE },
    } as RequestInit)
    expect(res.status).toBe(413)
    expect(sent).toBeLessThan(10)
  },
)

test('a chunked body is read, characters cut in half included', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(created))
  const body = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7))
      controller.close()
    },
  })
  const res = await app().request('/kuper-webhook', {
    method: 'POST',
    body,
    duplex: 'half',
    headers: TOKEN,
  } as RequestInit)
  expect(res.status).toBe(200)
  expect(jobs).toMatchObject([{ envelope: { event: { order: { customer: { name: 'Тест' } } } } }])
})

test('bodies that would not fit into memory together are turned away with 503', async () => {
  const res = await post('/kuper-webhook', created, TOKEN, { maxBytesInFlight: 100 })
  expect(res.status).toBe(503)
  expect(await res.json()).toMatchObject({ code: 503 })
})

test('long bodies that are announced and never come shut nobody out', async () => {
  const one = app({ maxBytesInFlight: 2 * 1024 * 1024 })
  const silent = Array.from({ length: 10 }, () => {
    const body = new ReadableStream()
    const headers = { ...TOKEN, 'content-length': String(1024 * 1024) }
    return one.request('/kuper-webhook', { method: 'POST', body, duplex: 'half', headers } as RequestInit)
  })
  const body = JSON.stringify(created)
  const headers = { ...TOKEN, 'content-length': String(Buffer.byteLength(body)) }
  const res = await one.request('/kuper-webhook', { method: 'POST', body, headers })
  expect(res.status).toBe(200)
  expect(silent).toHaveLength(10)
})

test('memory is given back after every answer', async () => {
  const one = app({ maxBytesInFlight: JSON.stringify(created).length * 2 })
  for (let i = 0; i < 10; i += 1) {
    const body = i % 2 ? JSON.stringify(created) : '{"event_type":'
    const res = await one.request('/kuper-webhook', {
      method: 'POST',
      body,
      headers: { ...TOKEN, 'content-length': String(Buffer.byteLength(body)) },
    })
    expect(res.status).toBe(i % 2 ? 200 : 400)
  }
})

test.each<[string, Error]>([
  ['Redis is away', new QueueUnavailable('away', 'Redis is not reachable')],
  ['too much waits', new QueueOverloaded(10_000)],
  ['we have a bug', new TypeError('cannot read properties of undefined')],
])('when %s both senders are told to come again, and nothing about us', async (_, err) => {
  fault = err
  const kuper = await post('/kuper-webhook', created)
  expect(kuper.status).toBe(503)
  expect(kuper.headers.get('retry-after')).toBe('5')
  expect(await kuper.json()).toEqual({ ...KUPER_ERROR, code: 503 })

  const backOffice = await post('/back-office/events', assemblyStarted(), BACK_OFFICE)
  expect(backOffice.status).toBe(503)
  expect(backOffice.headers.get('retry-after')).toBe('5')
  expect(backOffice.headers.get('content-type')).toBe('application/problem+json')
  expect(await backOffice.json()).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    code: 'unavailable',
    detail: expect.not.stringContaining(err.message),
  })
})

test.each(['/kuper-webhook', '/kuper-webhook/kuper-main', '/back-office/events'])(
  '%s takes only POST',
  async (path) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const res = await app().request(path, { method })
      expect([method, res.status, res.headers.get('allow')]).toEqual([method, 405, 'POST'])
    }
  },
)

test('other addresses are not found', async () => {
  const res = await app().request('/wp-login.php', { method: 'POST' })
  expect(res.status).toBe(404)
  expect(await res.json()).toMatchObject({ code: 'not-found' })
  expect(countAcknowledgement).toHaveBeenCalledWith(expect.objectContaining({ route: 'unknown', status: 404 }))
})

function assemblyStarted(over: object = {}) {
  return { id: '1', type: 'order.going_to', orderNumber: 'KU-H1', ...over }
}

test('an event of the back office is enqueued for the account its number begins with', async () => {
  const res = await post(
    '/back-office/events',
    assemblyStarted({ orderNumber: 'KS-H1', at: '2026-05-01T10:00:00+03:00' }),
    BACK_OFFICE,
  )
  expect(res.status).toBe(202)
  expect(await res.json()).toEqual({ results: [{ id: '1', status: 'accepted' }] })
  expect(jobs).toEqual([
    {
      ref: { marketplace: 'kuper', account: 'kuper-second', number: 'KS-H1' },
      name: 'assembly.started',
      envelope: {
        event: { type: 'assembly.started' },
        source: 'back-office',
        dedupKey: 'bo:KS-H1:1',
        occurredAt: '2026-05-01T07:00:00.000Z',
        receivedAt: '2026-05-01T07:00:00.000Z',
      },
    },
  ])
})

test('a list is enqueued in one go, and one bad event does not spoil the others', async () => {
  const res = await post(
    '/back-office/events',
    [
      assemblyStarted(),
      assemblyStarted({ id: '2', type: 'order.eaten' }),
      assemblyStarted({ id: '3', orderNumber: 'XX-1' }),
      assemblyStarted({ id: '4' }),
    ],
    BACK_OFFICE,
  )
  expect(res.status).toBe(202)
  expect(await res.json()).toEqual({
    results: [
      { id: '1', status: 'accepted' },
      { id: '2', index: 1, status: 'rejected', errors: [{ path: 'type', message: expect.any(String) }] },
      {
        id: '3',
        index: 2,
        status: 'rejected',
        errors: [{ path: 'orderNumber', message: expect.stringContaining('numbers begin with KU-, KS-') }],
      },
      { id: '4', status: 'accepted' },
    ],
  })
  expect(jobs.map(({ envelope }) => envelope.dedupKey)).toEqual(['bo:KU-H1:1', 'bo:KU-H1:4'])
})

test.each<[string, unknown, Record<string, string>, number, object]>([
  ['no credentials', assemblyStarted(), {}, 401, { code: 'credentials-missing' }],
  ['a wrong token', assemblyStarted(), { authorization: 'Bearer guess' }, 403, { code: 'credentials-wrong' }],
  ['the next token', assemblyStarted(), { authorization: 'Bearer next' }, 202, { results: [{ status: 'accepted' }] }],
  ['no JSON', '[', BACK_OFFICE, 400, { code: 'body-malformed' }],
  ['an empty list', [], BACK_OFFICE, 400, { code: 'body-malformed' }],
  ['too many events', Array(501).fill(assemblyStarted()), BACK_OFFICE, 400, { code: 'body-malformed' }],
  ['nothing usable', [{ id: '9' }], BACK_OFFICE, 400, { results: [{ id: '9', index: 0, status: 'rejected' }] }],
])('the back office with %s', async (_, body, headers, status, answer) => {
  const res = await post('/back-office/events', body, headers)
  expect(res.status).toBe(status)
  expect(await res.json()).toMatchObject(answer)
})

test('one line and one measurement for every request, with nothing personal or secret in them', async () => {
  await post('/kuper-webhook/kuper-main', created)
  await post('/kuper-webhook', created, { 'client-token': 'guess' })
  await post('/kuper-webhook', event('order.created', { ...created.payload, positions: [] }))
  await post('/back-office/events', assemblyStarted(), BACK_OFFICE)
  const lines = [...log.info.mock.calls, ...log.warn.mock.calls].map(([line]) => line)
  expect(lines).toEqual([
    {
      event: 'webhook.answered',
      route: '/kuper-webhook/:account',
      account: 'kuper-main',
      eventName: 'order.created',
      orderNumber: 'KU-H1234567890',
      externalId: 'H1234567890',
      jobIds: ['ev-0'],
      status: 200,
      durationMs: expect.any(Number),
    },
    expect.objectContaining({ route: '/back-office/events', accepted: 1, rejected: 0, jobIds: ['ev-0'], status: 202 }),
    expect.objectContaining({ route: '/kuper-webhook', status: 403, reason: 'credentials wrong' }),
    expect.objectContaining({ status: 400, reason: 'malformed', fields: ['payload.positions'] }),
  ])
  expect(JSON.stringify(lines)).not.toMatch(/Тест|7900|token/)
  expect(countAcknowledgement.mock.calls.map(([{ route, status }]) => [route, status])).toEqual([
    ['/kuper-webhook/:account', 200],
    ['/kuper-webhook', 403],
    ['/kuper-webhook', 400],
    ['/back-office/events', 202],
  ])
})

test('a bug is logged as an error with its stack, an outage as one plain line', async () => {
  fault = new TypeError('bug')
  await post('/kuper-webhook', created)
  expect(log.error).toHaveBeenCalledWith(expect.objectContaining({ reason: 'unexpected error', err: fault }))
  fault = new QueueUnavailable('away', 'Redis is not reachable')
  await post('/kuper-webhook', created)
  expect(log.warn).toHaveBeenCalledWith(
    expect.objectContaining({ reason: 'queue-unavailable', detail: 'enqueue: Redis is not reachable' }),
  )
})
