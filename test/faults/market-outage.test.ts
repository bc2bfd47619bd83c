import { afterAll, beforeAll, expect, test } from 'vitest'
import { quicken } from '../../infra/local/live-orders.ts'
import { eventually } from '../../packages/testkit/src/index.ts'
import { type RunningStack, startRunningStack, withinSeconds } from '../e2e/running-stack.ts'

let stack: RunningStack

/** The Market's hour, in which its budgets and its resends are counted, lasts so long here. */
const HOUR_MS = 5_000

beforeAll(async () => {
  stack = await startRunningStack({
    processes: { notification: 2, reservation: 2 },
    env: { SLUICE_STEWARD_MS: '1000', SLUICE_CATCH_UP_MS: '2000' },
  })
  await quicken(stack, 50)
  await stack.yandexMarket.changeSettings({ clockFactor: 3_600_000 / HOUR_MS })
  await stack.backOffice.setStock(
    ['1001', '1002'].flatMap((storeId) =>
      lines.map(({ offerId }) => ({ storeId, sku: offerId, expiresOn: '2035-01-01', quantity: 10_000 })),
    ),
  )
})
afterAll(() => stack?.stop())

const lines = [
  { offerId: '100245', count: 2, price: '58.00' },
  { offerId: '100312', count: 1, price: '149.00' },
]

const COUNT = 20
const plans = (from: number) =>
  Array.from({ length: COUNT }, (_, n) => {
    const orderId = String(from + n)
    if (n % 3 === 0) return { orderId, model: 'DBS' as const, lines }
    // A buyer changes his mind while nobody can say so.
    return { orderId, model: 'FBS' as const, lines, ...(n % 5 === 1 && { script: { cancelAt: 'opened' as const } }) }
  })

test('a Market that is down for an hour, then floods: nothing lost, nothing doubled, within every limit', async () => {
  const { yandexMarket, ledger } = stack
  const before = plans(70_001)
  await yandexMarket.placeOrders(before)
  // Some have been reported, none has ended.
  await eventually(async () =>
    expect((await yandexMarket.listCalls({ operation: 'setOrderBoxLayout' })).length).toBeGreaterThan(3),
  )
  await yandexMarket.startOutage({ forMs: HOUR_MS })
  const during = plans(71_001)
  await yandexMarket.placeOrders(during)

  const numbers = [...before, ...during].map(({ orderId }) => orderId)
  await withinSeconds(90, async () => {
    for (const orderId of numbers) {
      const there = await yandexMarket.getOrder(orderId)
      const here = await ledger.findOrderByNumber(`YM-${orderId}`)
      expect([orderId, there.status, here?.status]).toEqual(
        there.status === 'CANCELLED' ? [orderId, 'CANCELLED', 'cancelled'] : [orderId, 'DELIVERED', 'delivered'],
      )
      expect([orderId, here?.attention]).toEqual([orderId, {}])
    }
  })

  expect((await yandexMarket.listFindings()).violations).toEqual([])
  for (const { orderId, commands } of await yandexMarket.listOrders()) {
    expect([orderId, new Set(commands).size]).toEqual([orderId, commands.length])
  }
  const calls = await yandexMarket.listCalls()
  expect(calls.filter(({ answer }) => answer?.status === 420)).toEqual([])
  const { notifications } = await yandexMarket.getSummary()
  expect(notifications).toMatchObject({ lost: 0, dropped: 0, pending: 0, isBlocked: false })
  expect(await ledger.listDeadLetters({ limit: 10 })).toEqual([])
  // What was sold is delivered, and what was cancelled is back.
  const books = await stack.backOffice.getStock()
  expect(books.totals.held).toBe(0)
})

test('a budget that is used up holds up no order: what is optional is skipped, and the Market need not say so twice', async () => {
  const { yandexMarket, ledger } = stack
  // An hour that does not end during the test.
  await yandexMarket.changeSettings({ clockFactor: 1, budgets: { updateExternalOrderId: 10 } })
  const orders = plans(72_001).map(({ orderId }) => ({ orderId, model: 'FBS' as const, lines }))
  await yandexMarket.placeOrders(orders)
  await withinSeconds(60, async () => {
    for (const { orderId } of orders) {
      expect([orderId, (await ledger.findOrderByNumber(`YM-${orderId}`))?.status]).toEqual([orderId, 'delivered'])
    }
  })
  const timelines = await Promise.all(orders.map(({ orderId }) => ledger.orderTimeline(`YM-${orderId}`)))
  const skipped = timelines.filter((timeline) =>
    timeline?.entries.some((entry) => entry.kind === 'event' && entry.type === 'report.skipped'),
  )
  expect(skipped.length).toBeGreaterThanOrEqual(COUNT - 10)
  const refused = (await yandexMarket.listCalls()).filter(({ answer }) => answer?.status === 420)
  // Those that were on their way when the first was told.
  expect(refused.length).toBeLessThanOrEqual(4)
  expect(await ledger.listDeadLetters({ limit: 10 })).toEqual([])
})
