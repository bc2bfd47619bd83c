import { type EventJob, parseEventJob } from '@sluice/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listCatchUps } from './catch-up.ts'
import { errorAnswer, type FakeMarket, startFakeMarket, wireOrder } from './client/fake-market.ts'

const span = { from: new Date('2026-05-01T06:00:00.500Z'), to: new Date('2026-05-01T08:00:00Z') }

let market: FakeMarket

beforeEach(async () => {
  market = await startFakeMarket()
})

afterEach(() => market.close())

async function run(subject: string) {
  const catchUp = listCatchUps(market.account, market.client).find((one) => one.subject === subject)
  const jobs: EventJob[] = []
  const result = await catchUp!.run(
    span,
    async (found) => {
      jobs.push(...found)
    },
    new AbortController().signal,
  )
  return { result, jobs }
}

const page = (orders: object[], nextPageToken?: string) => ({
  status: 200,
  body: { orders, paging: nextPageToken === undefined ? {} : { nextPageToken } },
})

test('orders are asked for often, everything else by the hour', () => {
  const times = listCatchUps(market.account, market.client).map(({ subject, everyMs, overlapMs }) => [
    subject,
    everyMs / 60_000,
    overlapMs / 60_000,
  ])
  expect(times).toEqual([
    ['orders', 10, 5],
    ['cancellation-requests', 60, 5],
    ['returns', 60, 5],
  ])
})

test('changed orders are found page by page, true ones and test orders', async () => {
  market.answer(
    'getBusinessOrders',
    page([wireOrder({ orderId: 1 })], 'p2'),
    page([wireOrder({ orderId: 2 })]),
    page([wireOrder({ orderId: 3, fake: true })]),
  )
  const { result, jobs } = await run('orders')
  expect(result).toEqual({ kind: 'complete' })
  expect(jobs.map(({ ref }) => ref)).toEqual(
    ['1', '2', '3'].map((externalId) => ({
      marketplace: 'yandex-market',
      account: 'main',
      externalId,
      number: `YM-${externalId}`,
    })),
  )
  const dates = { updateDateFrom: '2026-05-01T06:00:00Z', updateDateTo: '2026-05-01T08:00:00Z' }
  const query = { limit: '50' }
  expect(market.calls).toMatchObject([
    { query, body: { campaignIds: [4400], dates } },
    { query: { ...query, pageToken: 'p2' }, body: { campaignIds: [4400], dates } },
    { query, body: { campaignIds: [4400], dates, fake: true } },
  ])
})

test('a finding is an event like any other, marked with its source', async () => {
  market.orders = [wireOrder()]
  const { jobs } = await run('orders')
  expect(jobs).toHaveLength(1)
  expect(jobs[0]).toMatchObject({
    name: 'order.read',
    envelope: {
      source: 'catch-up',
      occurredAt: '2026-05-01T07:05:00.000Z',
      event: { type: 'order.read', view: { state: 'PROCESSING/STARTED', isOpen: true } },
    },
  })
  expect(parseEventJob(JSON.parse(JSON.stringify(jobs[0])))).toMatchObject({ ok: true })
})

test('finding it again has the same key; another state or time has another', async () => {
  const keyOf = async (fields: object) => {
    market.orders = [wireOrder(fields as Record<string, unknown>)]
    return (await run('orders')).jobs[0]!.envelope.dedupKey
  }
  const keys = [
    await keyOf({}),
    await keyOf({}),
    await keyOf({ substatus: 'READY_TO_SHIP' }),
    await keyOf({ updateDate: '2026-05-01T10:06:00+03:00' }),
    await keyOf({ cancelRequested: true }),
  ]
  expect(keys[0]).toBe(keys[1])
  expect(new Set(keys).size).toBe(4)
})

test('waiting cancellation requests are found whenever they were made', async () => {
  market.orders = [wireOrder({ programType: 'DBS', status: 'DELIVERY', cancelRequested: true })]
  const { jobs } = await run('cancellation-requests')
  expect(jobs[0]!.envelope.event).toMatchObject({ type: 'order.read', view: { isCancellationAsked: true } })
  expect(market.calls.map(({ body }) => body)).toEqual([
    { campaignIds: [4400], programTypes: ['DBS'], waitingForCancellationApprove: true },
  ])
})

test('returns are found by their day; those before the span are left out', async () => {
  const wire = (id: number, updateDate: string) => ({
    id,
    orderId: 58001,
    returnType: 'RETURN',
    updateDate,
    refundStatus: 'STARTED_BY_USER',
    items: [{ shopSku: 'TEA', count: 1 }],
  })
  market.answer('getReturns', {
    status: 200,
    body: {
      status: 'OK',
      result: { returns: [wire(1, '2026-05-01T08:00:00+03:00'), wire(2, '2026-05-01T10:00:00+03:00')] },
    },
  })
  const { result, jobs } = await run('returns')
  expect(result).toEqual({ kind: 'complete' })
  expect(market.calls[0]).toMatchObject({
    path: '/v2/campaigns/4400/returns',
    query: { fromDate: '2026-04-30', toDate: '2026-05-02', limit: '100' },
  })
  expect(jobs).toMatchObject([
    {
      ref: { externalId: '58001', number: 'YM-58001' },
      envelope: {
        event: { type: 'return.read', returnId: '2', storeId: '4400' },
        occurredAt: '2026-05-01T07:00:00.000Z',
      },
    },
  ])
  expect(parseEventJob(JSON.parse(JSON.stringify(jobs[0])))).toMatchObject({ ok: true })
})

test('a return that cannot be understood is announced, so that its reading shows the fault', async () => {
  const returns = [{ id: 3, orderId: 58001, returnType: 'RETURN', items: 'none' }, { id: 4 }]
  market.answer('getReturns', { status: 200, body: { status: 'OK', result: { returns } } })
  const { jobs } = await run('returns')
  expect(jobs).toMatchObject([
    { ref: { externalId: '58001' }, envelope: { event: { type: 'return.changed', returnId: '3', storeId: '4400' } } },
  ])
  expect(parseEventJob(JSON.parse(JSON.stringify(jobs[0])))).toMatchObject({ ok: true })
})

test('an order that cannot be understood is announced, so that its reading shows the fault', async () => {
  market.answer('getBusinessOrders', page([wireOrder({ orderId: 9, items: 'none' })]), page([]))
  const { jobs } = await run('orders')
  expect(jobs).toMatchObject([{ ref: { externalId: '9' }, envelope: { event: { type: 'order.changed' } } }])
  expect(parseEventJob(JSON.parse(JSON.stringify(jobs[0])))).toMatchObject({ ok: true })
})

test('what was found before a break is kept, and the break is told', async () => {
  market.answer('getBusinessOrders', page([wireOrder()], 'p2'), errorAnswer(503, 'x'))
  const { result, jobs } = await run('orders')
  expect(result).toMatchObject({ kind: 'broken', detail: expect.stringContaining('503') })
  expect(jobs).toHaveLength(1)
})

test('a list whose pages repeat is broken, not endless', async () => {
  market.answer('getBusinessOrders', page([], 'p2'))
  expect((await run('orders')).result).toMatchObject({ kind: 'broken', detail: expect.stringContaining('repeat') })
})
