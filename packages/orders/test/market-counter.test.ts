import { describe, expect, test } from 'vitest'
import type { OrderEvent } from '../src/index.ts'
import { createMarketWorld } from './market-world.ts'

const composed: OrderEvent = { type: 'composition.finalised' }

describe('a pick-up point that is not the store', () => {
  const remote = () => {
    const run = createMarketWorld({ model: 'pickup', policy: { pickupPoint: 'remote' } })
    run.settle()
    run.say(composed)
    run.settle()
    return run
  }
  const callsOf = ({ world }: ReturnType<typeof createMarketWorld>) => world.market.calls.slice(2)

  test('is told of when the order sets out, when it arrives, and when it is fetched, and not before', () => {
    const run = remote()
    expect(run.world.market.calls).toEqual(['registered', 'packed'])
    for (const [event, calls] of [
      [{ type: 'delivery.started' }, ['delivering']],
      [{ type: 'delivery.arrived' }, ['delivering', 'at_pickup']],
      [{ type: 'order.issued' }, ['delivering', 'at_pickup', 'delivered']],
    ] as const) {
      run.say(event)
      run.settle()
      expect(callsOf(run)).toEqual(calls)
    }
    expect(run.world.market.violations).toEqual([])
  })

  test.each<[string, OrderEvent, string[]]>([
    ['an arrival', { type: 'delivery.arrived' }, ['delivering', 'at_pickup']],
    ['a hand-over', { type: 'order.issued' }, ['delivering', 'at_pickup', 'delivered']],
    ['the end of the delivery', { type: 'delivery.finished' }, ['delivering', 'at_pickup', 'delivered']],
  ])('hears the steps that the store skipped: %s', (_, event, calls) => {
    const run = remote()
    run.say(event)
    run.settle()
    expect(callsOf(run)).toEqual(calls)
  })

  test('keeps an order longer only once it is there', () => {
    const run = remote()
    run.say({ type: 'pickup.extended', until: '2026-02-01' })
    run.say({ type: 'delivery.started' })
    run.settle()
    expect(callsOf(run)).toEqual(['delivering'])
    run.say({ type: 'delivery.arrived' })
    run.settle()
    expect(callsOf(run)).toEqual(['delivering', 'at_pickup', 'storage_extended'])
  })

  test('gives nothing back by itself when the customer cancels: the store is asked, and says when the goods are back', () => {
    const run = remote()
    run.say({ type: 'delivery.started' })
    run.settle()
    run.world.market.ask()
    run.settle()
    expect(run.world.news.at(-1)).toMatchObject({ type: 'cancellation.asked' })
    run.say({ type: 'cancellation.answered', isAccepted: true })
    run.settle()
    expect(run.world.stock.takenBack).toEqual([])
    run.say({ type: 'goods.returned' })
    run.settle()
    expect(run.world.stock.takenBack).toEqual(['order'])
  })
})

describe('the code of the courier', () => {
  const newsOf = ({ world }: ReturnType<typeof createMarketWorld>) =>
    world.news.filter(({ type }) => type.startsWith('courier_code'))

  test('is checked at an order that somebody reported ready by hand, without a document of the store', () => {
    const run = createMarketWorld()
    run.settle()
    run.world.market.isMovedByHand = true
    run.world.market.move('READY_TO_SHIP')
    run.settle()
    run.say({ type: 'courier-code.entered', code: '1111' })
    run.settle()
    expect(newsOf(run)).toEqual([{ type: 'courier_code.accepted', code: '1111' }])
  })

  test('waits for the document while nobody has reported the order ready', () => {
    const run = createMarketWorld()
    run.settle()
    run.say({ type: 'courier-code.entered', code: '1111' })
    run.settle()
    expect(run.world.market.calls).toEqual(['registered'])
    run.say(composed)
    run.settle()
    expect(run.world.market.calls).toEqual(['registered', 'packed', 'ready', 'courier_code'])
  })

  test.each(['before', 'after'])('of an order that is cancelled is rejected: entered %s the cancellation', (when) => {
    const run = createMarketWorld()
    run.settle()
    const enter = () => run.say({ type: 'courier-code.entered', code: '1111' })
    if (when === 'before') enter()
    run.world.market.move('CANCELLED')
    run.settle()
    if (when === 'after') enter()
    run.settle()
    expect(newsOf(run)).toEqual([{ type: 'courier_code.rejected', code: '1111', detail: 'the order is cancelled' }])
  })
})
