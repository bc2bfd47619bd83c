import { expect, test } from 'vitest'
import { currentBody, type OrderEvent, type Outcome, type PlacedOrder } from '../src/index.ts'
import { createWorld, envelopeOf, pickupCode, type World, type WorldOptions } from './world.ts'

/** An event, everything that can be performed, or the end of one attempt, which may be at an effect that was taken back. */
type Step = OrderEvent | 'perform' | [key: string, Outcome] | Late
/** Reached us in that minute, and is recorded only now. */
type Late = { late: OrderEvent; minute: number }

const a2b1 = [
  { sku: 'a', quantity: 2 },
  { sku: 'b', quantity: 1 },
]
const a1b1 = [{ sku: 'a', quantity: 1 }, ...a2b1.slice(1)]
const a2 = a2b1.slice(0, 1)
const body: PlacedOrder = { storeId: 's', lines: a2b1, shipmentMethod: 'by_courier' }
const placed: OrderEvent = { type: 'order.placed', order: body }
const placedForPickup: OrderEvent = { type: 'order.placed', order: { ...body, shipmentMethod: 'pickup' } }
const toPickup: OrderEvent = { type: 'order.updated', changes: { shipmentMethod: 'pickup' } }
const toCourier: OrderEvent = { type: 'order.updated', changes: { shipmentMethod: 'by_courier' } }
const silent: OrderEvent = { type: 'composition.finalised' }
const cancelled: OrderEvent = { type: 'order.cancelled', reason: 'r' }
const cancelWanted: OrderEvent = { type: 'cancellation.requested', reason: 'store_closed' }
const issued: OrderEvent = { type: 'order.issued', code: pickupCode }
const dies: Outcome = { kind: 'refused', fault: 'data', detail: '422' }
const done: Outcome = { kind: 'done' }

const want = (lines: PlacedOrder['lines']): OrderEvent => ({ type: 'order.updated', changes: { lines } })
const document = (lines: PlacedOrder['lines']): OrderEvent => ({ type: 'composition.finalised', lines })
const pick = (sku: string, quantity: number): OrderEvent => ({ type: 'line.picked', line: { sku, quantity } })
const report = (step: string) => `notify-marketplace/${step}`

function live(steps: Step[], options: WorldOptions = {}): World {
  const run = createWorld(options)
  steps.forEach((step, i) => {
    if (step === 'perform') run.performAll()
    else if (Array.isArray(step)) run.settle(...step)
    else if ('late' in step) run.deliver(envelopeOf(step.late, `e${i}`, 'marketplace', step.minute))
    else run.deliver(envelopeOf(step, `e${i}`, 'marketplace', i))
  })
  return run.world
}

/** Status of an effect as the order knows it; undefined when it was never planned. */
const statusOf = (world: World, key: string) => world.order?.effects[key]?.status

/** What was reported to have been put together: `a2 b1`. */
function composed(world: World, key: string): string | undefined {
  const payload = world.effects.get(key)?.payload
  if (!payload || !('composition' in payload) || !payload.composition) return undefined
  return payload.composition.lines.map(({ sku, quantity }) => `${sku}${quantity}`).join(' ')
}

function takenBack(world: World, key: string): string | undefined {
  const effect = world.effects.get(key)
  return effect?.kind === 'take-back-goods' ? listGoods(effect.payload.lines) : undefined
}

function listGoods(lines: { sku: string; quantity: number }[]): string {
  return lines.map(({ sku, quantity }) => `${sku}${quantity}`).join(' ')
}

/** Each was found as a defect; the expectation is read off the world after the last step. */
test.each<[string, WorldOptions, Step[], (world: World) => unknown, unknown]>([
  [
    'a dead report does not block a cancellation',
    {},
    [placed, 'perform', document(a2b1), [report('in_work'), dies], cancelWanted, 'perform'],
    ({ order, reports, stock }) => [order?.status, reports, stock.state],
    ['cancelled', ['canceled'], 'returned'],
  ],
  [
    'a dead reservation does not block the release of a cancelled order',
    {},
    [placed, ['reserve-stock', dies], cancelled, 'perform'],
    (world) => [statusOf(world, 'reserve-stock'), statusOf(world, 'release-stock'), world.order?.attention],
    ['dropped', 'done', {}],
  ],
  [
    'a dead reservation makes room for the one of changed goods',
    {},
    [placed, ['reserve-stock', dies], want(a2), 'perform'],
    ({ order, stock }) => [order?.reservation.state, stock.lines],
    ['held', JSON.stringify(a2)],
  ],
  [
    'a dead effect that nobody wants any more is not revived',
    {},
    [placed, ['reserve-stock', dies], cancelled, { type: 'effect.revived', key: 'reserve-stock', by: 'op' }, 'perform'],
    (world) => [statusOf(world, 'reserve-stock'), world.stock.state],
    ['dropped', 'free'],
  ],
  [
    'only what is dead can be revived',
    {},
    [placed, 'perform', { type: 'effect.revived', key: 'reserve-stock', by: 'op' }],
    (world) => [world.verdicts.at(-1), statusOf(world, 'reserve-stock')],
    ['ignored', 'done'],
  ],
  [
    'the same effect that dies again calls again',
    {},
    [
      placed,
      ['reserve-stock', dies],
      { type: 'attention.resolved', code: 'effect-dead', finding: 'reserve-stock', by: 'op' },
      { type: 'effect.revived', key: 'reserve-stock', by: 'op' },
      ['reserve-stock', dies],
    ],
    ({ order }) => order?.attention,
    { 'effect-dead': 'reserve-stock' },
  ],
  [
    'an order that left the store although nobody said it was begun is no order that was not begun',
    {},
    [
      placed,
      'perform',
      { type: 'deadline.passed', key: 'watch-deadline/assembly-start' },
      { type: 'order.taken' },
      { type: 'order.delivered' },
    ],
    ({ order }) => [order?.status, order?.attention],
    ['delivered', {}],
  ],
  [
    'an order for a later day has until then to be begun',
    {},
    [
      placed,
      'perform',
      { type: 'deadline.passed', key: 'watch-deadline/assembly-start' },
      {
        type: 'order.updated',
        changes: { deliveryWindow: { from: '2026-01-02T12:00:00Z', to: '2026-01-02T14:00:00Z' } },
      },
    ],
    ({ order }) => order?.attention,
    {},
  ],
  [
    'a second death calls again, although a person has resolved the first',
    {},
    [
      placed,
      'perform',
      document(a2b1),
      [report('in_work'), dies],
      { type: 'attention.resolved', code: 'effect-dead', finding: report('in_work'), by: 'op' },
      { type: 'effect.revived', key: report('in_work'), by: 'op' },
      [report('in_work'), done],
      [report('assembled'), dies],
    ],
    ({ order }) => order?.attention,
    { 'effect-dead': report('assembled') },
  ],
  [
    'a cancellation that still waits is withdrawn once the goods are handed over',
    { flow: 'pickup' },
    [placedForPickup, 'perform', document(a2b1), 'perform', cancelWanted, issued, 'perform'],
    ({ order, reports, news }) => [order?.status, reports.at(-1), news.at(-1)],
    ['delivered', 'delivered', 'cancellation.declined'],
  ],
  [
    'a silent document of a partial reservation reports what was reserved',
    { available: 1, policy: { onShort: 'partial' } },
    [placed, 'perform', silent, 'perform'],
    (world) => composed(world, report('ready')),
    'a1 b1',
  ],
  [
    "a silent document that overtakes the reservation's answer waits for it",
    { policy: { onShort: 'partial' } },
    [placed, silent, [report('in_work'), done], ['reserve-stock', { kind: 'reserved', lines: a1b1 }]],
    (world) => [composed(world, report('ready')), world.order?.attention],
    ['a1 b1', {}],
  ],
  [
    'a silent document of changed goods is not held against the goods before the change',
    {},
    [placed, 'perform', want(a1b1), silent, ['reserve-stock#2', { kind: 'reserved', lines: a1b1 }], 'perform'],
    (world) => [composed(world, report('ready')), world.news],
    ['a1 b1', ['order.updated']],
  ],
  [
    'a silent document nobody can read, because the answer was lost, is sent back to the store',
    { policy: { onShort: 'partial' } },
    [placed, ['reserve-stock', { kind: 'already-done' }], silent, 'perform'],
    (world) => [world.news, statusOf(world, report('ready')), Object.keys(world.order?.attention ?? {})],
    [['composition.refused'], undefined, ['composition-refused']],
  ],
  [
    'a lost answer of an all-or-nothing reservation leaves no doubt: a silent document means as ordered',
    {},
    [placed, ['reserve-stock', { kind: 'already-done' }], silent, 'perform'],
    (world) => composed(world, report('ready')),
    'a2 b1',
  ],
  [
    'a silent document made before changed goods were reserved means the goods before the change',
    {},
    [placed, 'perform', want(a1b1), silent, ['reserve-stock#2', { kind: 'already-used' }], 'perform'],
    ({ order }) => order?.attention['composition-refused'],
    'a: 2 is more than the 1 ordered',
  ],
  [
    'an article that was picked and then taken out of the order again is put back',
    {},
    [placed, 'perform', pick('b', 1), want(a2), 'perform', pick('a', 2), silent, 'perform'],
    (world) => composed(world, report('ready')),
    'a2',
  ],
  [
    'whether a picked article was put back, a silent document tells only with the answer to the changed reservation',
    {},
    [placed, 'perform', pick('b', 1), pick('a', 2), want(a2), silent, ['reserve-stock#2', { kind: 'already-used' }]],
    (world) => [statusOf(world, report('ready')), world.order?.attention['composition-refused']?.split(';')[0]],
    [undefined, 'b: was not ordered; name the ordered article and put the other one in replacedBy'.split(';')[0]],
  ],
  [
    'a correction before ready is sent replaces it',
    {},
    [placed, 'perform', document(a2b1), document(a1b1), 'perform'],
    (world) => [statusOf(world, report('ready')), composed(world, report('ready#2')), world.reports],
    ['dropped', 'a1 b1', ['in_work', 'assembled', 'ready']],
  ],
  [
    'a refused correction before ready is sent holds it and what follows back',
    { flow: 'merchant-delivery' },
    [
      placed,
      'perform',
      document(a2b1),
      { type: 'delivery.started' },
      document([{ sku: 'z', quantity: 1 }]),
      'perform',
      document(a1b1),
      'perform',
    ],
    (world) => [world.reports, world.violations, composed(world, report('ready#2'))],
    [['in_work', 'assembled', 'ready', 'delivering'], [], 'a1 b1'],
  ],
  [
    'a report that was replaced while it was under way is not sent again once it has succeeded',
    {},
    [
      placed,
      'perform',
      document(a2b1),
      [report('in_work'), done],
      [report('assembled'), done],
      document(a1b1),
      document([{ sku: 'z', quantity: 1 }]),
      [report('ready'), done],
      'perform',
    ],
    (world) => [world.reports, statusOf(world, report('ready#2'))],
    [[], 'dropped'],
  ],
  [
    'the way to the customer, reported while a cancellation was wanted, is not reported again behind the delivery',
    { flow: 'merchant-delivery' },
    [
      placed,
      'perform',
      document(a2b1),
      'perform',
      { type: 'delivery.started' },
      cancelWanted,
      { type: 'delivery.finished' },
      [report('delivering'), done],
    ],
    (world) => [statusOf(world, report('delivering#2')), statusOf(world, report('delivered'))],
    ['dropped', 'waiting'],
  ],
  [
    'goods that change after the document do not stop the delivery from being reported',
    { flow: 'pickup' },
    [placedForPickup, 'perform', document(a2b1), 'perform', want(a1b1), 'perform', issued, 'perform'],
    (world) => [world.reports.at(-1), composed(world, report('delivered'))],
    ['delivered', 'a2 b1'],
  ],
  [
    'a correction after the last report calls for a person, also at the counter',
    { flow: 'pickup' },
    [placedForPickup, 'perform', document(a2b1), issued, 'perform', document(a1b1)],
    ({ order }) => Object.keys(order?.attention ?? {}),
    ['composition-late'],
  ],
  [
    'hand-over lines that were refused are put right by a document',
    { flow: 'pickup' },
    [
      placedForPickup,
      'perform',
      document(a2b1),
      'perform',
      { type: 'order.issued', code: pickupCode, lines: [{ sku: 'z', quantity: 1 }] },
      document(a1b1),
      'perform',
    ],
    (world) => [composed(world, report('delivered#2')), world.order?.attention],
    ['a1 b1', {}],
  ],
  [
    'a pickup order that is delivered after all drops its code',
    { flow: 'pickup', policy: { pickupCode: { madeBy: 'us', sent: 'before-ready' } } },
    [placedForPickup, 'perform', document(a2b1), toCourier, 'perform'],
    ({ reports }) => reports,
    ['in_work', 'assembled', 'ready'],
  ],
  [
    'an order of our own courier that is picked up after all drops the way and the estimate',
    { flow: 'merchant-delivery' },
    [
      placed,
      'perform',
      document(a2b1),
      { type: 'delivery.estimated', estimatedAt: '2026-01-01T12:00:00Z' },
      { type: 'delivery.started' },
      toPickup,
      'perform',
    ],
    ({ reports }) => reports,
    ['in_work', 'assembled', 'ready', 'pickup_code'],
  ],
  [
    'what our courier hands over is reported, although the customer changed to pickup meanwhile',
    { flow: 'merchant-delivery' },
    [
      placed,
      'perform',
      document(a2b1),
      { type: 'delivery.started' },
      toPickup,
      { type: 'delivery.finished' },
      'perform',
    ],
    ({ reports }) => reports.at(-1),
    'delivered',
  ],
  [
    'an estimate that died calls for nobody once the goods are there',
    { flow: 'merchant-delivery' },
    [
      placed,
      'perform',
      document(a2b1),
      'perform',
      { type: 'delivery.estimated', estimatedAt: '2026-01-01T12:00:00Z' },
      [report('estimated_delivery'), dies],
      { type: 'delivery.finished' },
    ],
    (world) => statusOf(world, report('estimated_delivery')),
    'dropped',
  ],
  [
    'goods that change there and back while they are being reserved are reserved in the end',
    {},
    [placed, want(a2), want(a1b1), want(a2), ['reserve-stock#2', { kind: 'reserved', lines: a2 }], 'perform'],
    ({ order }) => [order?.reservation.state, order?.reservation.lines],
    ['held', a2],
  ],
  [
    'a shipment method that changes there and back is told there and back',
    {},
    [placed, 'perform', toPickup, 'perform', toCourier, 'perform', toPickup, { type: 'order.paid' }, 'perform'],
    ({ news }) => news.filter((type) => type === 'order.updated').length,
    3,
  ],
  [
    'half a delivery window keeps the other half',
    {},
    [
      { type: 'order.placed', order: { ...body, deliveryWindow: { from: '10:00', to: '11:00' } } },
      { type: 'order.updated', changes: { deliveryWindow: { to: '12:00' } } },
    ],
    ({ order }) => order && currentBody(order)?.deliveryWindow,
    { from: '10:00', to: '12:00' },
  ],
  [
    'a hand-over before the code of the back office has come is neither refused nor lost',
    { flow: 'pickup', policy: { pickupCode: { madeBy: 'back-office', sent: 'after-ready' } } },
    [
      placedForPickup,
      'perform',
      document(a2b1),
      'perform',
      { type: 'order.issued', code: '77' },
      'perform',
      { type: 'pickup-code.created', code: '77' },
      'perform',
    ],
    ({ order, news }) => [order?.status, news],
    ['delivered', []],
  ],
  [
    'every refused hand-over is told, whatever order they come in',
    { flow: 'pickup' },
    [
      placedForPickup,
      'perform',
      document(a2b1),
      { type: 'order.issued', code: '1' },
      { type: 'order.issued' },
      'perform',
    ],
    ({ news }) => news.filter((type) => type === 'issue.refused').length,
    2,
  ],
  [
    'a correction replaces goods that could not be taken back as they were',
    {},
    [placed, 'perform', document(a2b1), cancelled, ['take-back-goods', dies], document(a1b1), 'perform'],
    (world) => [takenBack(world, 'take-back-goods#2'), world.stock.state, world.order?.attention],
    ['a1 b1', 'returned', {}],
  ],
  [
    'goods that come back while their document is corrected come back once',
    {},
    [placed, 'perform', document(a2b1), cancelled, document(a1b1), ['take-back-goods', done], 'perform'],
    (world) => [statusOf(world, 'take-back-goods#2'), world.violations],
    ['dropped', []],
  ],
  [
    'goods that became doubtful after the cancellation are asked for, and block nothing',
    {},
    [
      placed,
      ['reserve-stock', { kind: 'already-done' }],
      silent,
      cancelled,
      ['take-back-goods', dies],
      { late: want(a1b1), minute: 1 },
      ['release-stock', { kind: 'already-used' }],
      'perform',
      document(a1b1),
      'perform',
    ],
    (world) => [statusOf(world, 'take-back-goods'), takenBack(world, 'take-back-goods#2'), world.stock.state],
    ['dropped', 'a1 b1', 'returned'],
  ],
  [
    'doubtful goods do not hold up the release that clears the doubt',
    {},
    [
      placed,
      ['reserve-stock', { kind: 'already-done' }],
      silent,
      cancelled,
      ['take-back-goods', dies],
      { late: want(a1b1), minute: 1 },
      'perform',
    ],
    (world) => [statusOf(world, 'take-back-goods'), statusOf(world, 'release-stock')],
    ['dropped', 'done'],
  ],
  [
    'a store that has sold what we never knew to be reserved hears of the cancellation',
    {},
    [placed, cancelled, ['release-stock', { kind: 'already-used' }], 'perform'],
    ({ news }) => news,
    ['order.cancelled'],
  ],
])('%s', (_, options, steps, seen, expected) => {
  expect(seen(live(steps, options))).toEqual(expected)
})

test('goods changed once more after somebody has looked call again', () => {
  const run = createWorld()
  const say = (event: OrderEvent, minute: number): void => {
    run.deliver(envelopeOf(event, `e${minute}`, 'marketplace', minute))
    run.performAll()
  }
  say(placed, 0)
  say(document(a2b1), 1)
  say(want(a2), 2)
  const finding = run.world.order?.attention['changed-after-assembly'] ?? 'none'
  say({ type: 'attention.resolved', code: 'changed-after-assembly', finding, by: 'op' }, 3)
  expect(run.world.order?.attention).toEqual({})
  say(want(a1b1), 4)
  expect(Object.keys(run.world.order?.attention ?? {})).toEqual(['changed-after-assembly'])
})

test('what the customer changes after a document without lines does not make it doubtful', () => {
  const { order, news, reports } = live([
    placed,
    ['reserve-stock', { kind: 'already-done' }],
    silent,
    want(a2),
    'perform',
  ])
  expect(news).not.toContain('composition.refused')
  expect(reports).toContain('ready')
  expect(Object.keys(order?.attention ?? {})).toEqual(['changed-after-assembly'])
})

test('a change that the customer takes back calls nobody', () => {
  const { order } = live([placed, 'perform', document(a2b1), want(a2), want(a2b1)])
  expect(order?.attention).toEqual({})
})

test('a dead pickup code does not hold up the hand-over, which is the last that is heard of the order', () => {
  const { order } = live([placedForPickup, 'perform', document(a2b1), 'perform'])
  expect(order?.status).toBe('ready')
  const run = createWorld()
  for (const [i, event] of [placedForPickup, document(a2b1)].entries())
    run.deliver(envelopeOf(event, `e${i}`, 'marketplace', i))
  while (!run.world.effects.has(report('pickup_code')) || !run.world.reports.includes('ready')) run.perform()
  run.settle(report('pickup_code'), dies)
  run.deliver(envelopeOf(issued, 'issued', 'marketplace', 2))
  run.performAll()
  expect(run.world.reports.at(-1)).toBe('delivered')
  expect(run.world.order?.attention).toEqual({})
})

test('the same lines in another order are no other goods', () => {
  const world = live([placed, 'perform', want(a2b1.toReversed()), 'perform'])
  expect([...world.effects.keys()].filter((key) => key.startsWith('reserve-stock'))).toEqual(['reserve-stock'])
})

test('a document without lines stands for the same goods whatever order the database keeps the lots in', () => {
  const lot = (series: string): OrderEvent => ({ type: 'line.picked', line: { sku: 'a', quantity: 1, series } })
  const fingerprints = [
    ['s2', 's1'],
    ['s1', 's2'],
  ].map((lots) => {
    const { order } = live([placed, 'perform', ...lots.map(lot), pick('b', 1), silent])
    return order?.effects[report('ready')]?.fingerprint
  })
  expect(fingerprints[0]).toBe(fingerprints[1])
})
