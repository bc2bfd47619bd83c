import { describe, expect, test } from 'vitest'
import type { OrderEvent, PlacedOrder } from '../src/index.ts'
import { createWorld, envelopeOf } from './world.ts'

const timer = 'watch-deadline/assembly-start'
const HOUR = 60
/** The order comes at 10:00 UTC. */
const windowIn = (minutes: number): Pick<PlacedOrder, 'deliveryWindow'> => ({
  deliveryWindow: { from: new Date(Date.UTC(2026, 0, 1, 10, minutes)).toISOString() },
})
const placedWith = (fields: Partial<PlacedOrder>): OrderEvent => ({
  type: 'order.placed',
  order: { storeId: 's', lines: [{ sku: 'a', quantity: 1 }], ...fields },
})

/** Records each event at its minute; nobody starts. */
function live(events: [minute: number, OrderEvent][]) {
  const run = createWorld()
  for (const [minute, event] of events) run.deliver(envelopeOf(event, `e${minute}`, 'marketplace', minute))
  const timers = [...run.world.effects.values()].filter(({ key }) => key.startsWith(timer))
  return { ...run, minutes: timers.map(({ delayMs = 0 }) => delayMs / 60_000) }
}

describe('somebody is called when the store has not begun', () => {
  test.each<[string, Partial<PlacedOrder>, number]>([
    ['5 minutes after an order without a window came', {}, 5],
    ['5 minutes after an order for now came, although it has a window', { ...windowIn(2 * HOUR), isPlanned: false }, 5],
    ['5 minutes after one came that is for now by its window', windowIn(2 * HOUR), 5],
    ['5 minutes after one for now came, however far its window', { ...windowIn(9 * HOUR), isPlanned: false }, 5],
    ['30 minutes before the window of an order for later', { ...windowIn(2 * HOUR), isPlanned: true }, 90],
    ['30 minutes before a window that is far', windowIn(3 * HOUR), 150],
    ['5 minutes after an order for later came, when its window opens at once', { ...windowIn(20), isPlanned: true }, 5],
    ['5 minutes after an order came whose window cannot be read', { deliveryWindow: { from: 'soon' } }, 5],
  ])('%s', (_, fields, minutes) => {
    expect(live([[0, placedWith(fields)]]).minutes).toEqual([minutes])
  })

  test('and a far window that has come nearer sets no other clock', () => {
    const { minutes } = live([
      [0, placedWith(windowIn(4 * HOUR))],
      [120, { type: 'order.paid' }],
    ])
    expect(minutes).toEqual([210])
  })

  test('and once it turns out to be for later, the clock is set anew', () => {
    const { minutes, world, deliver } = live([
      [0, placedWith(windowIn(2 * HOUR))],
      [1, { type: 'order.updated', changes: { isPlanned: true } }],
    ])
    expect(minutes).toEqual([5, 89])
    deliver(envelopeOf({ type: 'deadline.passed', key: timer }, 'first', 'effect', 5))
    expect(world.order?.attention).toEqual({})
    deliver(envelopeOf({ type: 'deadline.passed', key: `${timer}#2` }, 'second', 'effect', 90))
    expect(Object.keys(world.order?.attention ?? {})).toEqual(['assembly-not-started'])
  })
})
