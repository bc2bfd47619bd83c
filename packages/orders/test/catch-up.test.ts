import { describe, expect, test } from 'vitest'
import { checkComposition } from '../src/composition.ts'
import { linesAsOf } from '../src/facts.ts'
import { currentBody, defaultPolicy, type EventEnvelope, type OrderEvent, type PlacedOrder } from '../src/index.ts'
import { createWorld, envelopeOf, type World, type WorldOptions } from './world.ts'

const a2b1 = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 1 },
]
const a1b1 = [{ sku: 'a', quantity: 1 }, ...a2b1.slice(1)]
const a2 = a2b1.slice(0, 1)
const told: PlacedOrder = { storeId: 's', lines: a2b1, shipmentMethod: 'by_courier', comment: 'ring twice' }
/** A shipment need not name all that the webhook named. */
const { comment: _, ...held } = told

const at = (minute: number, event: OrderEvent, source: EventEnvelope['source'] = 'marketplace'): EventEnvelope =>
  envelopeOf(event, `${source}/${minute}/${JSON.stringify(event)}`, source, minute)
const placed = (minute: number) => at(minute, { type: 'order.placed', order: told })
const updated = (minute: number, changes: Partial<PlacedOrder>) => at(minute, { type: 'order.updated', changes })
const seen = (minute: number, body: Partial<PlacedOrder>) =>
  at(minute, { type: 'order.placed', order: { ...held, ...body } }, 'catch-up')
const document = (minute: number, lines?: PlacedOrder['lines']) =>
  at(minute, { type: 'composition.finalised', ...(lines && { lines }) }, 'back-office')

/** Lives through what is recorded, in that order, performing everything in between. */
function live(recorded: EventEnvelope[], options?: WorldOptions): World {
  const run = createWorld(options)
  for (const envelope of recorded) {
    run.deliver(envelope)
    run.performAll()
  }
  expect(run.world.violations).toEqual([])
  return run.world
}

const bodyOf = ({ order }: World) => order && currentBody(order)

describe('what the marketplace holds', () => {
  test('heals an update that never came: reserved anew, and told', () => {
    const world = live([placed(0), seen(5, { lines: a2, deliveryWindow: { to: '2026-01-01T15:00:00Z' } })])
    expect(bodyOf(world)).toEqual({ ...told, lines: a2, deliveryWindow: { to: '2026-01-01T15:00:00Z' } })
    expect(world.stock.lines).toBe(JSON.stringify(a2))
    expect(world.news).toEqual(['order.updated'])
    expect(world.order?.reservation.askedKey).toBe('reserve-stock#2')
  })

  test('found once more is not kept twice, and found after the document not at all', () => {
    const bodies = [0, 10, 20, 30].map((minute) => seen(minute, {}))
    const { order } = live([...bodies, document(25, a2b1)])
    const kept = (order?.sightings ?? []).map((sighting) => 'body' in sighting)
    expect(kept).toEqual([true, false, false])
    expect(order && currentBody(order)?.lines).toEqual(a2b1)
  })

  test('what the store has put together is no wish of the customer, however late its document is heard of', () => {
    const composed = at(4, { type: 'order.placed', order: { ...held, lines: a2 }, isComposed: true }, 'catch-up')
    const world = live([placed(0), composed, document(5, a2)])
    expect(bodyOf(world)?.lines).toEqual(a2b1)
    expect(world.news).toEqual([])
    expect(live([composed]).order).toMatchObject({ status: 'reserved' })
  })

  test('is applied where it differs, and late where everybody knows', () => {
    const run = createWorld()
    for (const envelope of [placed(0), seen(5, {}), seen(15, { lines: a2 }), seen(25, { lines: a2 })])
      run.deliver(envelope)
    expect(run.world.verdicts).toEqual(['applied', 'late', 'applied', 'late'])
  })

  test('changes nothing where it is known: nothing is told, and a silent document still means as ordered', () => {
    const run = createWorld()
    run.deliver(placed(0))
    run.settle('reserve-stock', { kind: 'already-done' })
    run.deliver(seen(5, {}))
    run.deliver(document(10))
    run.deliver(seen(15, {}))
    run.performAll()
    expect(run.world.news).toEqual([])
    expect(run.world.order?.attention).toEqual({})
    expect(checkComposition(run.world.order!, defaultPolicy)?.composition).toMatchObject({ changed: false })
    expect(run.world.reports.at(-1)).toBe('ready')
  })

  test('of changed goods leaves in doubt what a silent document means, where the answer to the reservation was lost', () => {
    const run = createWorld()
    run.deliver(placed(0))
    run.deliver(seen(5, { lines: a2 }))
    run.settle('reserve-stock#2', { kind: 'already-done' })
    run.deliver(document(10))
    expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['composition-refused'])
  })

  test.each([
    ['W U C', ['W', 'U', 'C']],
    ['W C U', ['W', 'C', 'U']],
    ['U W C', ['U', 'W', 'C']],
    ['U C W', ['U', 'C', 'W']],
    ['C W U', ['C', 'W', 'U']],
    ['C U W', ['C', 'U', 'W']],
  ] as const)('comes to the same order, told and updated in any order: %s', (_, order) => {
    const events = { W: placed(0), U: updated(1, { lines: a2, address: 'x' }), C: seen(2, { lines: a1b1 }) }
    const world = live(order.map((name) => events[name]))
    expect(bodyOf(world)).toEqual({ ...told, lines: a1b1, address: 'x' })
    expect(world.stock.lines).toBe(JSON.stringify(a1b1))
    expect(linesAsOf(world.order!, '9')).toEqual(a1b1)
  })

  test('and an update that is newer wins, whichever comes first', () => {
    const [seenBefore, newer] = [seen(1, { lines: a1b1 }), updated(2, { lines: a2 })]
    for (const recorded of [
      [seenBefore, newer],
      [newer, seenBefore],
    ]) {
      expect(bodyOf(live([placed(0), ...recorded]))?.lines).toEqual(a2)
    }
  })

  test('is completed by a webhook that comes after all', () => {
    const world = live([seen(5, { lines: a2 }), placed(7)])
    expect(bodyOf(world)).toEqual({ ...told, lines: a2 })
    expect(world.verdicts.at(-1)).toBe('applied')
  })

  test('undoes nothing once the store has put the goods together: it may be our own composition', () => {
    const ours = seen(10, { lines: a1b1, total: { price: '1.00' } })
    const world = live([placed(0), document(5, a1b1), ours])
    expect(bodyOf(world)).toEqual(told)
    expect(world.verdicts.at(-1)).toBe('late')
    expect([world.news, world.order?.attention]).toEqual([[], {}])
    // What the store finds after all was ordered.
    const corrected = live([placed(0), document(5, a1b1), ours, document(12, a2b1)])
    expect(corrected.news).not.toContain('composition.refused')
  })

  test('counts where the document that came later is recorded first', () => {
    const [sighting, composed] = [seen(5, { lines: a1b1 }), document(6, a1b1)]
    for (const recorded of [
      [sighting, composed],
      [composed, sighting],
    ]) {
      const { order } = live([placed(0), ...recorded])
      expect(checkComposition(order!, defaultPolicy)?.composition).toMatchObject({ changed: false })
    }
  })
})

describe('of several changes the newest counts', () => {
  test('also for the document, whichever came first', () => {
    const newer = { ...updated(2, { lines: a2b1 }), occurredAt: '2026-01-01T10:02:00.000Z' }
    const older = { ...updated(3, { lines: a2 }), occurredAt: '2026-01-01T10:01:00.000Z' }
    const world = live([placed(0), newer, older, document(4, a2b1)])
    expect(bodyOf(world)?.lines).toEqual(a2b1)
    expect(world.news).not.toContain('composition.refused')
    expect(world.reports.at(-1)).toBe('ready')
  })

  test('and what is told once more, or late, after the goods were put together, changes nothing and calls nobody', () => {
    const newer = updated(2, { lines: a2 })
    const older = { ...updated(6, { lines: a1b1 }), occurredAt: '2026-01-01T10:01:00.000Z' }
    const { order } = live([placed(0), newer, document(4, a2), updated(5, { lines: a2 }), older])
    expect(order?.attention).toEqual({})
    const changed = live([placed(0), newer, document(4, a2), updated(7, { lines: a1b1 })])
    expect(Object.keys(changed.order?.attention ?? {})).toEqual(['changed-after-assembly'])
  })

  test('and of two that came in the same moment the same one, in whichever order they are recorded', () => {
    const [one, other] = [updated(1, { lines: a2b1 }), updated(1, { lines: a2 })]
    const [first, second] = [
      [one, other],
      [other, one],
    ].map((recorded) => {
      const world = live([placed(0), ...recorded, document(4, a2b1)])
      expect(linesAsOf(world.order!, '9')).toEqual(bodyOf(world)?.lines)
      return [bodyOf(world)?.lines, checkComposition(world.order!, defaultPolicy)]
    })
    expect(first).toEqual(second)
  })

  test('and of two that happened in the same moment the one that reached us later', () => {
    const occurredAt = '2026-01-01T10:00:30.000Z'
    const first = { ...updated(1, { lines: a2b1 }), dedupKey: 'z', occurredAt }
    const second = { ...updated(2, { lines: a2 }), dedupKey: 'a', occurredAt }
    expect(bodyOf(live([placed(0), second, first]))?.lines).toEqual(a2)
  })
})
