import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkComposition } from '../src/composition.ts'
import {
  applyEvent,
  currentBody,
  defaultPolicy,
  type EventEnvelope,
  type Fulfilment,
  type Order,
  type OrderEvent,
  type OrderRef,
} from '../src/index.ts'
import { createWorld, envelopeOf, pickupCode, traits, type World } from './world.ts'

const lines = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 1 },
]
const flows: Fulfilment[] = ['marketplace-delivery', 'pickup', 'merchant-delivery']

/** What the customer still changes, told by an update or found by the catch-up; minutes ago, where the sender says when. */
const change = fc.record({
  after: fc.integer({ min: 1, max: 14 }),
  isSeen: fc.boolean(),
  lines: fc.constantFrom(undefined, lines, lines.slice(0, 1), [{ sku: 'a', quantity: 3 }], [...lines].reverse()),
  comment: fc.constantFrom(undefined, 'x', 'y'),
  to: fc.constantFrom(undefined, '2026-01-01T15:00:00Z', '2026-01-01T16:00:00Z'),
  ago: fc.constantFrom(undefined, 0, 1, 4),
})

/** Everything the world says about one order, as it happens when nothing goes wrong, up to some point, with or without a cancellation. */
const history = fc
  .record({
    flow: fc.constantFrom(...flows),
    isRestaurant: fc.boolean(),
    codeFirst: fc.boolean(),
    changes: fc.array(change, { maxLength: 4 }),
    skipsStart: fc.boolean(),
    length: fc.integer({ min: 1, max: 14 }),
    cancelledAfter: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
  })
  .map((choice) => {
    const shipmentMethod = choice.flow === 'pickup' ? 'pickup' : 'by_courier'
    const courier: OrderEvent[] = [
      { type: 'courier.assigned', courier: { name: 'C' } },
      { type: 'courier.arrived', courier: { name: 'C' } },
    ]
    const own: OrderEvent[] = [
      { type: 'delivery.estimated', estimatedAt: '2026-01-01T12:00:00Z' },
      { type: 'delivery.started' },
      { type: 'delivery.finished' },
    ]
    const theirs: OrderEvent[] = [{ type: 'order.taken' }, { type: 'order.delivering' }, { type: 'order.delivered' }]
    const all: OrderEvent[] = [
      { type: 'order.placed', order: { storeId: 's', lines, shipmentMethod } },
      ...(choice.skipsStart ? [] : [{ type: 'assembly.started' } as const]),
      ...(choice.flow === 'marketplace-delivery' ? courier : []),
      { type: 'line.picked', line: { sku: 'a', quantity: 1 } },
      { type: 'assembly.finished' },
      { type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] },
      { type: 'order.paid', amount: '10.00' },
      ...(choice.flow === 'marketplace-delivery'
        ? theirs
        : choice.flow === 'pickup'
          ? [{ type: 'order.issued', code: pickupCode } as const]
          : own),
    ]
    const before = { storeId: 's', lines, shipmentMethod }
    const wish = ({ lines, comment, to }: Change) => ({
      ...(lines && { lines }),
      ...(comment !== undefined && { comment }),
      ...(to !== undefined && { deliveryWindow: { to } }),
    })
    const toEvent = (change: Change): OrderEvent =>
      change.isSeen
        ? { type: 'order.placed', order: { ...before, ...wish(change) } }
        : { type: 'order.updated', changes: wish(change) }
    const told = all
      .slice(0, choice.length)
      .flatMap((event, i) => [
        { event },
        ...choice.changes.filter(({ after }) => after === i + 1).map((change) => ({ event: toEvent(change), change })),
      ])
    const cancelAt = choice.cancelledAfter
    // Kuper cancels only what has not left the store yet; then nothing more comes from it or the store.
    const firstGone = told.findIndex(({ event: { type } }) =>
      ['order.taken', 'order.issued', 'delivery.started'].includes(type),
    )
    if (cancelAt === undefined || (firstGone >= 0 && cancelAt >= firstGone)) return { choice, told, isCancelled: false }
    const cancelled: Told = { event: { type: 'order.cancelled', reason: 'r' } }
    return { choice, told: [...told.slice(0, cancelAt), cancelled, ...told.slice(0, 1)], isCancelled: true }
  })
  .map(({ choice, told, isCancelled }) => ({
    choice,
    isCancelled,
    events: told.map(({ event, change }: Told, i): EventEnvelope => {
      // Two in the same moment: nothing but the stamp may decide.
      const minute = Math.floor(i / 2)
      if (!change) return envelopeOf(event, `${event.type}/${JSON.stringify(event)}`, 'marketplace', minute)
      const { isSeen, ago } = change
      const envelope = envelopeOf(event, `change/${i}`, isSeen ? 'catch-up' : 'marketplace', minute)
      if (isSeen || ago === undefined) return envelope
      return { ...envelope, occurredAt: new Date(Date.parse(envelope.receivedAt) - ago * 60_000).toISOString() }
    }),
  }))

type Change = typeof change extends fc.Arbitrary<infer C> ? C : never
interface Told {
  event: OrderEvent
  change?: Change
}
type History = { choice: { flow: Fulfilment; isRestaurant: boolean; codeFirst: boolean }; events: EventEnvelope[] }

function runHistory({ choice }: History, events: EventEnvelope[], steps: () => number): World {
  const run = createWorld({
    flow: choice.flow,
    policy: {
      isRestaurant: choice.isRestaurant,
      pickupCode: { madeBy: 'us', sent: choice.codeFirst ? 'before-ready' : 'after-ready' },
    },
  })
  for (const event of events) {
    run.deliver(event)
    for (let i = steps(); i > 0 && run.perform((n) => steps() % Math.max(1, n)); i--);
  }
  run.performAll()
  return run.world
}

/** The order without its bookkeeping: what must not depend on the order of arrival. */
function facts(order: Order | undefined) {
  if (!order) return undefined
  const { status, payment, courier, milestones, paidAmount, picks, composition, handedOver, cancellation } = order
  return {
    body: currentBody(order),
    status,
    payment,
    courier,
    milestones,
    paidAmount,
    picks,
    composition,
    // Against what was ordered as far as we knew.
    checked: checkComposition(order, defaultPolicy),
    handedOver,
    byMarketplace: cancellation.byMarketplace,
    // Whether a correction came too late depends on when we told.
    attention: Object.keys(order.attention).filter((code) => code !== 'composition-late'),
  }
}

function outside({ marketplace, stock, reports }: World, isCancelled: boolean) {
  // Of a cancelled order only the end counts: how far we had reported depends on when the news reached us.
  if (isCancelled) return { isStockFree: stock.state !== 'held' }
  // An estimate that comes after the delivery has nobody to tell.
  const lasting = reports.filter((step) => step !== 'estimated_delivery').sort()
  return { marketplace: marketplace.state, reports: lasting, isStockHeld: stock.state === 'held' }
}

describe('confluence', () => {
  test('any arrival order and any duplication of the events ends in the same order and the same world, legally', () => {
    fc.assert(
      fc.property(
        history,
        fc.infiniteStream(fc.nat(9)),
        fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
        (told, stream, shuffle) => {
          const straight = runHistory(told, told.events, () => 3)
          const shuffled = [...told.events, ...told.events]
            .map((event, i) => ({ event, rank: shuffle[i % shuffle.length] ?? 0 }))
            .sort((a, b) => a.rank - b.rank)
            .map(({ event }) => event)
          const wild = runHistory(told, shuffled, () => stream.next().value ?? 0)

          expect(straight.violations).toEqual([])
          expect(wild.violations).toEqual([])
          expect(facts(wild.order)).toEqual(facts(straight.order))
          expect(outside(wild, told.isCancelled)).toEqual(outside(straight, told.isCancelled))
        },
      ),
      { numRuns: 1_500 },
    )
  })

  test('a cancelled order whose goods are in the store never keeps a reservation', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat(9)), fc.nat(), (told, stream, at) => {
        const untilGone = told.events.filter(
          ({ event }) =>
            ![
              'order.taken',
              'order.delivering',
              'order.delivered',
              'order.issued',
              'delivery.started',
              'delivery.finished',
            ].includes(event.type),
        )
        const cancel = envelopeOf({ type: 'order.cancelled' }, 'late cancel', 'marketplace', 50)
        const events = [...untilGone]
        events.splice(at % (events.length + 1), 0, cancel)
        const world = runHistory(told, events, () => stream.next().value ?? 0)
        expect(world.violations).toEqual([])
        expect(world.order?.status).toBe('cancelled')
        expect(world.stock.state).not.toBe('held')
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('totality', () => {
  const ref: OrderRef = { id: 'o', marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' }
  const anyEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
    fc.constantFrom<OrderEvent>(
      { type: 'order.placed', order: { storeId: 's', lines } },
      { type: 'order.placed', order: { storeId: 's', lines: lines.slice(0, 1), shipmentMethod: 'pickup' } },
      { type: 'order.updated', changes: { shipmentMethod: 'pickup' } },
      { type: 'order.updated', changes: { shipmentMethod: 'by_courier', lines } },
      { type: 'order.paid' },
      { type: 'courier.assigned', courier: {} },
      { type: 'courier.arrived', courier: { name: 'D' } },
      { type: 'order.taken' },
      { type: 'order.delivering' },
      { type: 'order.delivered' },
      { type: 'order.cancelled' },
      { type: 'marketplace.noted', name: 'x' },
      { type: 'assembly.started' },
      { type: 'line.picked', line: { sku: 'b', quantity: 0 } },
      { type: 'assembly.finished' },
      { type: 'composition.finalised' },
      { type: 'composition.finalised', lines: [{ sku: 'zz', quantity: 9 }] },
      { type: 'pickup-code.created', code: '1' },
      { type: 'order.issued', code: pickupCode },
      { type: 'order.issued' },
      { type: 'delivery.estimated', estimatedAt: 'soon' },
      { type: 'delivery.started' },
      { type: 'delivery.finished', lines: [] },
      { type: 'cancellation.requested', reason: 'out_of_stock' },
      { type: 'return.decided', returnId: '1', decision: { kind: 'refund' } },
      { type: 'attention.resolved', code: 'effect-dead', finding: 'x', by: 'me' },
    ),
    fc.record({
      type: fc.constantFrom(
        'stock.released',
        'stock.already-used',
        'goods.taken-back',
        'report.sent',
        'report.moot',
        'report.declined',
        'news.told',
        'deadline.passed',
      ),
      key: fc.constantFrom(
        'reserve-stock',
        'release-stock',
        'take-back-goods',
        'notify-marketplace/in_work',
        'notify-marketplace/ready',
        'notify-marketplace/canceled',
        'watch-deadline/assembly-start',
        'nonsense',
      ),
    }) as fc.Arbitrary<OrderEvent>,
    fc.record({
      type: fc.constant('effect.died'),
      key: fc.constantFrom('reserve-stock', 'notify-marketplace/in_work'),
      reason: fc.string(),
    }) as fc.Arbitrary<OrderEvent>,
    fc.record({
      type: fc.constant('effect.revived'),
      key: fc.constantFrom('reserve-stock', 'notify-marketplace/in_work'),
      by: fc.string(),
    }) as fc.Arbitrary<OrderEvent>,
  )

  test('every pair of order and event has a decision: the version steps by one, positions are unique, no effect is planned twice', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 30 }),
        fc.constantFrom(...flows),
        fc.boolean(),
        (events, flow, isRestaurant) => {
          const policy = {
            ...defaultPolicy,
            kind: flow === 'merchant-delivery' ? flow : ('marketplace-delivery' as const),
            isRestaurant,
          }
          let order: Order | undefined
          const keys = new Set<string>()
          events.forEach((event, i) => {
            const before = JSON.stringify(order)
            const applied = applyEvent(order, ref, envelopeOf(event, `d${i}`, 'marketplace', i), () => ({
              policy,
              pickupCode,
              traits,
            }))
            expect(JSON.stringify(order)).toBe(before)
            expect(applied.order.version).toBe(i + 1)
            for (const { key } of applied.planned) {
              expect(keys.has(key)).toBe(false)
              keys.add(key)
            }
            const positions = Object.values(applied.order.effects).map(({ seq }) => seq)
            expect(new Set(positions).size).toBe(positions.length)
            order = applied.order
          })
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
