import type { MarketplaceEffect } from '@sluice/marketplace-port'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errorAnswer, type FakeMarket, knownOrder, startFakeMarket, wireOrder } from './fake-market.ts'

const effect: MarketplaceEffect = { kind: 'fetch-order', lane: 'reading', payload: {} }
let market: FakeMarket

beforeEach(async () => {
  market = await startFakeMarket()
})

afterEach(() => market.close())

const numbered = (id: number | string) => knownOrder({}, { ref: { ...knownOrder().ref, externalId: String(id) } })
const fetchAll = (ids: number[]) =>
  Promise.all(ids.map(async (id) => (await market.perform(effect, { order: numbered(id) })).outcome))
const asked = () => market.calls.map(({ body }) => body as { orderIds: number[]; fake?: boolean })
const range = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

test('what waits together is read together, 50 at a time', async () => {
  market.orders = range(120).map((orderId) => wireOrder({ orderId }))
  const outcomes = await fetchAll(range(120))
  expect(outcomes.every(({ kind }) => kind === 'read')).toBe(true)
  expect(asked().map(({ orderIds }) => orderIds.length)).toEqual([50, 50, 20])
})

test('one order that is asked for twice is in the call once', async () => {
  market.orders = [wireOrder({ orderId: 1 })]
  expect((await fetchAll([1, 1])).map(({ kind }) => kind)).toEqual(['read', 'read'])
  expect(asked()).toEqual([{ orderIds: [1] }])
})

test('only those that are missing are asked for among the test orders', async () => {
  market.orders = [wireOrder({ orderId: 1 }), wireOrder({ orderId: 2, fake: true })]
  expect((await fetchAll([1, 2, 3])).map(({ kind }) => kind)).toEqual(['read', 'read', 'too-early'])
  expect(asked()).toEqual([{ orderIds: [1, 2, 3] }, { orderIds: [2, 3], fake: true }])
})

test('one id that the Market refuses fails alone', async () => {
  market.orders = range(4).map((orderId) => wireOrder({ orderId }))
  market.answer('getBusinessOrders', ({ body }) => {
    const { orderIds } = body as { orderIds: number[] }
    if (orderIds.includes(3)) return errorAnswer(400, 'bad id')
    return { status: 200, body: { orders: orderIds.map((orderId) => wireOrder({ orderId })) } }
  })
  expect((await fetchAll([1, 2, 3, 4])).map(({ kind }) => kind)).toEqual(['read', 'read', 'refused', 'read'])
})

test('one order that cannot be understood fails alone', async () => {
  market.orders = [wireOrder({ orderId: 1 }), wireOrder({ orderId: 2, items: 'none' })]
  const [good, bad] = await fetchAll([1, 2])
  expect(good?.kind).toBe('read')
  expect(bad).toMatchObject({ kind: 'refused', fault: 'theirs', detail: expect.stringContaining('order 2: items') })
})

test.each(['0', '007', '-1', '12.5', 'x', '9223372036854775808', '18446744073709551617'])(
  '%s is no id of the Market: nothing is asked',
  async (id) => {
    expect((await market.perform(effect, { order: numbered(id) })).outcome).toMatchObject({
      kind: 'refused',
      fault: 'data',
    })
    expect(market.calls).toEqual([])
  },
)

test('the greatest id keeps its digits', async () => {
  await market.perform(effect, { order: numbered('9223372036854775807') })
  expect(market.calls[0]!.raw).toContain('[9223372036854775807]')
})

test('an answer that is no list is asked for in halves', async () => {
  market.answer('getBusinessOrders', ({ body }) => {
    const { orderIds } = body as { orderIds: number[] }
    if (orderIds.length > 1) return { status: 200, body: 'cut off' }
    return { status: 200, body: { orders: orderIds.map((orderId) => wireOrder({ orderId })) } }
  })
  expect((await fetchAll([1, 2])).map(({ kind }) => kind)).toEqual(['read', 'read'])
})

test('a failure is everybody’s, and whoever comes later asks anew', async () => {
  market.answer('getBusinessOrders', errorAnswer(503, 'x'), {
    status: 200,
    body: { orders: [wireOrder({ orderId: 1 })] },
  })
  expect((await fetchAll([1, 2])).map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable'])
  expect((await fetchAll([1])).map(({ kind }) => kind)).toEqual(['read'])
})

test('the evidence of one order says nothing of the others', async () => {
  market.orders = [wireOrder({ orderId: 1 }), wireOrder({ orderId: 2 })]
  const [first] = await Promise.all([1, 2].map((id) => market.perform(effect, { order: numbered(id) })))
  expect(first!.evidence?.response).toContain('"orderId":1')
  expect(first!.evidence?.response).not.toContain('"orderId":2')
})

test('who stops waiting does not keep the others', async () => {
  market.orders = [wireOrder({ orderId: 1 }), wireOrder({ orderId: 2 })]
  const stop = new AbortController()
  const stopped = market.perform(effect, { order: numbered(1), signal: stop.signal })
  const other = market.perform(effect, { order: numbered(2) })
  stop.abort()
  expect((await stopped).outcome).toMatchObject({ kind: 'not-tried', cause: 'stopping' })
  expect((await other).outcome.kind).toBe('read')
})
