import { describe, expect, test } from 'vitest'
import type { MarketplaceView, OrderEvent } from '../src/index.ts'
import { createMarketWorld } from './market-world.ts'

const composed: OrderEvent = { type: 'composition.finalised' }

function reportedReady(): ReturnType<typeof createMarketWorld> {
  const run = createMarketWorld()
  run.settle()
  run.say(composed)
  run.settle()
  expect(run.world.order?.status).toBe('ready')
  return run
}

function announceNewest(run: ReturnType<typeof createMarketWorld>): void {
  run.announce(run.world.market.announcements.length - 1)
}

/** The Market says no more of its units than that they are cancelled. */
function deliverSilentView(run: ReturnType<typeof createMarketWorld>): void {
  const view: MarketplaceView = { ...run.world.market.view(), reached: [] }
  run.deliver({ type: 'order.read', view }, view.updatedAt, 'silent view')
}

describe('goods that the marketplace carried when the order was cancelled are not booked back', () => {
  test.each([
    ['the courier’s word was read in time', true],
    ['the courier’s word was announced and never read', false],
  ])('when %s', (_, isReadInTime) => {
    const run = reportedReady()
    run.world.market.move('DELIVERY')
    announceNewest(run)
    if (isReadInTime) run.performAll()
    run.world.market.move('CANCELLED')
    announceNewest(run)
    deliverSilentView(run)
    run.performAll()
    expect(run.world.stock.takenBack).toEqual([])
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.order?.attention).toEqual({})
    const told = run.world.news.map((news) => (news.type === 'order.cancelled' ? news.goods : news.type))
    expect(told).toEqual(['order.taken', 'order.delivering', 'left-store'])
  })

  test('when nothing but the cancellation was announced, and the order itself tells', () => {
    const run = reportedReady()
    run.world.market.wasShipped = true
    run.world.market.move('CANCELLED')
    announceNewest(run)
    expect(run.world.effects.has('take-back-goods')).toBe(false)
    run.performAll()
    expect(run.world.stock.takenBack).toEqual([])
    expect(run.world.order?.milestones.taken).toBeDefined()
  })

  test('when only the catch-up finds the cancelled order', () => {
    const run = reportedReady()
    run.world.market.wasShipped = true
    run.world.market.state = 'CANCELLED'
    run.world.market.tick()
    run.catchUp()
    expect(run.world.stock.takenBack).toEqual([])
  })

  test('and are in stock once, when the store says that they are back though nobody announced a return', () => {
    const run = reportedReady()
    run.world.market.move('SHIPPED')
    run.settle()
    run.world.market.move('CANCELLED')
    run.settle()
    for (const key of ['first', 'second']) run.say({ type: 'goods.returned' }, key)
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })
})

test('goods that never left the store are free again, once the cancelled order has said so', () => {
  const run = reportedReady()
  run.world.market.move('CANCELLED')
  const reads = run.world.reads
  announceNewest(run)
  expect(run.world.effects.has('take-back-goods')).toBe(false)
  run.performAll()
  expect(run.world.stock.takenBack).toEqual(['order'])
  expect(run.world.reads).toBe(reads + 1)
})

test('a cancelled order whose reading does not show it yet does not hold up its goods for ever', () => {
  const run = reportedReady()
  run.deliver({ type: 'order.cancelled' }, run.world.market.now(), 'cancelled')
  run.performAll()
  expect(run.world.stock.takenBack).toEqual(['order'])
})

test('what is announced on its way and goes on is read, and nothing follows from the announcement alone', () => {
  const run = reportedReady()
  run.world.market.move('DELIVERY')
  announceNewest(run)
  expect(run.world.order?.milestones).not.toHaveProperty('delivering')
  run.performAll()
  expect(run.world.order?.status).toBe('delivering')
})

describe('goods that the merchant’s own courier has when the order is cancelled', () => {
  const onItsWay = () => {
    const run = createMarketWorld({ model: 'merchant-delivery' })
    run.settle()
    run.say(composed)
    run.say({ type: 'delivery.started' })
    run.settle()
    return run
  }

  test.each<[string, OrderEvent]>([
    ['the marketplace', { type: 'order.cancelled', reason: 'USER_CHANGED_MIND' }],
    ['the merchant', { type: 'cancellation.requested', reason: 'customer_request' }],
  ])('by %s come back with him, and a person sees to it', (_, event) => {
    const run = onItsWay()
    run.say(event)
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.stock.takenBack).toEqual([])
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
    run.say({ type: 'goods.returned' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
    expect(run.world.order?.attention).toEqual({})
  })

  test('are in stock once, whichever is heard of first', () => {
    const run = onItsWay()
    run.say({ type: 'goods.returned' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual([])
    run.say({ type: 'order.cancelled' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })
})

test.each(['merchant-delivery', 'by-marketplace'] as const)(
  'goods that were never ours call for nobody when their order is found cancelled: %s',
  (model) => {
    const run = createMarketWorld({ model, state: 'CANCELLED' })
    run.world.market.wasShipped = true
    run.world.market.announcements = []
    run.catchUp()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.order?.attention).toEqual({})
  },
)

describe('a cancellation of our own', () => {
  test('that the marketplace refused for its reason goes out anew with another one', () => {
    const run = createMarketWorld({ model: 'pickup' })
    run.settle()
    run.say({ type: 'cancellation.requested', reason: 'pickup_expired' }, 'first')
    while (run.world.order?.effects['notify-marketplace/canceled']?.status === 'waiting') {
      run.start(undefined, 'dies')
      run.finish()
    }
    run.world.market.tick()
    run.say({ type: 'cancellation.requested', reason: 'customer_request' }, 'second')
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.order?.attention).toEqual({})
  })

  test('of a draft is not preceded by its confirmation', () => {
    const run = createMarketWorld({ model: 'by-marketplace', state: 'RESERVED' })
    run.announce(0)
    run.perform()
    run.say({ type: 'cancellation.requested', reason: 'store_closed' })
    run.settle()
    expect(run.world.market.calls).toEqual([])
  })
})
