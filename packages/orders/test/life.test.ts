import { describe, expect, test } from 'vitest'
import type { OrderEvent, PlacedOrder } from '../src/index.ts'
import { createWorld, envelopeOf, pickupCode, type WorldOptions } from './world.ts'

const body: PlacedOrder = {
  storeId: 's1',
  lines: [
    { sku: 'a', quantity: 2, price: '10.00' },
    { sku: 'b', quantity: 1, price: '5.50' },
  ],
  shipmentMethod: 'by_courier',
}
const placed: OrderEvent = { type: 'order.placed', order: body }
const placedForPickup: OrderEvent = { type: 'order.placed', order: { ...body, shipmentMethod: 'pickup' } }
const started: OrderEvent = { type: 'assembly.started' }
const composed: OrderEvent = { type: 'composition.finalised' }
const cancelledByKuper: OrderEvent = { type: 'order.cancelled', reason: 'customer_request' }
const cancelWanted: OrderEvent = { type: 'cancellation.requested', reason: 'store_closed' }

/** Lives through the events one by one, performing all effects in between. */
function live(events: OrderEvent[], options?: WorldOptions) {
  const run = createWorld(options)
  events.forEach((event, i) => {
    run.deliver(envelopeOf(event, `e${i}`, 'marketplace', i))
    run.performAll()
  })
  return run.world
}

describe('the scenarios of the design', () => {
  test.each<
    [string, OrderEvent[], WorldOptions, { status: string; reports: string[]; stock: string; payment?: string }]
  >([
    [
      'D: Kuper delivers',
      [
        placed,
        started,
        { type: 'courier.assigned', courier: { name: 'C' } },
        { type: 'courier.arrived', courier: {} },
        { type: 'assembly.finished' },
        composed,
        { type: 'order.paid' },
        { type: 'order.taken' },
        { type: 'order.delivering' },
        { type: 'order.delivered' },
      ],
      {},
      { status: 'delivered', reports: ['in_work', 'assembled', 'ready'], stock: 'held', payment: 'paid' },
    ],
    [
      'P: the customer picks up, code after ready',
      [placedForPickup, started, composed, { type: 'order.paid' }, { type: 'order.issued', code: pickupCode }],
      { flow: 'pickup' },
      { status: 'delivered', reports: ['in_work', 'assembled', 'ready', 'pickup_code', 'delivered'], stock: 'held' },
    ],
    [
      'P: the code goes out before ready',
      [placedForPickup, started, composed, { type: 'order.issued', code: pickupCode }],
      { flow: 'pickup', policy: { pickupCode: { madeBy: 'us', sent: 'before-ready' } } },
      { status: 'delivered', reports: ['in_work', 'assembled', 'pickup_code', 'ready', 'delivered'], stock: 'held' },
    ],
    [
      "P: ready waits for the back office's code where it must go first",
      [placedForPickup, started, composed, { type: 'pickup-code.created', code: '77' }, { type: 'order.issued' }],
      { flow: 'pickup', policy: { pickupCode: { madeBy: 'back-office', sent: 'before-ready' } } },
      { status: 'delivered', reports: ['in_work', 'assembled', 'pickup_code', 'ready', 'delivered'], stock: 'held' },
    ],
    [
      'M: the merchant delivers',
      [
        placed,
        started,
        composed,
        { type: 'order.paid' },
        { type: 'delivery.estimated', estimatedAt: '2026-01-01T12:00:00Z' },
        { type: 'delivery.started' },
        { type: 'delivery.finished' },
      ],
      { flow: 'merchant-delivery' },
      {
        status: 'delivered',
        reports: ['in_work', 'assembled', 'ready', 'estimated_delivery', 'delivering', 'delivered'],
        stock: 'held',
      },
    ],
    [
      'R: a restaurant accepts first',
      [placed, started, composed, { type: 'order.delivered' }],
      { policy: { isRestaurant: true, sendAssembled: false } },
      { status: 'delivered', reports: ['accepted', 'in_work', 'ready'], stock: 'held' },
    ],
    ['X: out of stock', [placed], { available: 1 }, { status: 'cancelled', reports: ['canceled'], stock: 'free' }],
    [
      'short stock, but the store goes on with what there is',
      [placed, composed],
      { available: 1, policy: { onShort: 'partial' } },
      { status: 'ready', reports: ['in_work', 'assembled', 'ready'], stock: 'held' },
    ],
    [
      'a skipped in_work is filled in',
      [placed, composed],
      {},
      { status: 'ready', reports: ['in_work', 'assembled', 'ready'], stock: 'held' },
    ],
    [
      'every line missing cancels',
      [placed, started, { type: 'composition.finalised', lines: [{ sku: 'a', quantity: 0 }] }],
      {},
      {
        status: 'cancelled',
        reports: ['in_work', 'canceled'],
        stock: 'returned',
      },
    ],
    [
      'C: cancelled by Kuper before it was created',
      [cancelledByKuper, placed, started, composed],
      {},
      { status: 'cancelled', reports: [], stock: 'free' },
    ],
    [
      'C: cancelled by Kuper while held',
      [placed, cancelledByKuper],
      {},
      { status: 'cancelled', reports: [], stock: 'free' },
    ],
    [
      'C: cancelled by Kuper after assembly',
      [placed, started, composed, { type: 'order.paid' }, cancelledByKuper],
      {},
      { status: 'cancelled', reports: ['in_work', 'assembled', 'ready'], stock: 'returned', payment: 'refunding' },
    ],
    [
      'C: cancelled by Kuper after the courier took it: nothing to take back',
      [placed, composed, { type: 'order.taken' }, cancelledByKuper],
      {},
      { status: 'cancelled', reports: ['in_work', 'assembled', 'ready'], stock: 'held' },
    ],
    [
      'C: cancelled by the merchant while held',
      [placed, cancelWanted],
      {},
      { status: 'cancelled', reports: ['canceled'], stock: 'free' },
    ],
    [
      'C: cancelled by the merchant after assembly',
      [placed, started, composed, cancelWanted],
      {},
      { status: 'cancelled', reports: ['in_work', 'assembled', 'ready', 'canceled'], stock: 'returned' },
    ],
    [
      'C: cancelled by the merchant on its own way',
      [placed, composed, { type: 'delivery.started' }, cancelWanted],
      { flow: 'merchant-delivery' },
      { status: 'cancelled', reports: ['in_work', 'assembled', 'ready', 'delivering', 'canceled'], stock: 'returned' },
    ],
    [
      'C: the merchant may not cancel what the courier has',
      [placed, composed, { type: 'order.taken' }, cancelWanted, { type: 'order.delivered' }],
      {},
      { status: 'delivered', reports: ['in_work', 'assembled', 'ready'], stock: 'held' },
    ],
  ])('%s', (_, events, options, expected) => {
    const world = live(events, options)
    expect(world.violations).toEqual([])
    expect({ status: world.order?.status, reports: world.reports, stock: world.stock.state }).toEqual({
      status: expected.status,
      reports: expected.reports,
      stock: expected.stock,
    })
    if (expected.payment) expect(world.order?.payment).toBe(expected.payment)
  })
})

describe('rules', () => {
  test('a wrong code at the counter is refused and told, the right one hands the goods out', () => {
    const world = live([placedForPickup, composed, { type: 'order.issued', code: '0000' }, { type: 'order.issued' }], {
      flow: 'pickup',
    })
    expect(world.verdicts.slice(-3)).toContain('refused')
    expect(world.order?.status).toBe('ready')
    expect(world.news.filter((type) => type === 'issue.refused')).toHaveLength(2)
    expect(world.reports).not.toContain('delivered')
  })

  test('guessing codes at the counter calls for a person, again at each doubling, and also after a lucky guess', () => {
    const guesses = Array.from({ length: 6 }, (_, i): OrderEvent => ({ type: 'order.issued', code: `000${i}` }))
    const world = live([placedForPickup, composed, ...guesses, { type: 'order.issued', code: pickupCode }], {
      flow: 'pickup',
    })
    expect(world.order?.attention).toEqual({ 'wrong-codes': '5 wrong pickup codes or more were tried at the counter' })
    expect(live([placedForPickup, composed, ...guesses.slice(2)], { flow: 'pickup' }).order?.attention).toEqual({})
  })

  test('a clock that runs ahead does not win for ever', () => {
    const run = createWorld()
    run.deliver(envelopeOf(placed, 'p', 'marketplace'))
    const ahead = {
      ...envelopeOf({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }, 'c1', 'back-office', 1),
      occurredAt: '2150-01-01T00:00:00Z',
    }
    run.deliver(ahead)
    run.deliver(
      envelopeOf({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 2 }] }, 'c2', 'back-office', 2),
    )
    expect(run.world.order?.composition?.value.lines).toEqual([{ sku: 'a', quantity: 2 }])
  })

  test('a hand-over that overtakes the document counts once the goods are composed', () => {
    const world = live(
      [placedForPickup, { type: 'order.issued', code: pickupCode, lines: [{ sku: 'a', quantity: 1 }] }, composed],
      { flow: 'pickup' },
    )
    expect(world.order?.status).toBe('delivered')
    expect(world.reports.at(-1)).toBe('delivered')
  })

  test('changed goods are reserved anew and told, an unchanged update is not', () => {
    const world = live([
      placed,
      { type: 'order.updated', changes: { lines: [{ sku: 'a', quantity: 1 }] } },
      { type: 'order.updated', changes: { lines: [{ sku: 'a', quantity: 1 }] } },
    ])
    expect(world.stock.lines).toBe('[{"sku":"a","quantity":1}]')
    expect(Object.keys(world.order?.effects ?? {})).toEqual(
      expect.arrayContaining(['reserve-stock', 'reserve-stock#2']),
    )
    expect(Object.keys(world.order?.effects ?? {})).not.toContain('reserve-stock#3')
    expect(world.news).toEqual(['order.updated'])
  })

  test('an order that nobody changed is told as it was reserved, and never as updated', () => {
    expect(live([placed, started, composed, { type: 'order.paid' }]).news).toEqual(['order.paid'])
  })

  test('an order that changes to pickup gets a code, one that changes back needs none', () => {
    const toPickup: OrderEvent = { type: 'order.updated', changes: { shipmentMethod: 'pickup' } }
    expect(live([placed, toPickup, composed]).reports).toEqual(['in_work', 'assembled', 'ready', 'pickup_code'])
    expect(
      live([placedForPickup, { type: 'order.updated', changes: { shipmentMethod: 'by_courier' } }, composed]).reports,
    ).toEqual(['in_work', 'assembled', 'ready'])
  })

  test.each([
    ['more than ordered', [{ sku: 'a', quantity: 3 }], {}, true],
    ['an article nobody ordered', [{ sku: 'z', quantity: 1 }], {}, true],
    ['a replacement where it is not allowed', [{ sku: 'a', quantity: 2, replacedBy: 'c' }], {}, true],
    [
      'a replacement where it is allowed',
      [{ sku: 'a', quantity: 2, replacedBy: 'c' }],
      { allowReplacement: true },
      false,
    ],
    ['fewer than ordered', [{ sku: 'a', quantity: 1 }], {}, false],
  ])('a composition with %s', (_, lines, policy, isRefused) => {
    const world = live([placed, { type: 'composition.finalised', lines }], { policy })
    expect(world.reports.includes('ready')).toBe(!isRefused)
    expect(world.news.includes('composition.refused')).toBe(isRefused)
    expect('composition-refused' in (world.order?.attention ?? {})).toBe(isRefused)
  })

  test('the composition of a weighed line may exceed the order, and two lots of an article become one line', () => {
    const run = createWorld()
    const lines = [
      { sku: 'w', quantity: 1, weightGrams: '1000' },
      { sku: 'a', quantity: 2 },
    ]
    run.deliver(envelopeOf({ type: 'order.placed', order: { ...body, lines } }, 'p', 'marketplace'))
    const codes = ['01\u001d93x', '02\u001d93y']
    const picked = [
      { sku: 'w', quantity: 1.2, weightGrams: '1200.5' },
      { sku: 'a', quantity: 1, markingCodes: [codes[0] ?? ''] },
      { sku: 'a', quantity: 1, markingCodes: [codes[1] ?? ''] },
    ]
    run.deliver(envelopeOf({ type: 'composition.finalised', lines: picked }, 'c', 'back-office'))
    expect(run.world.effects.get('notify-marketplace/ready')?.payload).toEqual({
      step: 'ready',
      composition: {
        changed: true,
        lines: [
          { sku: 'w', quantity: 1.2, weightGrams: '1200.5', originalQuantity: 1 },
          { sku: 'a', quantity: 2, markingCodes: codes, originalQuantity: 2 },
        ],
      },
    })
  })

  test('goods whose sales document overtook the release are taken back once the document says which', () => {
    const run = createWorld()
    run.deliver(envelopeOf(placed, 'p', 'marketplace'))
    run.performAll()
    run.deliver(envelopeOf(cancelledByKuper, 'c', 'marketplace', 1))
    run.settle('release-stock', { kind: 'already-used' })
    run.performAll()
    expect(run.world.stock.state).toBe('held')
    run.deliver(
      envelopeOf({ type: 'composition.finalised', lines: [{ sku: 'a', quantity: 1 }] }, 'd', 'back-office', 2),
    )
    run.performAll()
    expect(run.world.effects.get('take-back-goods')?.payload).toMatchObject({ lines: [{ sku: 'a', quantity: 1 }] })
    expect(run.world.stock.state).toBe('returned')
  })

  test('a cancellation that the marketplace declines lets the dropped reports go out after all', () => {
    const run = createWorld({ flow: 'merchant-delivery' })
    for (const [i, event] of [placed, composed].entries()) run.deliver(envelopeOf(event, `e${i}`, 'marketplace', i))
    run.performAll()
    run.deliver(envelopeOf({ type: 'delivery.started' }, 's', 'back-office', 3))
    run.deliver(envelopeOf(cancelWanted, 'c', 'back-office', 4))
    expect(run.world.order?.effects['notify-marketplace/delivering']?.status).toBe('dropped')
    run.settle('notify-marketplace/canceled', { kind: 'declined', state: 'shipping' })
    run.performAll()
    expect(run.world.reports).toEqual(['in_work', 'assembled', 'ready', 'delivering'])
    expect(run.world.order?.attention).toHaveProperty('cancellation-declined')
    expect(run.world.violations).toEqual([])
  })

  test('a dead report blocks its lane and no other, and goes on when it is revived', () => {
    const run = createWorld()
    for (const [i, event] of [placed, composed].entries()) run.deliver(envelopeOf(event, `e${i}`, 'marketplace', i))
    run.settle('notify-marketplace/in_work', { kind: 'refused', fault: 'ours', detail: '405' })
    run.performAll()
    expect(run.world.reports).toEqual([])
    expect(run.world.stock.state).toBe('held')
    expect(run.world.order?.attention).toHaveProperty('effect-dead')
    run.deliver(envelopeOf({ type: 'effect.revived', key: 'notify-marketplace/in_work', by: 'op' }, 'r', 'operator', 5))
    run.performAll()
    expect(run.world.reports).toEqual(['in_work', 'assembled', 'ready'])
    expect(run.world.order?.attention).toEqual({})
  })

  test('a store that does not begin in time calls for a person, until it begins', () => {
    const run = createWorld()
    run.deliver(envelopeOf(placed, 'p', 'marketplace'))
    run.settle('watch-deadline/assembly-start', { kind: 'done' })
    expect(run.world.order?.attention).toHaveProperty('assembly-not-started')
    run.deliver(envelopeOf(started, 's', 'back-office', 9))
    expect(run.world.order?.attention).toEqual({})
  })

  test('an alarm that a person has resolved is silent, until something else is found', () => {
    const run = createWorld()
    for (const [i, event] of [placed, composed].entries()) run.deliver(envelopeOf(event, `e${i}`, 'marketplace', i))
    run.settle('notify-marketplace/in_work', { kind: 'refused', fault: 'ours', detail: '405' })
    const finding = run.world.order?.attention['effect-dead'] ?? ''
    run.deliver(envelopeOf({ type: 'attention.resolved', code: 'effect-dead', finding, by: 'op' }, 'r', 'operator', 5))
    expect(run.world.order?.attention).toEqual({})
    run.settle('reserve-stock', { kind: 'refused', fault: 'ours', detail: '400' })
    expect(run.world.order?.attention).toHaveProperty('effect-dead')
  })

  test('goods that left before the cancellation call for a person', () => {
    expect(live([placed, composed, { type: 'order.taken' }, cancelledByKuper]).order?.attention).toHaveProperty(
      'cancelled-after-leaving',
    )
  })
})
