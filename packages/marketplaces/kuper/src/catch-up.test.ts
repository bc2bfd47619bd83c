import { type EventJob, parseEventJob } from '@sluice/contracts'
import { defaultPolicy, type StorePolicy } from '@sluice/orders'
import { expect, test, vi } from 'vitest'
import { listCatchUps } from './catch-up.ts'
import type { KuperClient } from './create-kuper-client.ts'
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
  expect(listShipments.mock.calls[0]?.[0]).toEqual({ filters: { updatedFrom: span.from, updatedTo: span.to } })
  expect(jobs).toEqual([
    {
      ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', externalUuid: 'shop:u-1', number: 'KU-H1' },
      name: 'shipment.ready',
      envelope: {
        event: { type: 'order.placed', order: { storeId: '017', lines: [{ sku: 'milk', quantity: 2 }] } },
        source: 'catch-up',
        dedupKey: 'kuper:main:H1:shipment:order.placed',
        receivedAt: expect.stringMatching(/Z$/),
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
