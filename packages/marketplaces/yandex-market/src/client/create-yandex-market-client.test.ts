import type { MarketplaceAttempt, MarketplaceEffect } from '@sluice/marketplace-port'
import type { Composition, Order, Report } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  conversationOrder,
  errorAnswer,
  type FakeMarket,
  knownOrder,
  noRedis,
  startFakeMarket,
  wireOrder,
} from './fake-market.ts'
import type { Operation } from './market-calls.ts'

const NOW = Date.parse('2026-05-04T08:00:00Z')

let market: FakeMarket
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  market = await start()
})

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start(options: Parameters<typeof startFakeMarket>[0] = {}): Promise<FakeMarket> {
  const started = await startFakeMarket({ now: () => NOW, ...options })
  closers.push(() => started.close())
  return started
}

const notify = (payload: Report): MarketplaceEffect => ({ kind: 'notify-marketplace', lane: 'marketplace', payload })
const report = async (payload: Report, attempt?: Partial<MarketplaceAttempt>) =>
  (await market.perform(notify(payload), attempt)).outcome

const composition: Composition = {
  changed: false,
  lines: [
    { sku: 'TEA', quantity: 2, originalQuantity: 2 },
    { sku: 'CUP', quantity: 1, originalQuantity: 1 },
  ],
}
const shortComposition: Composition = {
  changed: true,
  lines: [
    { sku: 'TEA', quantity: 1, originalQuantity: 2 },
    { sku: 'CUP', quantity: 1, originalQuantity: 1 },
  ],
}
const ready: Report = { step: 'ready', composition }
const packed: Report = { step: 'packed', composition }
const READY = 'updateOrderStatus {"order":{"status":"PROCESSING","substatus":"READY_TO_SHIP"}}'
const CANCEL = 'updateOrderStatus {"order":{"status":"CANCELLED","substatus":"SHOP_FAILED"}}'
const marked = (order: Order = knownOrder()): Order => {
  const lines = order.placed!.value.lines.map((line) => ({ ...line, markingKind: 'CIS' }))
  return knownOrder({ ...order.placed!.value, lines })
}
const own = (fulfilment: 'merchant-delivery' | 'pickup' | 'digital' | 'by-marketplace') => ({
  order: knownOrder({ fulfilment }),
})

/* Every call */

test('a call says who we are; the answer’s traceparent is kept', async () => {
  market.answer('updateOrderStatus', { status: 200, body: { order: {} }, headers: { traceparent: '00-abc-01' } })
  const { outcome, evidence } = await market.perform(notify(ready))
  expect(outcome).toEqual({ kind: 'done' })
  expect(market.calls[0]!.headers).toMatchObject({
    'api-key': 'ACMA:secret',
    'x-market-integration': 'Sluice/0.1.0',
    'content-type': 'application/json',
  })
  expect(evidence).toMatchObject({
    httpStatus: 200,
    request: 'PUT /v2/campaigns/4400/orders/58001/status {"order":{"status":"PROCESSING","substatus":"READY_TO_SHIP"}}',
    response: '200 traceparent=00-abc-01 {"order":{}}',
  })
  expect(JSON.stringify(evidence)).not.toContain('secret')
})

test.each([
  [401, { kind: 'unavailable', cause: 'credentials', isUnclear: false }],
  [403, { kind: 'unavailable', cause: 'credentials', isUnclear: false }],
  [423, { kind: 'unavailable', cause: '5xx', isUnclear: false }],
  [499, { kind: 'unavailable', cause: 'timeout', isUnclear: true }],
  [503, { kind: 'unavailable', cause: '5xx', isUnclear: true }],
  [405, { kind: 'refused', fault: 'ours' }],
])('%i ends the attempt without reading the order', async (status, expected) => {
  market.answer('updateOrderStatus', errorAnswer(status, 'x'))
  expect(await report(ready)).toMatchObject(expected)
  expect(market.calls).toHaveLength(1)
})

test('a lost answer is unclear; the next attempt reads first and skips what is done', async () => {
  market.answer('updateOrderStatus', 'cut')
  expect(await report(ready)).toMatchObject({ kind: 'unavailable', cause: 'network', isUnclear: true })
  market.orders = [wireOrder({ substatus: 'READY_TO_SHIP' })]
  expect(await report(ready, { wasUnclear: true })).toEqual({ kind: 'already-done' })
  expect(market.changes()).toEqual([READY])
})

test('what was not done is done by the repeat', async () => {
  market.orders = [wireOrder()]
  expect(await report(ready, { wasUnclear: true })).toEqual({ kind: 'done' })
  expect(market.calls.map(({ operation }) => operation)).toEqual(['getBusinessOrders', 'updateOrderStatus'])
})

test('when the order cannot be read after a lost answer, nothing is sent', async () => {
  market.answer('getBusinessOrders', errorAnswer(500, 'x'))
  const outcome = await report(ready, { wasUnclear: true })
  // Reading changes nothing; that the first attempt is unclear is known.
  expect(outcome).toMatchObject({ kind: 'unavailable', cause: '5xx', isUnclear: false })
  expect(market.changes()).toEqual([])
})

test('a test order is found with fake', async () => {
  market.orders = [wireOrder({ fake: true, substatus: 'READY_TO_SHIP' })]
  market.answer('updateOrderStatus', errorAnswer(400, 'No transition found'))
  expect(await report(ready)).toEqual({ kind: 'already-done' })
  expect(market.calls.map(({ body }) => (body as { fake?: boolean }).fake)).toEqual([undefined, undefined, true])
  expect(await report(ready, { order: knownOrder({ isTest: true }) })).toEqual({ kind: 'already-done' })
  expect(market.calls).toHaveLength(5)
})

test('a 404 of an order that is there is our address, not its data', async () => {
  market.orders = [wireOrder({ campaignId: 4401 })]
  market.answer('updateOrderStatus', errorAnswer(404, 'Order not found'))
  expect(await report(ready)).toMatchObject({ kind: 'refused', fault: 'ours', status: 404 })
  market.orders = []
  expect(await report(ready)).toMatchObject({ kind: 'refused', fault: 'data' })
})

test('a 400 whose reason cannot be read stays open', async () => {
  market.answer('updateOrderStatus', errorAnswer(400, 'No transition found'))
  market.answer('getBusinessOrders', errorAnswer(503, 'x'))
  expect(await report(ready)).toMatchObject({ kind: 'unavailable', cause: '5xx', isUnclear: false })
})

test('ids keep all their digits', async () => {
  const order = knownOrder({}, { ref: { ...knownOrder().ref, externalId: '9007199254740993' } })
  await market.perform({ kind: 'fetch-order', lane: 'reading', payload: {} }, { order })
  expect(market.calls[0]!.raw).toBe('{"orderIds":[9007199254740993]}')
})

test('a stop before sending costs nothing', async () => {
  const outcome = await report(ready, { signal: AbortSignal.abort() })
  expect(outcome).toMatchObject({ kind: 'not-tried', cause: 'stopping' })
  expect(market.calls).toEqual([])
})

test('a step that is not the Market’s is a bug of ours', async () => {
  expect(await report({ step: 'in_work' })).toMatchObject({ kind: 'refused', fault: 'ours' })
})

/* Limits */

type BudgetAnswer = ['granted' | 'parallel' | 'hourly' | 'blocked', number]

/** Answers `take` from the list, then grants; keeps what is blocked and released. */
function fakeBudget(...answers: BudgetAnswer[]) {
  const seen = { taken: [] as unknown[][], blocked: [] as unknown[][] }
  const redis = {
    ...noRedis,
    eval: async (_script: string, keys: number, ...args: unknown[]) => {
      if (keys === 1) seen.blocked.push(args)
      if (keys !== 3) return 0
      seen.taken.push(args)
      return answers.shift() ?? ['granted', 1]
    },
  } as unknown as Redis
  return { redis, seen }
}

test('without budget nothing is sent, and no try is used up', async () => {
  const { redis } = fakeBudget(['hourly', 240_000])
  market = await start({ redis })
  expect(await report(ready)).toEqual({ kind: 'not-tried', cause: 'rate-budget', waitMs: 240_000 })
  expect(market.calls).toEqual([])
})

test('what was begun waits for the budget a moment', async () => {
  const { redis } = fakeBudget(['granted', 1], ['parallel', 20])
  market = await start({ redis, now: Date.now })
  market.orders = [wireOrder()]
  expect(await report(ready, { wasUnclear: true })).toEqual({ kind: 'done' })
})

test('what was begun and cannot be finished must be looked at first next time', async () => {
  const { redis } = fakeBudget(['granted', 1], ['hourly', 60_000])
  market = await start({ redis })
  const boxes = [
    {
      lines: [
        { sku: 'TEA', quantity: 1 },
        { sku: 'CUP', quantity: 1 },
      ],
    },
  ]
  const outcome = await report({ step: 'packed', composition: shortComposition, boxes }, own('merchant-delivery'))
  expect(outcome).toMatchObject({ kind: 'unavailable', isUnclear: true, retryAfterMs: 60_000 })
})

test.each<[string, MarketplaceEffect, string, string, number]>([
  ['a cancellation', notify({ step: 'canceled', reason: 'out_of_stock' }), 'campaign-4400', 'updateOrderStatus', 1],
  ['a status', notify(ready), 'campaign-4400', 'updateOrderStatus', 3],
  ['our number', notify({ step: 'registered', number: 'YM-58001' }), 'campaign-4400', 'updateExternalOrderId', 6],
  ['an order', { kind: 'fetch-order', lane: 'reading', payload: {} }, 'business-7001', 'getBusinessOrders', 4],
  ['a return', { kind: 'fetch-return', lane: 'reading', payload: { returnId: '5' } }, 'campaign-4400', 'getReturn', 4],
  [
    'an answer to a customer who cancels',
    { kind: 'answer-cancellation-request', lane: 'answers', payload: { isAccepted: true } },
    'campaign-4400',
    'acceptOrderCancellation',
    1,
  ],
  [
    'a decision about a return',
    { kind: 'decide-return', lane: 'answers', payload: { returnId: '5', decision: { kind: 'refund' } } },
    'campaign-4400',
    'getReturn',
    2,
  ],
])('%s is counted for its entity and method, in its place', async (_, effect, entity, operation, priority) => {
  const { redis, seen } = fakeBudget()
  market = await start({ redis })
  await market.perform(effect, { order: knownOrder({}, { reading: { storeId: '4400' } }) })
  expect(seen.taken[0]).toContain(`{sluice}:calls:yandex-market:slots:${entity}`)
  expect(seen.taken[0]).toContain(`{sluice}:calls:yandex-market:hour:${entity}:${operation}`)
  expect(seen.taken[0]!.at(-1)).toBe(priority)
})

test('420 for this hour costs no try and stops everybody until the hour is over', async () => {
  const { redis, seen } = fakeBudget()
  market = await start({ redis })
  market.answer('updateOrderStatus', {
    ...errorAnswer(420, 'Hit rate limit of 10000 requests per 1 hour for resource R'),
    headers: { 'x-ratelimit-resource-until': 'Mon, 04 May 2026 08:02:00 GMT' },
  })
  expect(await report(ready)).toEqual({ kind: 'not-tried', cause: 'rate-budget', waitMs: 120_000 })
  expect(seen.blocked).toEqual([['{sluice}:calls:yandex-market:hour:campaign-4400:updateOrderStatus', NOW + 120_000]])
  expect(market.calls).toHaveLength(1)
})

test('420 for too many at a time costs no try', async () => {
  market.answer('updateOrderStatus', errorAnswer(420, 'Hit rate limit of 4 parallel requests for campaignId 4400'))
  expect(await report(ready)).toEqual({ kind: 'not-tried', cause: 'rate-budget', waitMs: 1_000 })
})

/* Our number */

const registered: Report = { step: 'registered', number: 'YM-58001' }

test('our number is told once; a repeat finds it', async () => {
  expect(await report(registered)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual(['updateExternalOrderId {"externalOrderId":"YM-58001"}'])
  market.answer('updateExternalOrderId', errorAnswer(400, 'Cannot do operation, external ID already set for order'))
  market.orders = [wireOrder({ externalOrderId: 'YM-58001' })]
  expect(await report(registered, { wasUnclear: true })).toEqual({ kind: 'already-done' })
  market.orders = [wireOrder({ externalOrderId: 'S-7' })]
  expect(await report(registered)).toMatchObject({ kind: 'skipped' })
})

test('after a lost answer the order is read before our number is told again', async () => {
  market.orders = [wireOrder({ externalOrderId: 'YM-58001' })]
  expect(await report(registered, { wasUnclear: true })).toEqual({ kind: 'already-done' })
  expect(market.changes()).toEqual([])
  market.orders = [wireOrder()]
  expect(await report(registered, { wasUnclear: true })).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual(['updateExternalOrderId {"externalOrderId":"YM-58001"}'])
})

const waiting = (step: string): Order['effects'] => ({
  [`notify-marketplace/${step}`]: {
    kind: 'notify-marketplace',
    lane: 'marketplace',
    status: 'waiting',
    seq: 1,
    isBlocking: true,
  },
})

test.each([
  ['waits for a free place while nothing waits for it', 10_000, waiting('registered'), 'not-tried'],
  ['is not worth a delay of the next report', 10_000, { ...waiting('registered'), ...waiting('packed') }, 'skipped'],
  ['is not worth a long wait', 60_000, waiting('registered'), 'skipped'],
] as const)('our number %s', async (_, waitMs, effects, kind) => {
  const { redis } = fakeBudget(['hourly', waitMs])
  market = await start({ redis })
  expect(await report(registered, { order: knownOrder({}, { effects }) })).toMatchObject({ kind })
  expect(market.calls).toEqual([])
})

test('our number may be kept to ourselves', async () => {
  market = await start({ api: { sendOrderNumber: false } })
  expect(await report(registered)).toMatchObject({ kind: 'skipped' })
  expect(market.calls).toEqual([])
})

/* Boxes */

test('FBS: everything goes into one box', async () => {
  expect(await report(packed)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'setOrderBoxLayout {"boxes":[{"items":[{"id":1,"fullCount":2},{"id":2,"fullCount":1}]}],"allowRemove":false}',
  ])
})

test('FBS: what is missing is taken out with the boxes; what the Market does not let go is declined', async () => {
  const short: Report = { step: 'packed', composition: shortComposition }
  expect(await report(short)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'setOrderBoxLayout {"boxes":[{"items":[{"id":1,"fullCount":1},{"id":2,"fullCount":1}]}],"allowRemove":true}',
  ])
  market.orders = [wireOrder()]
  market.answer('setOrderBoxLayout', errorAnswer(400, 'Invalid order boxes layout request. Violations: promo item'))
  expect(await report(short)).toMatchObject({ kind: 'declined', state: expect.stringContaining('promo item') })
})

test('FBS: boxes that are there after a lost answer are not sent again', async () => {
  const box = {
    boxId: 9,
    barcode: '58001-1',
    items: [
      { id: 1, fullCount: 2 },
      { id: 2, fullCount: 1 },
    ],
  }
  const delivery = { ...(wireOrder().delivery as object), boxesLayout: [box] }
  market.orders = [wireOrder({ delivery })]
  expect(await report(packed, { wasUnclear: true })).toEqual({ kind: 'already-done' })
  expect(market.changes()).toEqual([])
})

test('nothing there at all cannot be packed: the order must be cancelled', async () => {
  const lines = composition.lines.map((line) => ({ ...line, quantity: 0 }))
  expect(await report({ step: 'packed', composition: { changed: true, lines } })).toMatchObject({ kind: 'declined' })
  expect(market.calls).toEqual([])
})

test('a code that the Market does not like is named by its line, never by itself', async () => {
  market.orders = [wireOrder()]
  market.answer('setOrderBoxLayout', errorAnswer(400, 'Invalid incoming cis for item with id = 2: 0104secret'))
  const lines = [composition.lines[0]!, { ...composition.lines[1]!, markingCodes: ['0104secret'] }]
  const performed = await market.perform(notify({ step: 'packed', composition: { changed: false, lines } }))
  expect(performed.outcome).toMatchObject({ kind: 'refused', fault: 'data', detail: expect.stringContaining('id = 2') })
  expect(JSON.stringify(performed)).not.toContain('0104secret')
})

test('DBS: with nothing to say nothing is sent', async () => {
  expect(await report(packed, own('merchant-delivery'))).toEqual({ kind: 'done' })
  expect(market.calls).toEqual([])
})

test('DBS: missing goods are taken out, then the codes are told', async () => {
  const lines = [{ ...shortComposition.lines[0]!, markingCodes: ['c1'] }, shortComposition.lines[1]!]
  const short: Report = { step: 'packed', composition: { changed: true, lines } }
  expect(await report(short, own('merchant-delivery'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'updateOrderItems {"items":[{"id":1,"count":1,"instances":[{"cis":"c1"}]},{"id":2,"count":1}],"reason":"PARTNER_REQUESTED_REMOVE"}',
    'provideOrderItemIdentifiers {"items":[{"id":1,"instances":[{"cis":"c1"}]}]}',
  ])
})

test('DBS: boxes are told when there are boxes', async () => {
  const boxes = [{ lines: [{ sku: 'TEA', quantity: 2 }] }, { lines: [{ sku: 'CUP', quantity: 1 }] }]
  expect(await report({ step: 'packed', composition, boxes }, own('pickup'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'setOrderBoxLayout {"boxes":[{"items":[{"id":1,"fullCount":2}]},{"items":[{"id":2,"fullCount":1}]}],"allowRemove":false}',
  ])
})

test('DBS: a crash between taking out and boxes makes only the boxes', async () => {
  const items = [
    { id: 1, offerId: 'TEA', offerName: 'Tea', count: 1 },
    { id: 2, offerId: 'CUP', offerName: 'Cup', count: 1 },
  ]
  market.orders = [wireOrder({ programType: 'DBS', items })]
  const boxes = [
    {
      lines: [
        { sku: 'TEA', quantity: 1 },
        { sku: 'CUP', quantity: 1 },
      ],
    },
  ]
  const short: Report = { step: 'packed', composition: shortComposition, boxes }
  const order = { ...own('merchant-delivery'), wasUnclear: true }
  expect(await report(short, order)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([expect.stringContaining('setOrderBoxLayout')])
})

test('DBS: what cannot be taken out is declined', async () => {
  market.orders = [wireOrder({ programType: 'DBS' })]
  market.answer('updateOrderItems', errorAnswer(400, 'Item makes 99% of the order'))
  const short: Report = { step: 'packed', composition: shortComposition }
  expect(await report(short, own('merchant-delivery'))).toMatchObject({ kind: 'declined' })
})

/* Ready */

const markedReady: Report = {
  step: 'ready',
  composition: { changed: false, lines: [composition.lines[0]!, { ...composition.lines[1]!, markingCodes: ['c1'] }] },
}
const identifiers = (status: string, substatus?: string) => ({
  status: 200,
  body: { status: 'OK', result: { items: [{ id: 2, cis: [{ value: 'c1', status, substatus }] }] } },
})

test('ready waits for the check of the marking codes', async () => {
  market.answer('getOrderIdentifiersStatus', identifiers('IN_PROGRESS'), identifiers('OK'))
  const attempt = { order: marked() }
  expect(await report(markedReady, attempt)).toMatchObject({ kind: 'too-early', patienceMs: 1_800_000 })
  expect(await report(markedReady, attempt)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual(['getOrderIdentifiersStatus', 'getOrderIdentifiersStatus', READY])
})

test('a refused code keeps the order from being ready; the evidence shows no code', async () => {
  market.answer('getOrderIdentifiersStatus', identifiers('INVALID', 'WRONG_OWNER_INN'))
  const performed = await market.perform(notify(markedReady), { order: marked() })
  expect(performed.outcome).toEqual({
    kind: 'refused',
    fault: 'data',
    detail: 'marking codes refused: CUP (line 2): WRONG_OWNER_INN',
  })
  expect(performed.evidence?.response).not.toContain('c1')
})

/* DBS statuses */

test('DBS goes through its statuses, in the words of the Market', async () => {
  for (const step of ['delivering', 'at_pickup', 'delivered'] as const) {
    expect(await report({ step }, own('pickup'))).toEqual({ kind: 'done' })
  }
  expect(market.changes()).toEqual([
    'updateOrderStatus {"order":{"status":"DELIVERY"}}',
    'updateOrderStatus {"order":{"status":"PICKUP"}}',
    'updateOrderStatus {"order":{"status":"DELIVERED"}}',
  ])
})

test('a delivery of an earlier day is told with its day, and without it when the Market does not believe it', async () => {
  const delivered: Report = { step: 'delivered', at: '2026-05-02T12:00:00Z' }
  market.orders = [wireOrder({ programType: 'DBS', status: 'DELIVERY', substatus: undefined })]
  market.answer('updateOrderStatus', errorAnswer(400, 'Real delivery date should be from order creation date'), {
    status: 200,
    body: { order: { status: 'DELIVERED' } },
  })
  expect(await report(delivered, own('merchant-delivery'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'updateOrderStatus {"order":{"status":"DELIVERED","delivery":{"dates":{"realDeliveryDate":"2026-05-02"}}}}',
    'updateOrderStatus {"order":{"status":"DELIVERED"}}',
  ])
})

const cancel = { step: 'canceled', reason: 'out_of_stock' } as const
test.each([
  ['our cancellation', cancel, false, 'cancelled-there'],
  // Ours, as far as anybody can tell.
  ['our cancellation, which may have been taken before,', cancel, true, 'already-done'],
  ['ready', ready, false, 'cancelled-there'],
] as const)('%s of an order that is cancelled there', async (_, payload, wasUnclear, kind) => {
  market.orders = [wireOrder({ status: 'CANCELLED', substatus: 'USER_CHANGED_MIND' })]
  market.answer('updateOrderStatus', errorAnswer(400, 'No permission to set status'))
  expect(await report(payload, { wasUnclear })).toEqual({ kind })
})

test('a cancellation names its cause, and is declined once the goods are gone', async () => {
  expect(await report({ step: 'canceled', reason: 'customer_request' })).toEqual({ kind: 'done' })
  expect(await report({ step: 'canceled', reason: 'customer_request' }, own('pickup'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([CANCEL, CANCEL.replace('SHOP_FAILED', 'USER_CHANGED_MIND')])
  market.orders = [wireOrder({ substatus: 'SHIPPED' })]
  market.answer('updateOrderStatus', errorAnswer(400, 'No permission to set status CANCELLED'))
  expect(await report({ step: 'canceled', reason: 'out_of_stock' })).toMatchObject({
    kind: 'declined',
    state: expect.stringContaining('PROCESSING/SHIPPED'),
  })
})

/* Other steps */

test.each<[Report, string]>([
  [
    { step: 'tracked', trackCode: 'T-1', deliveryServiceId: '139' },
    'setOrderDeliveryTrackCode {"trackCode":"T-1","deliveryServiceId":139}',
  ],
  [
    { step: 'rescheduled', date: '2026-05-06', by: 'customer' },
    'setOrderDeliveryDate {"dates":{"toDate":"2026-05-06"},"reason":"USER_MOVED_DELIVERY_DATES"}',
  ],
  [
    { step: 'rescheduled', date: '2026-05-06', by: 'merchant' },
    'setOrderDeliveryDate {"dates":{"toDate":"2026-05-06"},"reason":"PARTNER_MOVED_DELIVERY_DATES"}',
  ],
  [{ step: 'storage_extended', until: '2026-06-01' }, 'updateOrderStorageLimit {"newDate":"2026-06-01"}'],
])('%o', async (payload, expected) => {
  expect(await report(payload, own('pickup'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([expected])
})

test('a parcel’s number without its service is told under the order’s own', async () => {
  market.orders = [wireOrder()]
  expect(await report({ step: 'tracked', trackCode: 'T-1' }, own('merchant-delivery'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual(['setOrderDeliveryTrackCode {"trackCode":"T-1","deliveryServiceId":51}'])
  const named: Report = { step: 'tracked', trackCode: 'T-1', deliveryServiceId: 'Почта' }
  expect(await report(named, own('merchant-delivery'))).toMatchObject({ kind: 'refused', fault: 'data' })
})

test('a courier’s code is checked, and is in no evidence', async () => {
  market.answer('verifyOrderEac', {
    status: 200,
    body: { status: 'OK', result: { verificationResult: 'REJECTED', attemptsLeft: 2 } },
  })
  const performed = await market.perform(notify({ step: 'courier_code', code: 'QWER' }))
  expect(performed.outcome).toEqual({ kind: 'declined', state: 'wrong code, attempts left: 2' })
  expect(JSON.stringify(performed)).not.toContain('QWER')
  market.orders = [wireOrder({ substatus: 'SHIPPED' })]
  expect(await report({ step: 'courier_code', code: '7314' }, { wasUnclear: true })).toEqual({ kind: 'already-done' })
})

test('a courier’s code for an order that is cancelled there is no yes', async () => {
  const declined = { kind: 'declined', state: 'the order is cancelled' }
  market.orders = [wireOrder({ status: 'CANCELLED', substatus: 'USER_CHANGED_MIND' })]
  market.answer('verifyOrderEac', errorAnswer(400, 'Action is not allowed'))
  expect(await report({ step: 'courier_code', code: '7314' })).toEqual(declined)
  expect(await report({ step: 'courier_code', code: '7314' }, { wasUnclear: true })).toEqual(declined)
})

test('digital keys go in one call, and are in no evidence', async () => {
  const order = knownOrder({ fulfilment: 'digital', lines: [{ sku: 'GAME', quantity: 1, lineId: '1' }] })
  const lines = [{ sku: 'GAME', codes: ['KEY-1'], slip: 'Enter it', activateUntil: '2027-01-31' }]
  const performed = await market.perform(notify({ step: 'digital_codes', lines }), { order })
  expect(performed.outcome).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'provideOrderDigitalCodes {"items":[{"id":1,"codes":["KEY-1"],"slip":"Enter it","activate_till":"2027-01-31"}]}',
  ])
  expect(JSON.stringify(performed)).not.toContain('KEY-1')
})

/* The Market's warehouses */

test('a LaaS draft is confirmed; another order of the Market’s needs no confirmation', async () => {
  market.orders = [wireOrder({ programType: 'LAAS', status: 'RESERVED', substatus: undefined })]
  expect(await report({ step: 'accepted' }, own('by-marketplace'))).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual(['updateOrderStatus {"order":{"status":"PROCESSING","substatus":"STARTED"}}'])
  market.orders = [wireOrder({ programType: 'FBY' })]
  expect(await report({ step: 'accepted' }, own('by-marketplace'))).toEqual({ kind: 'already-done' })
})

test('a LaaS order is cancelled in the background: asked once, then waited for', async () => {
  const stored = new Map<string, string>()
  const redis = {
    ...noRedis,
    get: async (key: string) => stored.get(key) ?? null,
    set: async (key: string, value: string) => stored.set(key, value),
    del: async (key: string) => stored.delete(key),
  } as unknown as Redis
  market = await start({ redis })
  const cancel: Report = { step: 'canceled', reason: 'out_of_stock' }
  market.orders = [wireOrder({ programType: 'LAAS' })]
  market.answer('updateOrderStatus', {
    status: 200,
    body: { order: { status: 'PROCESSING' }, operation: { id: '700', type: 'ORDER_STATUS_UPDATE' } },
  })
  const operation = (status: string) => ({
    status: 200,
    body: { status: 'OK', result: { operations: [{ id: '700', type: 'ORDER_STATUS_UPDATE', status }] } },
  })
  market.answer('getOperations', operation('IN_PROGRESS'))
  const early = { kind: 'too-early', patienceMs: 1_800_000 }
  expect(await report(cancel, own('by-marketplace'))).toMatchObject(early)
  expect(await report(cancel, own('by-marketplace'))).toMatchObject(early)
  market.orders = [wireOrder({ programType: 'LAAS', status: 'CANCELLED', substatus: 'SHOP_FAILED' })]
  expect(await report(cancel, own('by-marketplace'))).toEqual({ kind: 'already-done' })
  expect(market.changes().filter((change) => change === CANCEL)).toHaveLength(1)

  market.orders = [wireOrder({ programType: 'LAAS' })]
  market.answer('getOperations', operation('FAILED'))
  expect(await report(cancel, own('by-marketplace'))).toMatchObject({ kind: 'declined' })
})

test('a LaaS cancellation whose answer was lost is waited for when the Market takes no second one', async () => {
  const cancel: Report = { step: 'canceled', reason: 'out_of_stock' }
  market.orders = [wireOrder({ programType: 'LAAS' })]
  market.answer('updateOrderStatus', {
    status: 400,
    body: { status: 'ERROR', errors: [{ code: 'BAD_REQUEST', message: 'No transition found' }] },
  })
  const lost = { ...own('by-marketplace'), wasUnclear: true }
  expect(await report(cancel, lost)).toMatchObject({ kind: 'too-early', patienceMs: 1_800_000 })
  expect(await report(cancel, own('by-marketplace'))).toMatchObject({ kind: 'refused' })
})

test('what the Market sells itself cannot be cancelled by the seller', async () => {
  market.orders = [wireOrder({ programType: 'FBY' })]
  expect(await report({ step: 'canceled', reason: 'out_of_stock' }, own('by-marketplace'))).toMatchObject({
    kind: 'declined',
  })
  expect(market.changes()).toEqual([])
})

/* Cancellation requests */

const answerRequest = async (isAccepted: boolean, wasUnclear = false) => {
  const payload = { storeId: '4400', isAccepted, ...(!isAccepted && { reason: 'delivered' as const }) }
  const effect: MarketplaceEffect = { kind: 'answer-cancellation-request', lane: 'answers', payload }
  return (await market.perform(effect, { wasUnclear })).outcome
}
const asked = { programType: 'DBS', status: 'DELIVERY', substatus: undefined, cancelRequested: true }

test('a cancellation request is accepted or declined with its reason', async () => {
  expect(await answerRequest(true)).toEqual({ kind: 'done' })
  expect(await answerRequest(false)).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'acceptOrderCancellation {"accepted":true}',
    'acceptOrderCancellation {"accepted":false,"reason":"ORDER_DELIVERED"}',
  ])
})

test.each([
  ['accepted, cancelled there', true, false, { status: 'CANCELLED' }, 'cancelled-there'],
  ['accepted before, its answer lost', true, true, { status: 'CANCELLED' }, 'already-done'],
  ['declined, cancelled there', false, false, { status: 'CANCELLED' }, 'declined'],
  ['accepted, delivered there', true, false, { ...asked, status: 'DELIVERED' }, 'declined'],
  ['declined, not asked any more', false, false, { ...asked, cancelRequested: false }, 'declined'],
  ['declined before, its answer lost', false, true, { ...asked, cancelRequested: false }, 'already-done'],
  ['accepted, still asked', true, false, asked, 'refused'],
] as const)('a cancellation request %s', async (_, isAccepted, wasUnclear, fields, expected) => {
  market.orders = [wireOrder(fields)]
  market.answer('acceptOrderCancellation', errorAnswer(400, 'Cancellation request is not available'))
  expect((await answerRequest(isAccepted, wasUnclear)).kind).toBe(expected)
})

/* Reading */

const fetchOrder: MarketplaceEffect = { kind: 'fetch-order', lane: 'reading', payload: {} }

test('an order is read in our words', async () => {
  market.orders = [wireOrder()]
  const { outcome, evidence } = await market.perform(fetchOrder, { order: knownOrder() })
  expect(outcome).toMatchObject({
    kind: 'read',
    found: { type: 'order.read', view: { state: 'PROCESSING/STARTED', isOpen: true, order: { storeId: '4400' } } },
  })
  expect(evidence).toMatchObject({ httpStatus: 200, request: expect.stringContaining('{"orderIds":[58001]}') })
})

test('an order that is not shown yet is asked for again, and given up when it was announced long ago', async () => {
  const announced = (at: string) => ({ order: knownOrder({}, { reading: { announced: { at, receivedAt: at } } }) })
  const young = await market.perform(fetchOrder, announced('2026-05-04T07:58:00Z'))
  expect(young.outcome).toMatchObject({ kind: 'too-early', patienceMs: 300_000 })
  const old = await market.perform(fetchOrder, announced('2026-05-04T07:00:00Z'))
  expect(old.outcome).toMatchObject({ kind: 'refused', fault: 'data' })
  expect(market.calls.map(({ body }) => (body as { fake?: boolean }).fake ?? false)).toEqual([false, true, false, true])
})

test('a DBS customer is asked for once, and nobody waits for him', async () => {
  const delivery = { ...(wireOrder().delivery as object), deliveryPartnerType: 'SHOP' }
  market.orders = [wireOrder({ programType: 'DBS', delivery })]
  const buyer = { id: 'b', firstName: 'Иван', lastName: 'Петров', phone: '+79160000000' }
  market.answer('getOrderBuyerInfo', { status: 200, body: { status: 'OK', result: buyer } }, errorAnswer(400, 'x'))
  const customer = { name: 'Петров Иван', phone: '+79160000000' }
  const first = await market.perform(fetchOrder)
  expect(first.outcome).toMatchObject({ found: { view: { order: { customer } } } })
  expect(JSON.stringify(first.evidence)).not.toMatch(/Петров|916000/)
  expect((await market.perform(fetchOrder)).outcome.kind).toBe('read')
  await market.perform(fetchOrder, { order: knownOrder({ customer }) })
  expect(market.calls.filter(({ operation }) => operation === 'getOrderBuyerInfo')).toHaveLength(2)
})

const wireReturn = (fields: object = {}) => ({
  status: 200,
  body: {
    status: 'OK',
    result: {
      id: 77,
      orderId: 58001,
      returnType: 'RETURN',
      refundStatus: 'PREMODERATION_DECISION_WAITING',
      amount: { value: 390, currencyId: 'RUR' },
      items: [
        { shopSku: 'TEA', count: 1, decisions: [{ returnItemId: 301, count: 1, decisionType: 'UNKNOWN' }] },
        { shopSku: 'CUP', count: 1, decisions: [{ returnItemId: 302, count: 1 }] },
      ],
      ...fields,
    },
  },
})

test('a return is read in our words; one that is not shown yet is asked for again', async () => {
  const effect: MarketplaceEffect = {
    kind: 'fetch-return',
    lane: 'reading',
    payload: { returnId: '77', storeId: '4400' },
  }
  market.answer('getReturn', wireReturn(), errorAnswer(404, "Return '77' for order '58001' is not found"))
  expect((await market.perform(effect)).outcome).toMatchObject({
    kind: 'read',
    found: { type: 'return.read', returnId: '77', view: { kind: 'return', refund: 'decision-needed' } },
  })
  expect((await market.perform(effect)).outcome).toMatchObject({ kind: 'too-early', patienceMs: 300_000 })
  const announced = { at: '2026-05-01T00:00:00Z', receivedAt: '2026-05-01T00:00:00Z' }
  const returns = { 77: { kind: 'return' as const, createdAt: announced.at, announced } }
  const old = await market.perform(effect, { order: knownOrder({}, { returns }) })
  expect(old.outcome).toMatchObject({ kind: 'refused', fault: 'data', status: 404 })
})

/* Decisions about returns */

const offers = (...list: object[]) => ({
  status: 200,
  body: { status: 'OK', result: { availableDecisions: list } },
})
const decide = async (decision: Extract<MarketplaceEffect, { kind: 'decide-return' }>['payload']['decision']) => {
  const payload = { returnId: '77', storeId: '4400', decision }
  return (await market.perform({ kind: 'decide-return', lane: 'answers', payload })).outcome
}

test('a decision is made for every item, in the Market’s words', async () => {
  market.answer('getReturn', wireReturn())
  market.answer(
    'getReturnAvailableDecisions',
    offers(
      { decisionType: 'REFUND_MONEY' },
      {
        decisionType: 'PARTIAL_MONEY_REFUND',
        partialCompensationBounds: {
          minAmount: { value: 39, currencyId: 'RUR' },
          maxAmount: { value: 195, currencyId: 'RUR' },
          maxPercent: 50,
        },
      },
    ),
  )
  const items = [{ itemId: '302', kind: 'partial-refund' as const, amount: '99.50', comment: 'scratched' }]
  expect(await decide({ kind: 'refund', items })).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([
    'getReturn',
    'getReturnAvailableDecisions {"campaignId":4400,"returnId":77}',
    'submitReturnDecision {"returnItemDecisions":[{"returnItemId":301,"decisionType":"REFUND_MONEY"},{"returnItemId":302,"decisionType":"PARTIAL_MONEY_REFUND","comment":"scratched","compensation":{"value":99.5,"currencyId":"RUR"}}]}',
  ])
  const tooMuch = [{ itemId: '302', kind: 'partial-refund' as const, amount: '300' }]
  expect(await decide({ kind: 'refund', items: tooMuch })).toMatchObject({
    kind: 'declined',
    state: expect.stringContaining('39 to 195'),
  })
})

test('a decision that is not offered is declined with what is', async () => {
  market.answer('getReturn', wireReturn())
  market.answer(
    'getReturnAvailableDecisions',
    offers(
      { decisionType: 'REFUND_MONEY' },
      { decisionType: 'DECLINE_REFUND', decisionReasonTypes: ['MECHANICAL_DAMAGE'] },
    ),
  )
  expect(await decide({ kind: 'repair' })).toEqual({
    kind: 'declined',
    state: 'REPAIR is not offered. Available: REFUND_MONEY; DECLINE_REFUND (MECHANICAL_DAMAGE)',
  })
  expect(await decide({ kind: 'decline', reason: 'BECAUSE' })).toMatchObject({ kind: 'declined' })
  expect(await decide({ kind: 'decline', reason: 'MECHANICAL_DAMAGE', comment: 'x' })).toEqual({ kind: 'done' })
  expect(market.changes().at(-1)).toContain('"decisionReasonType":"MECHANICAL_DAMAGE","comment":"x"')
})

test.each([
  ['as we would', { refundStatus: 'PREMODERATION_DECISION_MADE' }, 'REFUND_MONEY', 'already-done'],
  ['otherwise', { refundStatus: 'DECISION_MADE' }, 'DECLINE_REFUND', 'declined'],
  ['without saying how', { refundStatus: 'DECISION_MADE' }, undefined, 'already-done'],
  ['by time, for the customer', { refundStatus: 'PREMODERATION_SELECT_DELIVERY' }, undefined, 'already-done'],
  ['and rejected', { refundStatus: 'REJECTED' }, undefined, 'declined'],
  ['not at all, for goods that were never taken', { returnType: 'UNREDEEMED' }, undefined, 'declined'],
] as const)('a return that is decided %s', async (_, fields, decisionType, expected) => {
  const decisions = [{ returnItemId: 301, count: 1, ...(decisionType && { decisionType }) }]
  market.answer('getReturn', wireReturn({ ...fields, items: [{ shopSku: 'TEA', count: 1, decisions }] }))
  expect((await decide({ kind: 'refund' })).kind).toBe(expected)
  expect(market.changes()).toEqual(['getReturn'])
})

const partial = { kind: 'partial-refund', amount: '100' } as const
test.each([
  ['REFUND_IN_PROGRESS', { kind: 'refund-with-shipping' }, 'already-done'],
  ['REFUND_IN_PROGRESS', { kind: 'refund', items: [{ itemId: '301', ...partial }] }, 'declined'],
  ['REFUNDED', partial, 'declined'],
  ['REFUNDED_BY_SHOP', { kind: 'fast-refund' }, 'declined'],
  ['PREMODERATION_SELECT_DELIVERY', { kind: 'fast-refund' }, 'declined'],
  ['PREMODERATION_SELECT_DELIVERY', partial, 'declined'],
] as const)('money that is on its way, %s, is what was decided: %o', async (refundStatus, decision, expected) => {
  const decisions = [{ returnItemId: 301, count: 1 }]
  market.answer('getReturn', wireReturn({ refundStatus, items: [{ shopSku: 'TEA', count: 1, decisions }] }))
  const outcome = await decide(decision as Parameters<typeof decide>[0])
  expect(outcome.kind).toBe(expected)
  if (outcome.kind === 'declined') expect(outcome.state).toContain(refundStatus)
})

test('a refusal for which the Market names no reasons carries none: its field is a word of the Market’s', async () => {
  market.answer('getReturn', wireReturn())
  market.answer('getReturnAvailableDecisions', offers({ decisionType: 'DECLINE_REFUND' }))
  expect(await decide({ kind: 'decline', reason: 'the box is open', comment: 'x' })).toEqual({ kind: 'done' })
  expect(market.changes().at(-1)).toContain('"decisionType":"DECLINE_REFUND","comment":"x"')
  expect(market.changes().at(-1)).not.toContain('decisionReasonType')
})

test('a refused decision is looked at again: it may be the lost one', async () => {
  market.answer('getReturn', wireReturn(), wireReturn({ refundStatus: 'DECISION_MADE' }))
  market.answer('getReturnAvailableDecisions', offers({ decisionType: 'REFUND_MONEY' }))
  market.answer('submitReturnDecision', errorAnswer(400, 'already decided'))
  expect(await decide({ kind: 'refund' })).toEqual({ kind: 'already-done' })
})

/* Conversations */

const fetch = async (
  externalId: string,
  payload: Extract<MarketplaceEffect, { kind: 'fetch-conversation' }>['payload'],
  facts: Partial<Order> = {},
) => {
  const order = conversationOrder(externalId, facts)
  return (await market.perform({ kind: 'fetch-conversation', lane: 'reading', payload }, { order })).outcome
}
const ok = (result: object) => ({ status: 200, body: { status: 'OK', result } })

test('a chat and its messages are read', async () => {
  market.answer('getChat', ok({ chatId: 5, context: { type: 'ORDER', orderId: 58001 }, status: 'NEW' }))
  market.answer('getChatMessage', ok({ messageId: 9, sender: 'CUSTOMER', message: 'Hello' }))
  expect(await fetch('chat-5', { topic: 'chat' })).toMatchObject({
    found: { type: 'conversation.read', topic: 'chat', view: { kind: 'subject', orderNumber: 'YM-58001' } },
  })
  expect(await fetch('chat-5', { topic: 'chat', messageId: '9' })).toMatchObject({
    found: { view: { kind: 'message', message: { id: '9', author: 'customer', text: 'Hello' } } },
  })
  expect(market.calls.map(({ query }) => query)).toEqual([{ chatId: '5' }, { chatId: '5', messageId: '9' }])
})

const text = { text: 'Nice', author: { type: 'USER' }, status: 'PUBLISHED' }
const comments = [{ id: 8, ...text }]
test.each<[string, Operation, object, unknown]>([
  ['review', 'getGoodsFeedbacks', { feedbacks: [{ feedbackId: 7, statistics: { rating: 5 } }] }, { feedbackIds: [7] }],
  [
    'review-comment',
    'getGoodsFeedbackComments',
    { comments: [{ id: 7, feedbackId: 4, ...text }] },
    { commentIds: [7] },
  ],
  ['question', 'getGoodsQuestions', { questions: [{ questionIdentifiers: { id: 7 }, ...text }] }, { questionIds: [7] }],
  ['answer', 'getGoodsQuestionAnswers', { answers: [{ id: 7, questionId: 3, ...text, comments }] }, { answerIds: [7] }],
])('a %s is read by its id; one that is not shown is gone', async (topic, operation, result, body) => {
  const kind = topic as 'review'
  market.answer(operation, ok(result), ok(Object.fromEntries(Object.keys(result).map((key) => [key, []]))))
  expect(await fetch(`${topic}-7`, { topic: kind })).toMatchObject({
    kind: 'read',
    found: { view: { kind: 'subject' } },
  })
  expect(market.calls[0]!.body).toEqual(body)
  expect(await fetch(`${topic}-7`, { topic: kind })).toMatchObject({ found: { topic, view: { kind: 'gone' } } })
})

test('a comment on an answer is found in it', async () => {
  market.answer('getGoodsQuestionAnswers', ok({ answers: [{ id: 7, ...text, comments }] }))
  expect(await fetch('answer-7', { topic: 'answer', messageId: '8' })).toMatchObject({
    found: { view: { kind: 'message', message: { id: '8', text: 'Nice' } } },
  })
  expect(await fetch('answer-7', { topic: 'answer', messageId: '9' })).toMatchObject({
    found: { view: { kind: 'gone', messageId: '9' } },
  })
})

test('what was only just written may not be shown yet', async () => {
  market.answer('getChatMessage', errorAnswer(404, "Can't find message by id: 9"))
  const announced = (at: string) => ({
    conversation: { topic: 'chat' as const, announcedMessages: { 9: at }, messages: {}, replies: {} },
  })
  const payload = { topic: 'chat' as const, messageId: '9' }
  expect((await fetch('chat-5', payload, announced('2026-05-04T07:59:50Z'))).kind).toBe('too-early')
  expect(await fetch('chat-5', payload, announced('2026-05-04T07:50:00Z'))).toMatchObject({
    found: { view: { kind: 'gone', messageId: '9' } },
  })
})

const reply = async (
  externalId: string,
  topic: Extract<MarketplaceEffect, { kind: 'reply-to-customer' }>['payload']['topic'],
  wasUnclear = false,
) => {
  const conversation = {
    topic,
    announcedMessages: {},
    messages: {},
    replies: { r1: { text: 'Thanks', at: '2026-05-04T07:55:00.000Z' } },
  }
  return market.perform(
    { kind: 'reply-to-customer', lane: 'answers', payload: { topic, text: 'Thanks' } },
    {
      order: conversationOrder(externalId, { conversation }),
      idempotencyKey: `YM-${externalId}/reply-to-customer/r1`,
      wasUnclear,
    },
  )
}

test.each<[string, 'chat' | 'review' | 'question' | 'answer', string]>([
  ['chat-5', 'chat', 'sendMessageToChat {"message":"Thanks"}'],
  ['review-7', 'review', 'updateGoodsFeedbackComment {"feedbackId":7,"comment":{"text":"Thanks"}}'],
  [
    'question-7',
    'question',
    'updateGoodsQuestionTextEntity {"operationType":"CREATE","parentEntityId":{"id":7,"type":"QUESTION"},"text":"Thanks"}',
  ],
  [
    'answer-7',
    'answer',
    'updateGoodsQuestionTextEntity {"operationType":"CREATE","parentEntityId":{"id":7,"type":"ANSWER"},"text":"Thanks"}',
  ],
])('a reply in %s', async (externalId, topic, expected) => {
  const { outcome, evidence } = await reply(externalId, topic)
  expect(outcome).toEqual({ kind: 'done' })
  expect(market.changes()).toEqual([expected])
  expect(evidence?.request).not.toContain('Thanks')
})

test('a reply to a comment names its review, too', async () => {
  market.answer('getGoodsFeedbackComments', ok({ comments: [{ id: 7, feedbackId: 4, ...text }] }), ok({ comments: [] }))
  expect((await reply('review-comment-7', 'review-comment')).outcome).toEqual({ kind: 'done' })
  expect(market.changes().at(-1)).toBe(
    'updateGoodsFeedbackComment {"feedbackId":4,"comment":{"parentId":7,"text":"Thanks"}}',
  )
  expect((await reply('review-comment-7', 'review-comment')).outcome).toMatchObject({ kind: 'declined' })
})

test.each([
  ['the same text, younger', '2026-05-04T10:56:00+03:00', 'PARTNER', 'Thanks', []],
  ['the same text, older', '2026-05-04T10:00:00+03:00', 'PARTNER', 'Thanks', ['sent']],
  ['the customer’s same text', '2026-05-04T10:56:00+03:00', 'CUSTOMER', 'Thanks', ['sent']],
  ['another text', '2026-05-04T10:56:00+03:00', 'PARTNER', 'Other', ['sent']],
])('after a lost answer a chat is looked through: %s', async (_, createdAt, sender, message, expected) => {
  market.answer('getChatHistory', ok({ messages: [{ messageId: 1, createdAt, sender, message }], paging: {} }))
  const { outcome } = await reply('chat-5', 'chat', true)
  expect(outcome.kind).toBe(expected.length > 0 ? 'done' : 'already-done')
  expect(market.calls.filter(({ operation }) => operation === 'sendMessageToChat')).toHaveLength(expected.length)
})

const ours = { text: 'Thanks ', author: { type: 'BUSINESS' }, status: 'PUBLISHED' }
test.each<['review' | 'review-comment' | 'question' | 'answer', Operation, object[]]>([
  [
    'review',
    'getGoodsFeedbackComments',
    [{ comments: [], paging: { nextPageToken: 'p' } }, { comments: [{ id: 1, ...ours }] }],
  ],
  [
    'review-comment',
    'getGoodsFeedbackComments',
    [{ comments: [{ id: 7, feedbackId: 4 }] }, { comments: [{ id: 1, parentId: 7, ...ours }] }],
  ],
  ['question', 'getGoodsQuestionAnswers', [{ answers: [{ id: 1, ...ours }] }]],
  ['answer', 'getGoodsQuestionAnswers', [{ answers: [{ id: 7, comments: [{ id: 1, ...ours }] }] }]],
])('after a lost answer a text of ours under a %s is not said twice', async (topic, operation, results) => {
  market.answer(operation, ...results.map(ok))
  expect((await reply(`${topic}-7`, topic, true)).outcome).toEqual({ kind: 'already-done' })
})

test('a reply that the Market does not take is declined', async () => {
  market.answer('sendMessageToChat', errorAnswer(400, 'Chat is finished'))
  expect((await reply('chat-5', 'chat')).outcome).toEqual({ kind: 'declined', state: '400 Chat is finished' })
})
