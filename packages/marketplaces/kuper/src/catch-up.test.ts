import { type EventJob, parseEventJob } from '@sluice/contracts'
import {
  applyEvent,
  currentBody,
  defaultPolicy,
  type EventEnvelope,
  type Order,
  type StorePolicy,
} from '@sluice/orders'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listCatchUps } from './catch-up.ts'
import type { KuperClient } from './create-kuper-client.ts'
import { kuper } from './marketplace.ts'
import { readWebhook } from './read-webhook.ts'
import { type Shipment, toShipment } from './shipment.ts'

const account = { id: 'main', numberPrefix: 'KU-', stores: [{ id: '017' }] }
const span = { from: new Date('2026-03-01T09:00:00Z'), to: new Date('2026-03-01T10:00:00Z') }
const body = {
  originalOrderId: 'H1',
  orderUUID: 'shop:u-1',
  number: '77',
  storeID: '017',
  positions: [{ id: 'milk', quantity: 2 }],
  state: 'ready',
  paymentState: 'not_paid',
}

const now = new Date('2026-03-01T10:07:00Z')
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now }))
afterEach(() => void vi.useRealTimers())

type Page = Awaited<ReturnType<KuperClient['listShipments']>>
const pageOf = (...changes: object[]): Page => ({
  kind: 'page',
  shipments: changes.map((change) => toShipment({ ...body, ...change }) as Shipment),
})

async function catchUp(
  pages: Page[],
  {
    kind = 'marketplace-delivery',
    signal = new AbortController().signal,
  }: Partial<{
    kind: StorePolicy['kind']
    signal: AbortSignal
  }> = {},
) {
  const listShipments = vi.fn<KuperClient['listShipments']>()
  for (const page of pages) listShipments.mockResolvedValueOnce(page)
  const jobs: EventJob[] = []
  const [orders] = listCatchUps(account, { listShipments }, () => ({ ...defaultPolicy, kind }))
  const result = await orders!.run(span, async (found) => void jobs.push(...found), signal)
  return { result, jobs, listShipments, events: jobs.map(({ envelope }) => envelope.event) }
}

test('an order of which the webhook never came is placed, under the number and the names it would have had', async () => {
  const { result, jobs, listShipments } = await catchUp([pageOf({})])
  expect(result).toEqual({ kind: 'complete' })
  expect(listShipments.mock.calls[0]?.[0]).toEqual({ updatedFrom: span.from, updatedTo: span.to })
  expect(jobs).toEqual([
    {
      ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', externalUuid: 'shop:u-1', number: 'KU-H1' },
      name: 'shipment.ready',
      envelope: {
        event: { type: 'order.placed', order: { storeId: '017', lines: [{ sku: 'milk', quantity: 2 }] } },
        source: 'catch-up',
        dedupKey: expect.stringMatching(
          /^kuper:main:H1:shipment:order\.placed:[0-9a-f]{64}:2026-03-01T10:00:00\.000Z$/,
        ),
        receivedAt: '2026-03-01T10:07:00.000Z',
      },
    },
  ])
  expect(parseEventJob(jobs[0])).toEqual({ ok: true, value: jobs[0] })
})

test.each<[what: string, change: object, kind: StorePolicy['kind'], facts: string[]]>([
  ['announced to nobody yet', { state: 'pending' }, 'marketplace-delivery', []],
  ['in a state that nobody knows', { state: 'teleported', paymentState: 'paid' }, 'marketplace-delivery', []],
  ['without a state', { state: undefined }, 'marketplace-delivery', []],
  ['charged', { state: 'ready_to_ship', paymentState: 'paid' }, 'marketplace-delivery', ['placed', 'paid']],
  [
    'with the courier',
    { state: 'shipping', paymentState: 'paid' },
    'marketplace-delivery',
    ['placed', 'paid', 'taken'],
  ],
  ['delivered', { state: 'shipped' }, 'marketplace-delivery', ['placed', 'taken', 'delivering', 'delivered']],
  ['on the way with our own courier', { state: 'shipping' }, 'merchant-delivery', ['placed']],
  ['handed over at the counter', { state: 'shipped', shipmentMethod: 'pickup' }, 'marketplace-delivery', ['placed']],
  ['cancelled', { state: 'canceled', paymentState: 'paid' }, 'marketplace-delivery', ['paid', 'cancelled']],
  ['without its goods', { state: 'collecting', positions: [] }, 'marketplace-delivery', []],
])('a shipment %s proves what happened, and no more', async (_, change, kind, facts) => {
  const { events } = await catchUp([pageOf(change)], { kind })
  expect(events.map(({ type }) => type)).toEqual(facts.map((fact) => `order.${fact}`))
})

test('a cancellation says why', async () => {
  const { events } = await catchUp([
    pageOf({
      state: 'canceled',
      positions: [],
      cancellation: { slug: 'customer_request', description: 'changed mind' },
    }),
  ])
  expect(events).toEqual([{ type: 'order.cancelled', reason: 'customer_request', comment: 'changed mind' }])
})

test('what is found again has the same keys, whatever else has changed', async () => {
  const first = await catchUp([pageOf({ state: 'shipping' })])
  const second = await catchUp([pageOf({ state: 'shipped', comment: 'x', positions: [{ id: 'milk', quantity: 1 }] })])
  const keys = (found: typeof first) => found.jobs.map(({ envelope }) => envelope.dedupKey)
  expect(keys(second)).toEqual(expect.arrayContaining(keys(first)))
  expect(new Set(keys(second)).size).toBe(4)
})

const keyOf = async (change: object) => (await catchUp([pageOf(change)])).jobs[0]!.envelope.dedupKey

test.each(['ready', 'accepted', 'collecting', 'assembled'])(
  'while it is %s, each body that the customer wants is a finding of its own',
  async (state) => {
    const first = await keyOf({ state })
    expect(await keyOf({ state: 'ready', paymentState: 'paid' })).toBe(first)
    expect(await keyOf({ state, shipmentMethod: 'pickup' })).not.toBe(first)
    // Back to what it was, which only the time tells: the list shows a change for at least ten minutes.
    vi.setSystemTime(now.getTime() + 3 * 60_000 - 1)
    expect(await keyOf({ state })).toBe(first)
    vi.setSystemTime(now.getTime() + 3 * 60_000)
    expect(await keyOf({ state })).not.toBe(first)
  },
)

test.each(['ready_to_ship', 'shipping', 'shipped'])(
  'once it is %s the body shows what we reported, and is found once for good',
  async (state) => {
    const first = await keyOf({ state })
    vi.setSystemTime(now.getTime() + 3_600_000)
    expect(await keyOf({ state, positions: [{ id: 'milk', quantity: 1 }] })).toBe(first)
    expect(first).toBe('kuper:main:H1:shipment:order.placed')
  },
)

test('an update of which no webhook came is found out, also one that takes back another, until our composition is taken', async () => {
  let minute = 0
  const order = followed()
  const find = async (change: object) => {
    minute += 12
    vi.setSystemTime(now.getTime() + minute * 60_000)
    const { jobs } = await catchUp([pageOf(change)])
    for (const { envelope } of jobs) order.take(envelope)
    return currentBody(order.now())
  }
  const window = { delivery: { expectedFrom: '2026-03-01T15:00:00+03:00' } }
  await find({})
  expect(await find({ shipmentMethod: 'pickup', ...window })).toMatchObject({
    shipmentMethod: 'pickup',
    deliveryWindow: { from: window.delivery.expectedFrom },
  })
  expect(await find({ shipmentMethod: 'by_courier' })).toMatchObject({ shipmentMethod: 'by_courier' })
  expect(await find({ shipmentMethod: 'pickup', state: 'collecting' })).toMatchObject({ shipmentMethod: 'pickup' })
  expect(await find({ positions: [{ id: 'milk', quantity: 3 }], state: 'collecting' })).toMatchObject({
    lines: [{ sku: 'milk', quantity: 3 }],
  })

  order.take({
    event: { type: 'composition.finalised', lines: [{ sku: 'milk', quantity: 2 }] },
    source: 'back-office',
    dedupKey: 'bo:1',
    receivedAt: new Date(Date.now() + 60_000).toISOString(),
  })
  // Kuper needs a moment for `ready_to_ship`, and may show our goods already.
  for (const state of ['collecting', 'ready_to_ship', 'shipping']) {
    expect(await find({ positions: [{ id: 'milk', quantity: 2 }], state })).toMatchObject({
      lines: [{ sku: 'milk', quantity: 3 }],
    })
  }
})

test('an update that is sent once more with a new time, after another one, is put right', async () => {
  const order = followed()
  const tell = (event_type: string, timestamp: string, payload: object) => {
    const webhook = readWebhook(
      JSON.stringify({ event_type, timestamp, payload: { originalOrderId: 'H1', ...payload } }),
      { ...account, assemblyLeadMinutes: 0 },
    )
    if (webhook.kind !== 'event') throw new Error(JSON.stringify(webhook))
    const { event, dedupKey } = webhook
    vi.setSystemTime(Date.now() + 60_000)
    order.take({ event, dedupKey, source: 'marketplace', receivedAt: new Date().toISOString() })
    return currentBody(order.now())?.shipmentMethod
  }
  const pickup = { shipmentMethod: 'pickup' }
  tell('order.created', '1', body)
  expect(tell('order.updated', '2', pickup)).toBe('pickup')
  expect(tell('order.updated', '3', { shipmentMethod: 'by_courier' })).toBe('by_courier')
  expect(tell('order.updated', '2', pickup)).toBe('by_courier')
  expect(tell('order.updated', '4', pickup)).toBe('pickup')
  vi.setSystemTime(Date.now() + 60_000)
  const { jobs } = await catchUp([pageOf({ shipmentMethod: 'by_courier' })])
  for (const { envelope } of jobs) order.take(envelope)
  expect(currentBody(order.now())?.shipmentMethod).toBe('by_courier')
})

/** An order as it stands after each event; a key counts once. */
function followed() {
  const ref = { id: '1', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  const settings = { policy: defaultPolicy, traits: kuper.traits, pickupCode: '7314' }
  const taken = new Set<string>()
  let order: Order | undefined
  return {
    take(envelope: EventEnvelope) {
      if (taken.has(envelope.dedupKey)) return
      taken.add(envelope.dedupKey)
      order = applyEvent(order, ref, envelope, () => settings).order
    },
    now: () => order!,
  }
}

test('what is found is as old as the question: a webhook that overtakes the answer is newer', async () => {
  const listShipments = vi.fn<KuperClient['listShipments']>(async () => {
    vi.setSystemTime(now.getTime() + 5_000)
    return pageOf({})
  })
  const jobs: EventJob[] = []
  const [orders] = listCatchUps(account, { listShipments }, () => defaultPolicy)
  await orders!.run(span, async (found) => void jobs.push(...found), new AbortController().signal)
  expect(jobs[0]!.envelope.receivedAt).toBe(now.toISOString())
})

test('goes through all pages, the later ones by their token alone', async () => {
  const { result, jobs, listShipments } = await catchUp([
    { ...pageOf({}, { originalOrderId: 'H2' }), nextPageToken: 'a' } as Page,
    { ...pageOf(), nextPageToken: 'b' } as Page,
    pageOf({ originalOrderId: 'H3' }),
  ])
  expect(result).toEqual({ kind: 'complete' })
  expect(jobs.map(({ ref }) => ref.number)).toEqual(['KU-H1', 'KU-H2', 'KU-H3'])
  expect(listShipments.mock.calls.slice(1).map(([page]) => page)).toEqual([{ pageToken: 'a' }, { pageToken: 'b' }])
})

test('pages that lead back to themselves end', async () => {
  const { result } = await catchUp(
    ['a', 'b', 'a', 'b'].map((token) => ({ ...pageOf({}), nextPageToken: token }) as Page),
  )
  expect(result).toMatchObject({ kind: 'broken', detail: expect.stringContaining('repeat') })
})

test.each<[string, Extract<Page, { kind: 'unreadable' }>['outcome'], object]>([
  [
    'Kuper asks for patience',
    { kind: 'unavailable', cause: 'rate-limited', isUnclear: false, retryAfterMs: 7_000, detail: '429' },
    { detail: '429', waitMs: 7_000 },
  ],
  [
    'Kuper refuses it',
    { kind: 'refused', fault: 'ours', status: 404, detail: 'no such list' },
    { detail: 'no such list' },
  ],
  [
    'the breaker is open',
    { kind: 'not-tried', cause: 'breaker-open', waitMs: 30_000 },
    { detail: 'not asked: breaker-open', waitMs: 30_000 },
  ],
  [
    'notifications need the whole rate budget',
    { kind: 'not-tried', cause: 'rate-budget', waitMs: 3_600_000 },
    { detail: 'not asked: rate-budget', waitMs: 3_600_000 },
  ],
])('breaks off when %s, and keeps what the pages before it showed', async (_, outcome, broken) => {
  const { result, jobs } = await catchUp([
    { ...pageOf({}), nextPageToken: 'a' } as Page,
    { kind: 'unreadable', outcome },
  ])
  expect(result).toEqual({ kind: 'broken', ...broken })
  expect(jobs).toHaveLength(1)
})

test('waits a moment for its share of the rate budget', async () => {
  const { result, jobs } = await catchUp([
    { kind: 'unreadable', outcome: { kind: 'not-tried', cause: 'rate-budget', waitMs: 1 } },
    pageOf({}),
  ])
  expect(result).toEqual({ kind: 'complete' })
  expect(jobs).toHaveLength(1)
})
