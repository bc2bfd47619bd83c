import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Order, OrderEvent, ReturnView } from '../src/index.ts'
import { createMarketWorld, type MarketState, type Model } from './market-world.ts'

const composed: OrderEvent = { type: 'composition.finalised' }
const started: OrderEvent = { type: 'assembly.started' }
const keys: OrderEvent = { type: 'digital.issued', lines: [{ sku: 'a', codes: ['K'] }] }

describe('an order that is announced and read', () => {
  test('is reserved, registered, packed and reported ready; the rest of its way is read', () => {
    const run = createMarketWorld()
    run.settle()
    expect(run.world.order?.status).toBe('reserved')
    run.say(started)
    run.say(composed)
    run.settle()
    expect(run.world.order?.status).toBe('ready')
    for (const [state, status] of [
      ['SHIPPED', 'taken'],
      ['DELIVERY', 'delivering'],
      ['DELIVERED', 'delivered'],
    ] as const) {
      run.world.market.move(state)
      run.settle()
      expect(run.world.order?.status).toBe(status)
    }
    expect(run.world.market.calls).toEqual(['registered', 'packed', 'ready'])
    expect(run.world.market.violations).toEqual([])
    expect(run.world.order?.attention).toEqual({})
  })

  test.each<[Model, OrderEvent[], string[]]>([
    [
      'merchant-delivery',
      [
        started,
        composed,
        { type: 'delivery.tracked', trackCode: 'T' },
        { type: 'delivery.started' },
        { type: 'delivery.finished' },
      ],
      ['registered', 'packed', 'tracked', 'delivering', 'delivered'],
    ],
    [
      'merchant-delivery',
      [composed, { type: 'delivery.finished' }],
      ['registered', 'packed', 'delivering', 'delivered'],
    ],
    [
      'pickup',
      [composed, { type: 'pickup.extended', until: '2026-02-01' }, { type: 'order.issued', code: '4821' }],
      ['registered', 'packed', 'delivering', 'at_pickup', 'storage_extended', 'delivered'],
    ],
    ['digital', [keys], ['digital_codes']],
  ])('%s goes its own way, each step once and in order', (model, events, calls) => {
    const run = createMarketWorld({ model })
    run.settle()
    for (const event of events) {
      run.say(event)
      run.settle()
    }
    expect(run.world.market).toMatchObject({ state: 'DELIVERED', calls, violations: [] })
    expect(run.world.order?.status).toBe('delivered')
    expect(run.world.order?.attention).toEqual({})
  })

  test('several announcements before the reading share one; what the reading has seen is not read again', () => {
    const run = createMarketWorld({ state: 'UNPAID' })
    run.world.market.move('STARTED')
    run.announce(0)
    run.announce(1)
    run.performAll()
    expect(run.world.reads).toBe(1)
    run.world.market.move('READY_TO_SHIP')
    run.catchUp()
    run.announce(2)
    run.performAll()
    expect(run.world.reads).toBe(1)
  })

  test('a change in the second of the last reading, heard of after it, is read', () => {
    const run = createMarketWorld({ state: 'UNPAID' })
    run.settle()
    run.world.market.state = 'STARTED'
    run.world.market.announce({ type: 'order.changed', storeId: 's' })
    run.settle()
    expect(run.world.order?.status).toBe('reserved')
  })

  test('of two changes in the second of the last reading the one that it has not shown is read, whichever comes first', () => {
    for (const late of [
      [1, 2],
      [2, 1],
    ]) {
      const run = createMarketWorld({ state: 'SHIPPED' })
      const { market } = run.world
      market.announce({ type: 'order.changed', storeId: 's', state: 'SHIPPED' })
      run.announce(0)
      run.performAll()
      market.state = 'DELIVERED'
      market.announce({ type: 'order.changed', storeId: 's', state: 'DELIVERED' })
      for (const n of late) run.announce(n)
      run.performAll()
      expect(run.world.order?.reading?.view?.value.state).toBe('DELIVERED')
    }
  })

  test('nothing is done for an order that waits for its payment, and everything once it is there', () => {
    const run = createMarketWorld({ state: 'UNPAID' })
    run.settle()
    expect(run.world.order?.status).toBe('announced')
    expect(run.world.stock.isHeld).toBe(false)
    run.world.market.move('STARTED')
    run.settle()
    expect(run.world.stock.isHeld).toBe(true)
  })

  test.each(['SHIPPED', 'DELIVERED'] as const)('an order first seen in %s is not put together any more', (state) => {
    const run = createMarketWorld({ state })
    run.settle()
    expect(run.world.order?.reservation.state).toBe('none')
    expect(run.world.market.calls).toEqual([])
  })

  test('a draft in the warehouse of the marketplace is confirmed; nothing else is ours', () => {
    const run = createMarketWorld({ model: 'by-marketplace', state: 'RESERVED' })
    run.settle()
    expect(run.world.market).toMatchObject({ state: 'STARTED', calls: ['accepted'], violations: [] })
    expect(run.world.stock.isHeld).toBe(false)
  })

  test('two words for one cancellation lead to one release', () => {
    const run = createMarketWorld()
    run.settle()
    run.world.market.move('CANCELLED')
    run.world.market.announce({ type: 'order.cancelled', reason: 'USER_CHANGED_MIND' })
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.stock.isHeld).toBe(false)
    expect(run.world.news.filter(({ type }) => type === 'order.cancelled')).toHaveLength(1)
  })

  test('a notification that never came is found by the catch-up, and ends as it would have', () => {
    const run = createMarketWorld()
    run.catchUp()
    expect(run.world.order?.status).toBe('reserved')
    run.say(composed)
    run.performAll()
    run.world.market.move('SHIPPED')
    run.world.market.move('CANCELLED')
    run.catchUp()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.order?.attention).toEqual({})
  })
})

describe('short goods', () => {
  const short: OrderEvent = { type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }

  test('are taken out of the order; our own removal, read back, is no change of the customer', () => {
    const run = createMarketWorld({ available: 1, policy: { onShort: 'partial' } })
    run.settle()
    run.say(short)
    run.settle()
    expect(run.world.market.lines).toMatchObject([{ sku: 'a', quantity: 1 }])
    expect(run.world.order?.status).toBe('ready')
    expect(run.world.order?.attention).toEqual({})
    expect(run.world.news.map(({ type }) => type)).not.toContain('order.updated')
    expect(run.world.market.violations).toEqual([])
  })

  test('that the marketplace does not take out cancel the order', () => {
    const run = createMarketWorld({ policy: { onShort: 'partial' } })
    run.world.market.refusesRemoval = true
    run.settle()
    run.say(short)
    run.settle()
    expect(run.world.market).toMatchObject({ state: 'CANCELLED', calls: ['registered', 'packed', 'canceled'] })
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.stock.takenBack).toEqual(['order'])
  })

  test('cancel the order at once where the policy says so', () => {
    const run = createMarketWorld({ available: 1 })
    run.settle()
    expect(run.world.market).toMatchObject({ state: 'CANCELLED', calls: ['canceled'] })
  })
})

test('boxes that do not add up to the document hold the order back, and the store is told', () => {
  const run = createMarketWorld()
  run.settle()
  const boxes = [{ lines: [{ sku: 'a', quantity: 2 }] }]
  run.say({ type: 'composition.finalised', boxes }, 'first')
  run.settle()
  expect(run.world.market.calls).toEqual(['registered'])
  expect(run.world.news.at(-1)).toEqual({
    type: 'composition.refused',
    reasons: ['b: 0 in the boxes, 1 in the document'],
  })
  run.world.market.tick()
  run.say({ type: 'composition.finalised', boxes: [...boxes, { lines: [{ sku: 'b', quantity: 1 }] }] }, 'second')
  run.settle()
  expect(run.world.market.calls).toEqual(['registered', 'packed', 'ready'])
})

test('at a counter that nobody has told a code, none is asked for', () => {
  const run = createMarketWorld({ model: 'pickup' })
  run.settle()
  run.say(composed)
  run.say({ type: 'order.issued' })
  run.settle()
  expect(run.world.market.state).toBe('DELIVERED')
})

describe('the code of the courier', () => {
  test.each([
    ['1111', 'courier_code.accepted'],
    ['0000', 'courier_code.rejected'],
  ])('%s is answered to the store: %s', (code, type) => {
    const run = createMarketWorld()
    run.settle()
    run.say(composed)
    run.settle()
    run.say({ type: 'courier-code.entered', code })
    run.settle()
    expect(run.world.news.map((news) => news.type)).toContain(type)
    expect(run.world.order?.attention).toEqual({})
  })

  test('is answered also when it went out anew behind a corrected document', () => {
    const run = createMarketWorld({ policy: { onShort: 'partial' } })
    run.settle()
    run.say(composed)
    run.say({ type: 'courier-code.entered', code: '1111' })
    run.world.market.tick()
    run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 2 }] }, 'corrected')
    run.settle()
    expect(run.world.order?.effects['notify-marketplace/courier_code/1']?.status).toBe('dropped')
    expect(run.world.news).toContainEqual({ type: 'courier_code.accepted', code: '1111' })
  })
})

describe('a customer who wants to cancel while the marketplace waits for us', () => {
  const onItsWay = (policy = {}) => {
    const run = createMarketWorld({ model: 'merchant-delivery', policy })
    run.settle()
    run.say(composed)
    run.say({ type: 'delivery.started' })
    run.settle()
    run.world.market.ask()
    run.settle()
    return run
  }

  test('the store is asked, and its answer is passed on', () => {
    const run = onItsWay()
    expect(run.world.news.at(-1)).toEqual({ type: 'cancellation.asked', answerBy: '2026-01-03T10:00:02.000Z' })
    run.say({ type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' })
    run.settle()
    expect(run.world.market.calls.at(-1)).toBe('decline: in-delivery')
    expect(run.world.order?.status).toBe('delivering')
  })

  test('accepted, the order is cancelled and its goods are in stock once the store has them again', () => {
    const run = onItsWay()
    run.say({ type: 'cancellation.answered', isAccepted: true })
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
    expect(run.world.news.at(-1)).toMatchObject({ type: 'order.cancelled', goods: 'left-store' })
    expect(run.world.stock.takenBack).toEqual([])
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancelled-after-leaving'])
    run.say({ type: 'goods.returned' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
    expect(run.world.order?.attention).toEqual({})
    expect(run.world.market.calls.filter((call) => call === 'accept')).toHaveLength(1)
  })

  test('is answered by the policy where the facts allow it', () => {
    expect(onItsWay({ cancellationRequests: 'accept' }).world.order?.status).toBe('cancelled')
    const run = createMarketWorld({ model: 'pickup' })
    run.settle()
    run.say(composed)
    run.settle()
    run.world.market.ask()
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
  })

  test('what the customer has is declined by itself', () => {
    const run = createMarketWorld({ model: 'merchant-delivery' })
    run.settle()
    run.say(composed)
    run.settle()
    run.say({ type: 'delivery.finished' })
    run.perform()
    run.world.market.ask()
    run.settle()
    expect(run.world.market.calls).toContain('decline: delivered')
  })

  test('a request about an order that was never read is not answered before it is: an acceptance cannot be taken back', () => {
    const run = createMarketWorld({ model: 'merchant-delivery' })
    const { market, news, effects } = run.world
    market.state = 'DELIVERY'
    market.ask()
    run.announce(1)
    expect([...effects.values()].filter(({ lane }) => lane === 'answers')).toEqual([])
    run.performAll()
    expect(market.calls).toEqual([])
    // The store never heard of the order, and is asked all the same.
    expect(news.map(({ type }) => type)).toEqual(['cancellation.asked'])
  })

  test('an answer to an earlier request says nothing about a later one', () => {
    const run = onItsWay()
    run.say({ type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' })
    run.settle()
    for (let i = 0; i < 60; i++) run.world.market.tick()
    run.world.market.ask()
    run.settle()
    expect(run.world.market.isAsked).toBe(true)
  })

  test('the alarm is set 36 hours after the request, rings once, and falls silent with the answer', () => {
    const run = onItsWay()
    const timer = run.world.effects.get('watch-deadline/cancellation-answer')
    expect(Math.round((timer?.delayMs ?? 0) / 3_600_000)).toBe(36)
    run.deliver({ type: 'deadline.passed', key: 'watch-deadline/cancellation-answer' }, undefined, 'rang')
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['cancellation-unanswered'])
    run.say({ type: 'cancellation.answered', isAccepted: true })
    run.settle()
    expect(run.world.order?.attention).not.toHaveProperty('cancellation-unanswered')
  })
})

describe('goods that come back', () => {
  const delivered = (policy = {}) => {
    const run = createMarketWorld({ policy })
    run.settle()
    run.say(composed)
    run.settle()
    for (const state of ['SHIPPED', 'DELIVERY', 'DELIVERED'] satisfies MarketState[]) run.world.market.move(state)
    run.settle()
    return run
  }
  const part: ReturnView = {
    kind: 'return',
    refund: 'decision-needed',
    lines: [{ sku: 'a', quantity: 1, itemId: '9' }],
  }

  test('a return is read, the store decides in time, and the goods are taken back once', () => {
    const run = delivered()
    run.world.market.openReturn('7', part)
    run.settle()
    expect(run.world.news.at(-1)).toMatchObject({ type: 'return.changed', returnId: '7', decideBy: expect.any(String) })
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'refund' } })
    run.settle()
    expect(run.world.market.calls).toContain('decide 7 refund')
    run.world.market.changeReturn('7', { refund: 'refunding', shipment: 'on-the-way' })
    run.world.market.changeReturn('7', { refund: 'refunded', shipment: 'ready-for-pickup' })
    run.world.market.changeReturn('7', { shipment: 'collected' })
    run.settle()
    run.say({ type: 'return.received', returnId: '7' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['7'])
    expect(run.world.order?.status).toBe('partly-returned')
  })

  test('all goods back make the order returned', () => {
    const run = delivered()
    run.world.market.openReturn('7', {
      ...part,
      shipment: 'collected',
      lines: [
        { sku: 'a', quantity: 2 },
        { sku: 'b', quantity: 1 },
      ],
    })
    run.settle()
    expect(run.world.order?.status).toBe('returned')
  })

  test('a decision that is not possible is told to the store, which may decide anew', () => {
    const run = delivered()
    run.world.market.openReturn('7', part)
    run.settle()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'repair' } }, 'first')
    run.settle()
    expect(run.world.news.map(({ type }) => type)).toContain('return.decision_refused')
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['answer-declined'])
    for (let i = 0; i < 5; i++) run.world.market.tick()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'refund' } }, 'second')
    run.settle()
    expect(run.world.market.returns.get('7')?.refund).toBe('decided')
  })

  test('the policy may decide by itself', () => {
    const run = delivered({ returns: 'refund' })
    run.world.market.openReturn('7', part)
    run.settle()
    expect(run.world.market.calls).toContain('decide 7 refund')
  })

  test('the clocks of money and goods run apart: a late word about one does not hide the other', () => {
    const run = delivered()
    run.world.market.openReturn('7', { ...part, refund: 'refunding' })
    const told = run.world.market.announcements.length
    run.world.market.changeReturn('7', { shipment: 'collected' })
    run.world.market.changeReturn('7', { refund: 'refunded' })
    for (const n of [told + 1, told, told - 1]) run.announce(n)
    expect(run.world.order?.returns?.['7']).toMatchObject({
      refund: { value: 'refunded' },
      shipment: { value: 'collected' },
    })
  })

  test('unredeemed goods come back once, whether the cancellation or the return is heard of first', () => {
    for (const isReturnFirst of [true, false]) {
      const run = createMarketWorld()
      run.settle()
      run.say(composed)
      run.settle()
      run.world.market.move('SHIPPED')
      run.settle()
      run.world.market.move('CANCELLED')
      if (!isReturnFirst) run.settle()
      const lines = [
        { sku: 'a', quantity: 2 },
        { sku: 'b', quantity: 1 },
      ]
      run.world.market.openReturn('8', {
        kind: 'unredeemed',
        shipment: 'ready-for-pickup',
        collectBy: '2026-01-05',
        lines,
      })
      run.settle()
      run.world.market.changeReturn('8', { shipment: 'collected' })
      run.settle()
      expect(run.world.stock.takenBack).toEqual(['8'])
      expect(run.world.order?.attention).toEqual({})
    }
  })
})

test('keys that are late call for a person', () => {
  const run = createMarketWorld({ model: 'digital' })
  run.settle()
  const timer = run.world.effects.get('watch-deadline/digital-codes')
  expect(Math.round((timer?.delayMs ?? 0) / 60_000)).toBe(20)
  run.deliver({ type: 'deadline.passed', key: 'watch-deadline/digital-codes' }, undefined, 'rang')
  expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['digital-codes-late'])
  run.say(keys)
  run.settle()
  expect(run.world.order?.attention).toEqual({})
})

/** What may happen next, by whoever makes it happen; each at most once. */
const moves = [
  'compose',
  'start',
  'sets-out',
  'arrives',
  'issue',
  'keys',
  'ship',
  'way',
  'end',
  'cancel',
  'store-cancels',
  'ask',
  'answer',
  'answered-elsewhere',
  'pay',
  'by-hand',
  'return',
  'money',
  'goods',
  'received',
  'brought-back',
  'decide',
] as const
type Move = (typeof moves)[number]

const storyArbitrary = fc.record({
  model: fc.constantFrom<Model>('marketplace-delivery', 'merchant-delivery', 'pickup', 'digital', 'by-marketplace'),
  isPaid: fc.boolean(),
  available: fc.constantFrom(1_000, 1_000, 1, 0),
  onShort: fc.constantFrom('cancel' as const, 'partial' as const),
  cancellationRequests: fc.constantFrom('accept-in-store' as const, 'accept' as const, 'back-office' as const),
  returns: fc.constantFrom('back-office' as const, 'refund' as const),
  /** What the market says of a cancelled order, besides that it is. */
  tellsUnits: fc.boolean(),
  speaksOfCourier: fc.boolean(),
  /** So far all went well. */
  head: fc.nat(5),
  story: fc.array(fc.constantFrom<Move>(...moves), { maxLength: 12 }),
  dice: fc.array(fc.nat(997), { minLength: 1, maxLength: 60 }),
  lost: fc.array(fc.nat(12), { maxLength: 3 }),
})

const usual: Record<Model, Move[]> = {
  'marketplace-delivery': ['pay', 'compose', 'ship', 'way', 'end'],
  'merchant-delivery': ['pay', 'compose', 'sets-out', 'arrives'],
  pickup: ['pay', 'compose', 'issue'],
  digital: ['pay', 'keys'],
  'by-marketplace': [],
}

test('whatever happens in whatever order, told twice, late or never, market and store agree in the end', () => {
  fc.assert(
    fc.property(storyArbitrary, ({ model, isPaid, available, head, story, dice, lost, ...others }) => {
      const { tellsUnits, speaksOfCourier, ...policy } = others
      const unpaid = model === 'by-marketplace' ? 'RESERVED' : 'UNPAID'
      const run = createMarketWorld({ model, state: isPaid ? 'STARTED' : unpaid, available, policy })
      const { market, stock } = run.world
      Object.assign(market, { tellsUnits, speaksOfCourier })
      let rolled = 0
      const roll = (n: number): number => (dice[rolled++ % dice.length] ?? 0) % Math.max(1, n)
      const seen: (() => void)[] = []
      for (const [at, move] of usual[model].slice(0, head).entries()) {
        play(run, move, 100 + at)
        run.settle()
      }
      for (const [at, move] of story.entries()) {
        play(run, move, at)
        if (roll(3) === 0) seen.push(run.look())
        for (let i = roll(4); i > 0; i--) {
          const n = roll(market.announcements.length)
          if (!lost.includes(n)) run.announce(n)
          for (let j = roll(4); j > 0; j--) {
            run.start(roll, roll(9) === 0 ? 'dies' : undefined)
            if (roll(3) > 0) run.finish(roll, roll(4) === 0)
          }
        }
        if (roll(5) === 0) run.reviveAll()
        if (roll(3) === 0) seen.splice(roll(seen.length), 1)[0]?.()
      }
      for (const [n] of market.announcements.entries()) if (!lost.includes(n)) run.announce(n)
      for (const record of seen) record()
      run.performAll()
      run.catchUp()
      run.reviveAll()
      run.settle()
      run.catchUp()
      run.settle()

      const order = run.world.order!
      expect(market.violations).toEqual([])
      if (!market.isMovedByHand) expect(marketStates(order)).toContain(market.state)
      const open = Object.entries(order.effects).filter(
        ([, { status, lane }]) => status === 'dead' || (status === 'waiting' && lane !== 'deadline'),
      )
      expect(open).toEqual([])
      // The goods come back once, and none is forgotten.
      expect(new Set(stock.takenBack).size).toBe(stock.takenBack.length)
      const whole = stock.takenBack.filter(
        (what) => what === 'released' || what === 'order' || market.returns.get(what)?.kind === 'unredeemed',
      )
      expect(whole.length).toBeLessThanOrEqual(1)
      for (const [id, view] of market.returns) {
        const isBack = view.shipment === 'collected' || order.returns?.[id]?.receivedAt !== undefined
        if (isBack && model !== 'by-marketplace') {
          if (view.kind === 'unredeemed') expect(whole).toHaveLength(1)
          else expect(stock.takenBack).toContain(id)
        }
        const isDecided = policy.returns === 'refund' || order.returns?.[id]?.decision !== undefined
        if (view.refund === 'decision-needed') expect(isDecided).toBe(false)
      }
      // What the marketplace carried when it was cancelled comes back as a return, or when the store has it, and not before.
      const isRead = !run.envelopes.some(
        ({ event }) => event.type === 'effect.died' && event.key.startsWith('fetch-order'),
      )
      const isCarried = market.state === 'CANCELLED' && model === 'marketplace-delivery' && market.wasShipped
      if (isCarried && tellsUnits && isRead && !market.isMovedByHand && !order.milestones.goodsReturned) {
        expect(stock.takenBack.filter((what) => what === 'order')).toEqual([])
      }
      if (market.state === 'CANCELLED' && !order.milestones.taken) {
        const isFree = !stock.isHeld || whole.length > 0
        const isWaiting = Object.keys(order.attention).length > 0
        const isToCome = [...market.returns.values()].some(({ kind }) => kind === 'unredeemed')
        expect(isFree || isWaiting || isToCome || order.milestones.delivered !== undefined).toBe(true)
      }

      // Nothing is owed for what is known already, whenever it is heard again; nor for anything else that only takes time.
      const count = Object.keys(order.effects).length
      expect(count).toBeLessThanOrEqual(10 + 4 * run.envelopes.length)
      for (const envelope of run.envelopes) {
        const isTold = envelope.source === 'marketplace' || envelope.source === 'catch-up'
        if (isTold) expect(run.apply(envelope)).toEqual([])
      }
    }),
    { numRuns: 1_000 },
  )
})

function play({ world, say }: ReturnType<typeof createMarketWorld>, move: Move, at: number): void {
  const { market } = world
  const isIn = (...states: MarketState[]): boolean => states.includes(market.state)
  const isTheirs = market.model === 'marketplace-delivery'
  const someReturn = [...market.returns].at(at % Math.max(1, market.returns.size))
  market.tick()
  const key = `${move}${at}`
  switch (move) {
    case 'pay':
      if (isIn('UNPAID')) market.move('STARTED')
      break
    case 'start':
      say(started, key)
      break
    case 'compose':
      say(composed, key)
      break
    case 'sets-out':
      if (market.model === 'merchant-delivery') say({ type: 'delivery.started' }, key)
      break
    case 'arrives':
      if (market.model === 'merchant-delivery') say({ type: 'delivery.finished' }, key)
      break
    case 'issue':
      if (market.model === 'pickup') say({ type: 'order.issued', code: '4821' }, key)
      break
    case 'keys':
      if (market.model === 'digital') say(keys, key)
      break
    case 'ship':
      if (isTheirs && isIn('READY_TO_SHIP')) market.move('SHIPPED')
      break
    case 'way':
      if (isTheirs && isIn('SHIPPED')) market.move('DELIVERY')
      break
    case 'end':
      if (isTheirs && isIn('DELIVERY')) market.move('DELIVERED')
      break
    case 'cancel':
      if (isIn('RESERVED', 'UNPAID', 'STARTED', 'READY_TO_SHIP', 'SHIPPED')) market.move('CANCELLED')
      break
    case 'store-cancels':
      say({ type: 'cancellation.requested', reason: 'technical_issues' }, key)
      break
    case 'ask':
      if (!isTheirs && isIn('DELIVERY', 'PICKUP')) market.ask()
      break
    case 'answer':
      if (market.isAsked) say({ type: 'cancellation.answered', isAccepted: at % 2 === 0 }, key)
      break
    case 'answered-elsewhere':
      if (!market.isAsked) break
      market.isAsked = false
      market.move(at % 2 ? 'CANCELLED' : market.state)
      break
    case 'by-hand':
      if (!isIn('STARTED') || market.model === 'digital' || market.model === 'by-marketplace') break
      market.isMovedByHand = true
      market.move(isTheirs ? 'SHIPPED' : 'DELIVERY')
      break
    case 'return': {
      const id = `${at}`
      const lines = [{ sku: 'a', quantity: 1 }]
      if (isIn('DELIVERED'))
        market.openReturn(id, { kind: 'return', refund: at % 2 ? 'decision-needed' : 'started', lines })
      if (isIn('CANCELLED') && market.returns.size === 0 && market.wasShipped) {
        market.openReturn(id, { kind: 'unredeemed', shipment: 'created', lines: market.lines })
      }
      break
    }
    case 'money': {
      const next = {
        started: 'refunding',
        'decision-needed': 'confirmed',
        decided: 'refunding',
        refunding: 'refunded',
      } as const
      const stage = someReturn?.[1].refund
      if (someReturn && stage && stage in next)
        market.changeReturn(someReturn[0], { refund: next[stage as keyof typeof next] })
      break
    }
    case 'goods': {
      const [id, view] = someReturn ?? []
      if (id === undefined) break
      if (view?.shipment === 'ready-for-pickup') market.changeReturn(id, { shipment: 'collected' })
      else if (view?.shipment !== 'collected') market.changeReturn(id, { shipment: 'ready-for-pickup' })
      break
    }
    case 'received':
      if (someReturn) say({ type: 'return.received', returnId: someReturn[0] }, key)
      break
    case 'brought-back':
      // Before it is cancelled nothing comes back.
      if (isIn('CANCELLED')) say({ type: 'goods.returned' }, key)
      break
    case 'decide':
      say({ type: 'return.decided', returnId: someReturn?.[0] ?? '3', decision: { kind: 'refund' } }, key)
      break
  }
}

/** Where the market may stand when an order has this status. */
function marketStates({ status, cancellation }: Order): MarketState[] {
  switch (status) {
    case 'announced':
      // What is to be cancelled is not confirmed.
      return cancellation.requested ? ['UNPAID', 'RESERVED'] : ['UNPAID']
    case 'placed':
    case 'reserved':
    case 'assembling':
      return ['STARTED']
    case 'assembled':
      return ['STARTED', 'PICKUP', 'DELIVERY']
    case 'ready':
      return ['READY_TO_SHIP']
    case 'taken':
      return ['SHIPPED']
    case 'delivering':
      return ['DELIVERY', 'STARTED']
    case 'delivered':
      return ['DELIVERED', 'STARTED', 'DELIVERY']
    case 'cancelled':
      return ['CANCELLED']
    case 'partly-returned':
    case 'returned':
      return ['DELIVERED', 'CANCELLED']
    case 'open':
    case 'answered':
      return []
  }
}
