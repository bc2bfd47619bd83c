import { describe, expect, test } from 'vitest'
import { type Lane, laneHeads, type News, type OrderEvent, type ReturnView } from '../src/index.ts'
import { createMarketWorld, type MarketWorldOptions } from './market-world.ts'

type Run = ReturnType<typeof createMarketWorld>
const composed: OrderEvent = { type: 'composition.finalised' }

function inStore(options?: MarketWorldOptions): Run {
  const run = createMarketWorld(options)
  run.settle()
  return run
}

function reportedReady(options?: MarketWorldOptions): Run {
  const run = inStore(options)
  run.say(composed)
  run.settle()
  return run
}

function cancelThere(run: Run, says: { tellsUnits?: boolean; speaksOfCourier?: boolean } = {}): void {
  Object.assign(run.world.market, says)
  run.world.market.move('CANCELLED')
}

function announceNewest(run: Run): void {
  run.announce(run.world.market.announcements.length - 1)
}

function placesTold({ world }: Run): string[] {
  return world.news.flatMap((news: News) => (news.type === 'order.cancelled' ? [news.goods] : []))
}

/** The head of one lane alone. */
function performIn(run: Run, lane: Lane): void {
  run.start(() =>
    laneHeads(run.world.order!)
      .filter(({ kind }) => kind !== 'watch-deadline')
      .findIndex((head) => head.lane === lane),
  )
  expect(run.finish()).toBe(true)
}

describe('a reason that speaks of a courier, where no unit is told', () => {
  const silent = { tellsUnits: false, speaksOfCourier: true }

  test('keeps nothing of an order that was never put together', () => {
    const run = inStore()
    cancelThere(run, silent)
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['released'])
    expect(run.world.order?.attention).toEqual({})
    expect(run.world.news.map(({ type }) => type)).not.toContain('order.taken')
    expect(placesTold(run)).toEqual(['reserved'])
  })

  test.each([false, true])(
    'is checked at the marketplace before anybody is called (put together: %s)',
    (isComposed) => {
      const run = inStore({ model: 'merchant-delivery' })
      if (isComposed) run.say(composed)
      run.settle()
      cancelThere(run, { tellsUnits: true, speaksOfCourier: true })
      announceNewest(run)
      expect(run.world.order?.attention).toEqual({})
      run.settle()
      expect(run.world.stock.takenBack).toHaveLength(1)
      expect(run.world.order?.attention).toEqual({})
    },
  )

  test('is not believed of an order that was put together and not reported ready', () => {
    const run = inStore()
    run.say(composed)
    cancelThere(run, silent)
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })

  test('is believed of an order that was ready: a person is called until a return stands for the goods', () => {
    const run = reportedReady()
    cancelThere(run, silent)
    announceNewest(run)
    expect(run.world.order?.attention).toEqual({})
    run.settle()
    expect(run.world.stock.takenBack).toEqual([])
    expect(run.world.order?.milestones).not.toHaveProperty('taken')
    expect(placesTold(run).at(-1)).toBe('left-store')
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
    run.world.market.openReturn('7', { kind: 'unredeemed', shipment: 'created', lines: run.world.market.lines })
    run.settle()
    expect(run.world.order?.attention).toEqual({})
  })

  test('is believed of an order that took our report, though it was not read since', () => {
    const run = inStore()
    run.say(composed)
    run.performAll()
    cancelThere(run, silent)
    announceNewest(run)
    run.performAll()
    expect(run.world.stock.takenBack).toEqual([])
  })

  test('is believed of an order that somebody else reported ready', () => {
    const run = inStore()
    run.world.market.isMovedByHand = true
    run.world.market.move('READY_TO_SHIP')
    run.settle()
    cancelThere(run, silent)
    run.settle()
    expect(run.world.stock.takenBack).toEqual([])
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
  })

  test.each(['before', 'after'])('is overruled by units that never left, told %s it', (when) => {
    const run = reportedReady()
    run.world.market.state = 'CANCELLED'
    run.world.market.tick()
    const told = run.look()
    if (when === 'before') told()
    run.deliver({ type: 'order.cancelled', isProbablyAway: true }, run.world.market.now(), 'said')
    if (when === 'after') told()
    run.performAll()
    expect(run.world.stock.takenBack).toEqual(['order'])
    expect(placesTold(run).at(-1)).toBe('picked')
    expect(run.world.order?.attention).toEqual({})
  })

  test('of the merchant’s own courier calls a person until the store has the goods', () => {
    const run = reportedReady({ model: 'merchant-delivery' })
    cancelThere(run, silent)
    run.settle()
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
    run.say({ type: 'goods.returned' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })

  test('says nothing of goods at the merchant’s own counter', () => {
    const run = reportedReady({ model: 'pickup' })
    cancelThere(run, silent)
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })
})

describe('the reading before goods are booked back', () => {
  function readingDied(): Run {
    const run = reportedReady()
    cancelThere(run)
    announceNewest(run)
    run.start(() => laneHeads(run.world.order!).findIndex(({ lane }) => lane === 'reading'), 'dies')
    run.finish()
    expect(Object.values(run.world.order!.effects).some(isReadingOpen)).toBe(false)
    return run
  }
  const isReadingOpen = ({ kind, status }: { kind: string; status: string }): boolean =>
    kind === 'fetch-order' && status === 'waiting'

  test('does not hold them up for ever when it dies', () => {
    const run = readingDied()
    run.performAll()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })

  test('is planned once more when the cancellation is told once more', () => {
    const run = readingDied()
    expect(Object.values(run.world.order!.effects).some(isReadingOpen)).toBe(false)
    run.world.market.tick()
    run.deliver({ type: 'order.cancelled' }, run.world.market.now(), 'told again')
    expect(Object.values(run.world.order!.effects).some(isReadingOpen)).toBe(true)
  })

  test('is not waited for when the store has the goods', () => {
    const run = reportedReady()
    cancelThere(run)
    run.say({ type: 'goods.returned' })
    announceNewest(run)
    expect(run.world.effects.has('take-back-goods')).toBe(true)
  })

  test('comes also where our own cancellation finds the order cancelled already', () => {
    const run = reportedReady()
    run.world.market.wasShipped = true
    cancelThere(run)
    run.say({ type: 'cancellation.requested', reason: 'technical_issues' })
    run.performAll()
    expect(run.world.order?.cancellation.confirmedAt).toBeUndefined()
    expect(run.world.stock.takenBack).toEqual([])
  })

  test('comes also after our own cancellation, of what was announced and not read by then', () => {
    const run = reportedReady({ model: 'merchant-delivery', policy: { cancellationRequests: 'back-office' } })
    const { market } = run.world
    market.ask()
    market.isMovedByHand = true
    market.state = 'DELIVERY'
    market.wasShipped = true
    market.tick()
    market.announce({ type: 'order.changed', storeId: 's', state: 'DELIVERY' })
    run.announce(market.announcements.length - 2)
    run.say({ type: 'cancellation.answered', isAccepted: true })
    performIn(run, 'answers')
    run.performAll()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.stock.takenBack).toEqual([])
  })
})

describe('the back office hears of a cancellation at once', () => {
  test('and once more when its goods turn out to be away', () => {
    const run = reportedReady()
    run.world.market.wasShipped = true
    cancelThere(run)
    announceNewest(run)
    performIn(run, 'news')
    expect(placesTold(run)).toEqual(['picked'])
    run.performAll()
    expect(placesTold(run)).toEqual(['picked', 'left-store'])
  })

  test.each([
    ['the courier first', ['SHIPPED', 'CANCELLED']],
    ['the cancellation first', ['CANCELLED', 'SHIPPED']],
  ])('and its last word does not depend on what came first: %s', (_, order) => {
    const run = reportedReady()
    const events: Record<string, OrderEvent> = {
      SHIPPED: { type: 'order.taken' },
      CANCELLED: { type: 'order.cancelled' },
    }
    for (const state of order) {
      run.deliver(events[state]!, run.world.market.now(), state)
      run.performAll()
    }
    expect(placesTold(run).at(-1)).toBe('left-store')
  })

  test('and not again of what it has said itself', () => {
    const run = reportedReady({ model: 'merchant-delivery' })
    cancelThere(run)
    run.settle()
    run.say({ type: 'delivery.started' })
    run.settle()
    expect(placesTold(run)).toEqual(['picked'])
  })
})

describe('goods that the store has, of an order that was cancelled on its way', () => {
  function withReturn(options: MarketWorldOptions, announcedFirst: boolean): Run {
    const run = reportedReady(options)
    const { market } = run.world
    market.wasShipped = true
    market.move('DELIVERY')
    run.settle()
    market.move('CANCELLED')
    run.settle()
    const announceReturn = (): void => {
      market.openReturn('7', { kind: 'unredeemed', shipment: 'created', lines: market.lines })
      run.settle()
    }
    if (announcedFirst) {
      announceReturn()
      expect(run.world.stock.takenBack).toEqual([])
    }
    run.say({ type: 'goods.returned' })
    run.settle()
    if (!announcedFirst) announceReturn()
    expect(run.world.stock.takenBack).toHaveLength(1)
    market.changeReturn('7', { shipment: 'collected' })
    run.settle()
    return run
  }

  test.each([
    ['marketplace-delivery', true],
    ['marketplace-delivery', false],
    ['merchant-delivery', true],
    ['merchant-delivery', false],
  ] as const)('are booked back once, though it named no return: %s, announced before: %s', (model, announcedFirst) => {
    const run = withReturn({ model }, announcedFirst)
    expect(run.world.stock.takenBack).toEqual([announcedFirst ? '7' : 'order'])
    expect(run.world.order?.attention).toEqual({})
  })

  test('call for a person until they are there, also when their return is announced', () => {
    const run = reportedReady({ model: 'merchant-delivery' })
    run.say({ type: 'delivery.started' })
    run.settle()
    run.world.market.move('CANCELLED')
    run.settle()
    run.world.market.openReturn('7', { kind: 'unredeemed', shipment: 'created', lines: run.world.market.lines })
    run.settle()
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
    run.say({ type: 'return.received', returnId: '7' })
    run.settle()
    expect(run.world.order?.attention).toEqual({})
    expect(run.world.stock.takenBack).toEqual(['7'])
  })

  test.each([false, true])('are not to be fetched any more; the alarm had rung: %s', (hasRung) => {
    const run = reportedReady({ model: 'merchant-delivery' })
    run.say({ type: 'delivery.started' })
    run.world.market.move('CANCELLED')
    const view: ReturnView = { kind: 'unredeemed', shipment: 'ready-for-pickup', lines: run.world.market.lines }
    run.world.market.openReturn('7', { ...view, collectBy: '2026-01-05' })
    run.settle()
    const timer = 'watch-deadline/return-collection-7'
    expect(run.world.order?.effects[timer]?.status).toBe('waiting')
    if (hasRung) run.deliver({ type: 'deadline.passed', key: timer }, undefined, 'rang')
    expect('return-uncollected' in run.world.order!.attention).toBe(hasRung)
    run.say({ type: 'goods.returned' })
    expect(run.world.order?.effects[timer]?.status).toBe(hasRung ? 'done' : 'dropped')
    expect(run.world.order?.attention).toEqual({})
  })
})

test('a return of goods that were delivered does not come back by a word about a cancelled order', () => {
  const run = reportedReady()
  for (const state of ['SHIPPED', 'DELIVERY', 'DELIVERED'] as const) run.world.market.move(state)
  run.settle()
  run.world.market.openReturn('7', { kind: 'return', lines: [{ sku: 'a', quantity: 1 }] })
  run.settle()
  run.say({ type: 'goods.returned' })
  run.settle()
  expect(run.world.stock.takenBack).toEqual([])
})

describe('a cancellation whose reason the marketplace refuses', () => {
  function refused(): Run {
    const run = reportedReady({ model: 'pickup' })
    run.world.market.refusedReason = 'pickup_expired'
    run.say({ type: 'cancellation.requested', reason: 'pickup_expired' }, 'first')
    run.settle()
    return run
  }
  const declined = (run: Run): News[] => run.world.news.filter(({ type }) => type === 'cancellation.declined')

  test('is told, and the order goes on', () => {
    const run = refused()
    expect(declined(run)).toEqual([
      { type: 'cancellation.declined', reason: 'the marketplace goes on with the order: not for this reason' },
    ])
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancellation-declined'])
    run.say({ type: 'order.issued' })
    run.settle()
    expect(run.world.order?.status).toBe('delivered')
  })

  test('that was our own for missing goods leaves the store its own wish', () => {
    const run = inStore({ policy: { onShort: 'partial' } })
    run.world.market.refusesRemoval = true
    run.world.market.refusedReason = 'out_of_stock'
    run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] })
    run.settle()
    expect(run.world.order?.status).toBe('assembled')
    run.world.market.tick()
    run.say({ type: 'cancellation.requested', reason: 'technical_issues' })
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
  })

  test('goes out anew with another reason, and is not declined before that was asked', () => {
    const run = refused()
    run.world.market.tick()
    run.say({ type: 'cancellation.requested', reason: 'customer_request' }, 'second')
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.order?.attention).toEqual({})
    expect(declined(run)).toHaveLength(1)
    expect(run.world.market.calls.filter((call) => call === 'canceled')).toHaveLength(2)
  })

  test('goes out anew with the same reason when the store sends it again, and is told again if refused', () => {
    const run = refused()
    run.world.market.tick()
    run.say({ type: 'cancellation.requested', reason: 'pickup_expired' }, 'second')
    run.settle()
    expect(declined(run)).toHaveLength(2)
    run.world.market.tick()
    run.world.market.refusedReason = undefined
    run.say({ type: 'cancellation.requested', reason: 'pickup_expired' }, 'third')
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
  })
})
