import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { defaultPolicy } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKuperClient, type KuperClient, type ReportAttempt } from './create-kuper-client.ts'
import type { KuperReport } from './notification.ts'
import { kuperAccountSchema } from './settings-schema.ts'

/** Redis away: the token stays in memory, the rate budget lets everything through. */
const noRedis = { eval: () => Promise.reject(new Error()), set: () => Promise.reject(new Error()) } as unknown as Redis

interface Seen {
  line: string
  headers: NodeJS.Dict<string | string[]>
  body: string
}
type Script = (seen: Seen) => { status: number; body?: unknown } | 'cut'

let seen: Seen[]
let script: Script
let tokens: number
let baseUrl: string
let client: KuperClient
const closers: (() => unknown)[] = []

beforeEach(async () => {
  seen = []
  tokens = 0
  script = () => ({ status: 200, body: {} })
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      if (req.url === '/auth/token') {
        res.end(JSON.stringify({ access_token: `t${++tokens}`, expires_in: 300, token_type: 'Bearer' }))
        return
      }
      const call = { line: `${req.method} ${req.url}`, headers: req.headers, body }
      seen.push(call)
      const answer = script(call)
      if (answer === 'cut') res.destroy()
      else res.writeHead(answer.status).end(answer.body === undefined ? '' : JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = connect()
})

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function connect(api: object = { clientId: 'id', clientSecret: 'secret' }): KuperClient {
  const settings = kuperAccountSchema.parse({ inbound: { clientTokens: ['x'] }, api: { baseUrl, ...api } })
  const made = createKuperClient({ id: 'main', ...settings }, { redis: noRedis, now: () => 100_000 })
  closers.push(() => made.close())
  return made
}

const order = { externalId: 'H1', externalUuid: 'u-1', number: 'KU-H1' }
const attempt: ReportAttempt = { idempotencyKey: 'KU-H1/in_work', wasUnclear: false, policy: defaultPolicy }
const report = (step: 'in_work' | 'assembled' | 'delivering'): KuperReport => ({ step })
const stateOf = (state: string) => ({ status: 200, body: { data: { state } } })
const isState = ({ line }: Seen) => line === 'GET /ofm/api/v1/shipments/H1/state'
const lines = () => seen.map(({ line }) => line)
const POST = 'POST /ofm/api/v1/notifications'
const STATE = 'GET /ofm/api/v1/shipments/H1/state'

test('a report goes out with token, version, key and the nested envelope', async () => {
  expect((await client.notify(report('in_work'), order, attempt)).outcome).toEqual({ kind: 'done' })
  expect(lines()).toEqual([POST])
  expect(seen[0]!.headers).toMatchObject({
    authorization: 'Bearer t1',
    'api-version': '3.0',
    'idempotency-key': 'KU-H1/in_work',
  })
  expect(JSON.parse(seen[0]!.body)).toEqual({
    event: { type: 'order.in_work', payload: { order_id: 'H1', orderUUID: 'u-1', number: 'KU-H1' } },
  })
})

test('the older scheme sends Client-Token and asks for no token', async () => {
  const older = connect({ scheme: 'client-token', clientToken: 'ct' })
  await older.notify(report('in_work'), order, attempt)
  expect(seen[0]!.headers).toMatchObject({ 'client-token': 'ct', 'api-version': '3.0' })
  expect(seen[0]!.headers.authorization).toBeUndefined()
  script = () => ({ status: 401 })
  const { outcome } = await older.notify(report('in_work'), order, attempt)
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: 'credentials' })
  expect(tokens).toBe(0)
})

test.each([401, 403])('after %i the token is renewed once and the call repeated', async (status) => {
  script = ({ headers }) => (headers.authorization === 'Bearer t1' ? { status } : { status: 200 })
  expect((await client.notify(report('in_work'), order, attempt)).outcome).toEqual({ kind: 'done' })
  expect([tokens, seen.length]).toEqual([2, 2])
})

test('a token refused twice is a matter of credentials, not repeated further', async () => {
  script = () => ({ status: 401 })
  const { outcome, evidence } = await client.notify(report('in_work'), order, attempt)
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401 })
  expect(evidence?.httpStatus).toBe(401)
  expect([tokens, seen.length]).toEqual([2, 2])
})

test('a 422 is judged by the state at Kuper', async () => {
  script = (call) => (isState(call) ? stateOf('collecting') : { status: 422, body: { code: 422, errors: [] } })
  const { outcome, evidence } = await client.notify(report('in_work'), order, attempt)
  expect(outcome).toEqual({ kind: 'already-done' })
  expect(lines()).toEqual([POST, STATE])
  expect(evidence).toMatchObject({
    httpStatus: 422,
    request: `${POST} {"event":{"type":"order.in_work","payload":{"order_id":"H1","orderUUID":"u-1","number":"KU-H1"}}}\n${STATE}`,
    response: '422 {"code":422,"errors":[]}\n200 {"data":{"state":"collecting"}}',
  })
})

test('delivering within a minute of ready is too early', async () => {
  script = (call) => (isState(call) ? stateOf('collecting') : { status: 422 })
  const readyReportedAt = new Date(100_000 - 5_000)
  const { outcome } = await client.notify(report('delivering'), order, { ...attempt, readyReportedAt })
  expect(outcome).toMatchObject({ kind: 'too-early' })
})

test('after an unclear outcome the state is read, and what was done is not sent again', async () => {
  script = (call) => (isState(call) ? stateOf('collecting') : { status: 500 })
  const { outcome, evidence } = await client.notify(report('in_work'), order, { ...attempt, wasUnclear: true })
  expect(outcome).toEqual({ kind: 'already-done' })
  expect(lines()).toEqual([STATE])
  expect(evidence).toMatchObject({ httpStatus: 200, request: STATE })
})

test('after an unclear outcome what was not done is sent', async () => {
  script = (call) => (isState(call) ? stateOf('ready') : { status: 200 })
  const { outcome } = await client.notify(report('in_work'), order, { ...attempt, wasUnclear: true })
  expect(outcome).toEqual({ kind: 'done' })
  expect(lines()).toEqual([STATE, POST])
})

test('a step that no state shows is simply repeated', async () => {
  await client.notify(report('assembled'), order, { ...attempt, wasUnclear: true })
  expect(lines()).toEqual([POST])
})

test('what was unclear stays unclear when the repeat is put off', async () => {
  script = (call) => (isState(call) ? stateOf('ready') : { status: 429 })
  const { outcome } = await client.notify(report('in_work'), order, { ...attempt, wasUnclear: true })
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: 'rate-limited', isUnclear: true })
})

test('when the state cannot be read after an unclear outcome, nothing is sent', async () => {
  script = () => 'cut'
  const { outcome } = await client.notify(report('in_work'), order, { ...attempt, wasUnclear: true })
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: 'network', isUnclear: true })
  expect(lines()).toEqual([STATE])
})

test('a lost answer is unclear; the evidence masks what is secret', async () => {
  script = () => 'cut'
  const { outcome, evidence } = await client.notify({ step: 'pickup_code', code: '7314' }, order, attempt)
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: 'network', isUnclear: true })
  expect(evidence?.response).toBe('network')
  expect(JSON.stringify(evidence)).not.toMatch(/7314|Bearer|secret/)
})

test('when no token can be had, nothing is sent and nothing is unclear', async () => {
  const wrong = connect({ clientId: 'id', clientSecret: 's', tokenUrl: `${baseUrl}/elsewhere` })
  script = () => ({ status: 401, body: { error: 'unauthorized_client' } })
  const { outcome, evidence } = await wrong.notify(report('in_work'), order, attempt)
  expect(outcome).toEqual({
    kind: 'unavailable',
    cause: 'credentials',
    isUnclear: false,
    status: 401,
    detail: 'token: 401 unauthorized_client',
  })
  expect(lines()).toEqual(['POST /elsewhere'])
  expect(evidence).toEqual({ request: expect.stringContaining('order.in_work') })
})

test('a stop before sending costs nothing', async () => {
  const { outcome } = await client.notify(report('in_work'), order, { ...attempt, signal: AbortSignal.abort() })
  expect(outcome).toMatchObject({ kind: 'not-tried', cause: 'stopping' })
  expect(lines()).toEqual([])
})

const span = { updatedFrom: new Date('2026-06-01T22:00:00Z'), updatedTo: new Date('2026-06-01T22:05:00Z') }

test('the list is read page by page, times as Moscow’s without offset', async () => {
  const shipment = {
    originalOrderId: 'H1',
    orderUUID: 'u',
    storeID: 17,
    positions: [{ id: 'a', quantity: 2 }],
    state: 'collecting',
    paymentState: 'not_paid',
    cancellation: null,
    cancellationReason: null,
  }
  script = ({ line }) => ({
    status: 200,
    body: line.includes('nextPageToken')
      ? { data: [], nextPageToken: null }
      : { status: 'success', data: [shipment, { noKey: 1 }], nextPageToken: 2 },
  })
  expect(await client.listShipments(span)).toEqual({
    kind: 'page',
    shipments: [
      {
        ref: { externalId: 'H1', externalUuid: 'u' },
        state: 'collecting',
        paymentState: 'not_paid',
        order: { storeId: '17', lines: [{ sku: 'a', quantity: 2 }] },
        cancellation: {},
      },
    ],
    nextPageToken: '2',
  })
  expect(await client.listShipments({ pageToken: '2' })).toEqual({ kind: 'page', shipments: [] })
  const queries = seen.map(({ line }) => Object.fromEntries(new URL(line.split(' ')[1]!, baseUrl).searchParams))
  expect(queries).toEqual([
    {
      'filters[updatedFrom]': '2026-06-02T01:00:00',
      'filters[updatedTo]': '2026-06-02T01:05:00',
      maxPageSize: '100',
    },
    { nextPageToken: '2' },
  ])
})

test.each([
  ['a page of a proxy', '<html></html>'],
  ['an error', { status: 'error' }],
  ['nothing', undefined],
  ['shipments that are no list', { status: 'success', data: { originalOrderId: 'H1' } }],
  ['a token that cannot be sent', { data: [], nextPageToken: {} }],
])('%s in a 200 is no empty list: nobody may go on as if all had been seen', async (_, body) => {
  script = () => ({ status: 200, body })
  expect(await client.listShipments(span)).toMatchObject({
    kind: 'unreadable',
    outcome: { kind: 'refused', fault: 'theirs' },
  })
})
