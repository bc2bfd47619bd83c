import { describe, expect, test } from 'vitest'
import { applyEvent, defaultPolicy, type MarketplaceView, type OrderEvent, type ReturnView } from '../src/index.ts'
import { createMarketWorld, type Market, traits } from './market-world.ts'
import { envelopeOf, pickupCode } from './world.ts'

const composed: OrderEvent = { type: 'composition.finalised' }
const part: ReturnView = { kind: 'return', refund: 'decision-needed', lines: [{ sku: 'a', quantity: 1 }] }
const keysOf = (run: ReturnType<typeof createMarketWorld>, kind: string): string[] =>
  [...run.world.effects.keys()].filter((key) => key.startsWith(kind))

/** A view in which nothing but these differs. */
function viewOf(market: Market, changes: Partial<MarketplaceView>): OrderEvent {
  return { type: 'order.read', view: { ...market.view(), ...changes } }
}

function onItsWay(policy = {}): ReturnType<typeof createMarketWorld> {
  const run = createMarketWorld({ model: 'merchant-delivery', policy })
  run.settle()
  run.say(composed)
  run.say({ type: 'delivery.started' })
  run.settle()
  return run
}

describe('views', () => {
  test('an older view that is recorded later does not bring its goods back', () => {
    const run = createMarketWorld()
    const recordOld = run.look()
    run.world.market.lines = [{ sku: 'a', quantity: 1, lineId: '1' }]
    run.world.market.tick()
    run.catchUp()
    recordOld()
    run.say(composed)
    run.settle()
    expect(run.world.market.packed).toMatchObject([{ sku: 'a', quantity: 1 }])
    expect(run.world.order?.attention).toEqual({})
  })

  test('an article on two lines, put together whole, is no change of the goods', () => {
    const run = createMarketWorld()
    run.world.market.lines = [
      { sku: 'a', quantity: 2, lineId: '1' },
      { sku: 'a', quantity: 1, lineId: '2' },
    ]
    run.settle()
    run.say(composed)
    run.settle()
    run.world.market.lines = [...run.world.market.lines].reverse()
    run.world.market.move('SHIPPED')
    run.settle()
    expect(run.world.order?.attention).toEqual({})
  })

  test('what somebody has sent on its way by hand is not packed any more, and its delivery is still reported', () => {
    const run = createMarketWorld({ model: 'merchant-delivery' })
    run.settle()
    run.world.market.move('DELIVERY')
    run.settle()
    run.say(composed)
    run.say({ type: 'delivery.finished' })
    run.world.market.isMovedByHand = true
    run.settle()
    expect(run.world.market).toMatchObject({ state: 'DELIVERED', calls: ['registered', 'delivering', 'delivered'] })
  })

  test('our own delivery, read back, is no news, also where the store only told the end of it', () => {
    const run = createMarketWorld({ model: 'merchant-delivery' })
    run.settle()
    run.say(composed)
    run.say({ type: 'delivery.finished' })
    run.settle()
    expect(run.world.news.map(({ type }) => type)).not.toContain('order.delivering')
  })

  test('a draft whose confirmation has died and that somebody else has confirmed or cancelled calls for nobody', () => {
    for (const state of ['STARTED', 'CANCELLED'] as const) {
      const run = createMarketWorld({ model: 'by-marketplace', state: 'RESERVED' })
      run.announce(0)
      run.perform()
      run.start(undefined, 'dies')
      run.finish()
      expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['effect-dead'])
      run.world.market.move(state)
      run.settle()
      expect(run.world.order?.attention).toEqual({})
    }
  })
})

describe('a request to cancel', () => {
  const dayLater = (run: ReturnType<typeof createMarketWorld>) => {
    run.world.market.clock += 86_400
  }

  test('that is only seen keeps its deadline, and the answer to it, when the order changes otherwise', () => {
    const run = onItsWay()
    run.world.market.isAsked = true
    run.world.market.wasAsked = true
    run.world.market.tick()
    run.catchUp()
    dayLater(run)
    run.catchUp()
    expect(keysOf(run, 'watch-deadline')).toEqual(['watch-deadline/cancellation-answer'])
    run.say({ type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' })
    run.world.market.tick()
    run.look()()
    run.settle()
    expect(run.world.market.calls.filter((call) => call.startsWith('decline'))).toEqual(['decline: in-delivery'])
  })

  test('that the order itself dates a second earlier is asked of the store all the same', () => {
    const run = onItsWay()
    run.world.market.tick()
    run.world.market.isAsked = true
    run.world.market.wasAsked = true
    const asked = new Date(Date.parse(run.world.market.now()) + 1_000).toISOString()
    run.deliver({ type: 'cancellation.asked', storeId: 's' }, asked, 'asked')
    run.settle()
    expect(run.world.news.map(({ type }) => type)).toContain('cancellation.asked')
  })

  test('is declined where the customer has the goods by then, though the store agreed before it heard', () => {
    const run = onItsWay()
    run.world.market.ask()
    run.settle()
    run.say({ type: 'delivery.finished' })
    run.say({ type: 'cancellation.answered', isAccepted: true })
    expect(keysOf(run, 'answer-cancellation-request')).toEqual(['answer-cancellation-request/decline'])
  })

  test('that is made twice before it is answered is one request', () => {
    const run = onItsWay()
    run.world.market.ask()
    run.settle()
    const n = run.world.market.announcements.length
    dayLater(run)
    run.say({ type: 'cancellation.answered', isAccepted: true })
    run.world.market.tick()
    run.world.market.ask()
    run.announce(n)
    run.settle()
    expect(run.world.market.calls.filter((call) => call === 'accept')).toEqual(['accept'])
    expect(run.world.order?.status).toBe('cancelled')
  })

  test('is answered by a store whose clock is slow', () => {
    const run = onItsWay()
    run.world.market.ask()
    run.settle()
    run.deliver({ type: 'cancellation.answered', isAccepted: true }, '2026-01-01T09:00:00Z', 'slow')
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
  })

  test('is not alarmed by the alarm of an earlier one', () => {
    const run = onItsWay()
    run.world.market.ask()
    run.settle()
    run.deliver({ type: 'deadline.passed', key: 'watch-deadline/cancellation-answer' }, undefined, 'rang')
    run.say({ type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' })
    run.settle()
    dayLater(run)
    run.world.market.ask()
    run.settle()
    expect(run.world.order?.attention).toEqual({})
    expect(keysOf(run, 'watch-deadline/cancellation-answer')).toHaveLength(2)
  })

  test('is answered though another answer has died', () => {
    const run = onItsWay({ returns: 'refund', cancellationRequests: 'accept' })
    run.world.market.openReturn('7', part)
    run.announce(run.world.market.announcements.length - 1)
    while (!run.world.effects.has('decide-return/7')) run.perform()
    run.deliver({ type: 'effect.died', key: 'decide-return/7', reason: 'x' }, undefined, 'died')
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['effect-dead'])
    run.world.market.ask()
    run.settle()
    expect(run.world.order?.status).toBe('cancelled')
  })
})

describe('returns', () => {
  function delivered(policy = {}): ReturnType<typeof createMarketWorld> {
    const run = createMarketWorld({ policy })
    run.settle()
    run.say(composed)
    run.settle()
    for (const state of ['SHIPPED', 'DELIVERY', 'DELIVERED'] as const) run.world.market.move(state)
    run.settle()
    return run
  }

  test('whose creation nobody has told have one alarm, whatever happens to the order meanwhile', () => {
    const run = delivered()
    run.deliver({ type: 'return.changed', returnId: '7', refund: 'decision-needed' }, '2026-01-02T10:00:00Z', 'changed')
    for (const at of ['x', 'y']) run.say({ type: 'marketplace.noted', name: at }, at)
    expect(keysOf(run, 'watch-deadline/return-decision-7')).toHaveLength(1)
  })

  test('are told and alarmed once when their creation is told in another precision', () => {
    const run = delivered()
    const lines = [{ sku: 'a', quantity: 1 }]
    const at = run.world.market.now().replace('.000Z', '.417Z')
    run.deliver({ type: 'return.announced', returnId: '7', kind: 'return', storeId: 's', lines }, at, 'announced')
    run.deliver({ type: 'return.changed', returnId: '7', refund: 'decision-needed' }, at, 'changed')
    const view: ReturnView = { ...part, createdAt: at.replace('.417Z', '+00:00'), updatedAt: at }
    run.deliver({ type: 'return.read', returnId: '7', view }, at, 'read')
    run.deliver({ type: 'return.read', returnId: '7', view: { ...view, createdAt: at } }, at, 'read again')
    expect(keysOf(run, 'watch-deadline/return-decision-7')).toHaveLength(1)
    expect(keysOf(run, 'tell-back-office/return.changed/7').length).toBeLessThanOrEqual(2)
  })

  test('of an order that was never read wait until it says whose goods they are', () => {
    const run = createMarketWorld({ model: 'by-marketplace' })
    run.world.market.announcements = []
    run.world.market.openReturn('7', { ...part, refund: 'refunded', shipment: 'collected' })
    run.announce(0)
    run.say({ type: 'return.received', returnId: '7' })
    expect(run.world.order).toMatchObject({ status: 'announced' })
    expect(keysOf(run, 'take-back-goods')).toEqual([])
    run.settle()
    expect(run.world.order).toMatchObject({ status: 'partly-returned', payment: 'refunded' })
    expect(run.world.stock.takenBack).toEqual([])
    expect(run.world.reads).toBe(1)
  })

  test('of goods that were never reserved come into stock all the same', () => {
    const run = createMarketWorld({ state: 'DELIVERED' })
    run.world.market.announcements = []
    run.world.market.openReturn('7', { ...part, shipment: 'collected' })
    run.settle()
    expect(run.world.order?.reservation.state).toBe('none')
    expect(run.world.stock.takenBack).toEqual(['7'])
  })

  test('of unredeemed goods do not bring back what the cancellation has given back', () => {
    const run = onItsWay({ cancellationRequests: 'accept' })
    run.world.market.ask()
    run.settle()
    run.say({ type: 'goods.returned' })
    run.settle()
    run.world.market.openReturn('8', { kind: 'unredeemed', shipment: 'collected', lines: run.world.market.lines })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })

  test('of unredeemed goods bring them back while the cancellation is given back, once', () => {
    const run = createMarketWorld()
    run.settle()
    run.say(composed)
    run.settle()
    run.world.market.move('SHIPPED')
    run.world.market.move('CANCELLED')
    run.announce(run.world.market.announcements.length - 1)
    while (run.start());
    run.world.market.openReturn('8', { kind: 'unredeemed', shipment: 'collected', lines: run.world.market.lines })
    run.look()()
    while (run.finish());
    run.settle()
    expect(run.world.stock.takenBack).toHaveLength(1)
  })

  test('decided anew call for nobody any more', () => {
    const run = delivered()
    run.world.market.openReturn('7', part)
    run.settle()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'repair' } }, 'first')
    run.settle()
    run.world.market.tick()
    run.say({ type: 'return.decided', returnId: '7', decision: { kind: 'refund' } }, 'second')
    run.settle()
    expect(run.world.order?.attention).toEqual({})
  })
})

test('a packing that the marketplace has declined goes out anew when the store corrects it before the cancellation', () => {
  const run = createMarketWorld({ policy: { onShort: 'partial' } })
  run.world.market.refusesRemoval = true
  run.settle()
  run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }, 'short')
  run.perform()
  expect(Object.keys(run.world.order?.declined ?? {})).toEqual(['notify-marketplace/packed'])
  run.world.market.tick()
  run.say(composed, 'whole')
  run.settle()
  expect(run.world.market).toMatchObject({ state: 'READY_TO_SHIP', violations: [] })
  expect([run.world.order?.status, run.world.order?.attention]).toEqual(['ready', {}])
})

test('a correction that comes while the order is reported ready is not packed any more', () => {
  const run = createMarketWorld()
  run.settle()
  run.say(composed, 'first')
  while (run.world.market.state === 'STARTED') {
    run.finish()
    run.start()
  }
  run.world.market.tick()
  const marked = { sku: 'a', quantity: 2, markingCodes: ['1', '2'] }
  run.say({ type: 'composition.finalised', lines: [marked, { sku: 'b', quantity: 1 }] }, 'second')
  while (run.finish());
  run.settle()
  expect(run.world.market.calls).toEqual(['registered', 'packed', 'ready'])
  expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['composition-late'])
})

test('a wish that the marketplace does not take calls for a person', () => {
  const run = onItsWay()
  run.say({ type: 'delivery.rescheduled', date: '2026-01-09', by: 'merchant' })
  const key = keysOf(run, 'notify-marketplace/rescheduled')[0] ?? ''
  run.deliver({ type: 'report.declined', key, state: 'too many changes' }, undefined, 'declined')
  expect(run.world.order?.attention).toEqual({ 'answer-declined': `${key}: too many changes` })
})

test('goods that are handed over by hand are due in three hours, and the alarm is off once they are', () => {
  const run = createMarketWorld({ model: 'digital' })
  const body = { ...run.world.market.view().order, digital: 'by-hand' as const }
  run.deliver(viewOf(run.world.market, { order: body }), undefined, 'read')
  expect(Math.round((run.world.effects.get('watch-deadline/digital-codes')?.delayMs ?? 0) / 60_000)).toBe(170)
  run.deliver({ type: 'deadline.passed', key: 'watch-deadline/digital-codes' }, undefined, 'rang')
  expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['digital-codes-late'])
  run.say({ type: 'delivery.finished' })
  expect(run.world.order?.attention).toEqual({})
})

test('keys that the marketplace could not take are corrected', () => {
  const run = createMarketWorld({ model: 'digital' })
  run.settle()
  run.say({ type: 'digital.issued', lines: [{ sku: 'a', codes: [''] }] }, 'bad')
  while (run.world.order?.effects['notify-marketplace/digital_codes']?.status === 'waiting') {
    run.start(undefined, 'dies')
    run.finish()
  }
  run.world.market.tick()
  run.say({ type: 'digital.issued', lines: [{ sku: 'a', codes: ['K'] }] }, 'good')
  run.settle()
  expect(run.world.market.state).toBe('DELIVERED')
  expect(run.world.order?.attention).toEqual({})
})

test('a draft that is cancelled plans nothing any more', () => {
  const run = createMarketWorld({ model: 'by-marketplace', state: 'RESERVED' })
  run.announce(0)
  run.perform()
  run.say({ type: 'order.cancelled' })
  const count = Object.keys(run.world.order?.effects ?? {}).length
  for (const name of ['x', 'y']) run.say({ type: 'marketplace.noted', name }, name)
  expect(Object.keys(run.world.order?.effects ?? {})).toHaveLength(count)
})

test('a reply before anything else is known goes to where its name says', () => {
  const ref = { id: 'c', marketplace: 'market', account: 'main', externalId: 'review-comment-5', number: 'YM-5' }
  const said = envelopeOf({ type: 'conversation.replied', replyId: 'r', text: 'thanks' }, 'r', 'back-office')
  const settings = { policy: defaultPolicy, pickupCode, traits }
  const { planned } = applyEvent(undefined, ref, said, () => settings)
  expect(planned.find(({ kind }) => kind === 'reply-to-customer')?.payload).toMatchObject({ topic: 'review-comment' })
})

test('goods that are being taken back are not taken back once more when their document is corrected', () => {
  const run = createMarketWorld()
  run.settle()
  run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 2 }] })
  run.settle()
  run.world.market.move('CANCELLED')
  run.announce(run.world.market.announcements.length - 1)
  while (keysOf(run, 'take-back-goods').length === 0) run.perform()
  while (run.start());
  run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }, 'corrected')
  run.settle()
  expect(run.world.stock.takenBack).toHaveLength(1)
})

test('a new date that still waits is told although the packing before it is corrected', () => {
  const run = createMarketWorld({ model: 'merchant-delivery' })
  run.settle()
  run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 2 }] })
  run.say({ type: 'delivery.rescheduled', date: '2026-01-03', by: 'merchant' })
  run.say({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }, 'corrected')
  expect(run.world.order?.effects['notify-marketplace/rescheduled']?.status).toBe('waiting')
})

test('the second decision that is refused is told once, whatever else is heard of the order', () => {
  const run = createMarketWorld()
  run.settle()
  run.world.market.openReturn('7', part)
  run.announce(run.world.market.announcements.length - 1)
  for (const [n, kind] of (['decline', 'refund'] as const).entries()) {
    while (run.perform());
    run.say({ type: 'return.decided', returnId: '7', decision: { kind } }, `decision ${n}`)
    const key = keysOf(run, 'decide-return').at(-1)!
    run.deliver({ type: 'answer.declined', key, why: 'not offered' }, undefined, `no ${n}`)
  }
  for (const n of [1, 2, 3]) run.say({ type: 'marketplace.noted', name: 'x' }, `noted ${n}`)
  run.settle()
  for (const n of [4, 5, 6]) run.say({ type: 'marketplace.noted', name: 'x' }, `noted ${n}`)
  expect(keysOf(run, 'tell-back-office/return.decision_refused')).toHaveLength(2)
})
