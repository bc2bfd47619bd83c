import type { Outcome } from '@sluice/orders'
import { expect, test } from 'vitest'
import { orderSchema, type WireOrder } from '../wire-schema.ts'
import { wireOrder } from './fake-market.ts'
import { classifyRefusal, type StepRules } from './report-change.ts'
import { classifyVerification } from './report-courier-code.ts'
import { rescheduleRules, storageRules, trackRules } from './report-delivery.ts'
import { digitalRules, toDigitalItems } from './report-digital-codes.ts'
import { layoutRules, removalRules } from './report-packed.ts'
import { classifyCodes } from './report-ready.ts'
import { registrationRules } from './report-registered.ts'
import { cancelRules, rulesOf, toCancelSubstatus, toStatusChange } from './report-status.ts'
import { classifyBeforeCancel, classifyOperation } from './report-to-warehouse.ts'

function order(state: string, fields: Record<string, unknown> = {}): WireOrder {
  const [status, substatus] = state.split('/')
  return orderSchema.parse(wireOrder({ status, substatus, ...fields }))
}

const lines = [
  { id: '1', sku: 'TEA', ordered: 2, packed: 1, codes: [] },
  { id: '2', sku: 'CUP', ordered: 1, packed: 1, codes: [] },
]
const boxes = [
  [
    { id: '1', fullCount: 1 },
    { id: '2', fullCount: 1 },
  ],
]
const wireBox = (...items: object[]) => ({ boxId: 5, barcode: '58001-1', items })
const laidOut = {
  delivery: { boxesLayout: [wireBox({ id: 2, fullCount: 1 }, { id: 1, fullCount: 1 })] },
}

/** A 400 to each step, by what the order shows then. */
test.each<[string, StepRules, WireOrder, string, Outcome['kind']]>([
  ['ready', rulesOf('ready'), order('PROCESSING/READY_TO_SHIP'), '', 'already-done'],
  ['ready', rulesOf('ready'), order('PROCESSING/SHIPPED'), '', 'already-done'],
  ['ready', rulesOf('ready'), order('CANCELLED/USER_CHANGED_MIND'), '', 'cancelled-there'],
  ['ready', rulesOf('ready'), order('PROCESSING/STARTED'), '', 'refused'],
  ['ready', rulesOf('ready'), order('UNPAID/WAITING_USER_INPUT'), '', 'too-early'],
  ['ready', rulesOf('ready'), order('NEW_WORD'), '', 'refused'],
  ['delivering', rulesOf('delivering'), order('DELIVERY/DELIVERY_SERVICE_RECEIVED'), '', 'already-done'],
  ['delivering', rulesOf('delivering'), order('DELIVERED'), '', 'already-done'],
  ['delivering', rulesOf('delivering'), order('PROCESSING/STARTED'), '', 'refused'],
  ['at_pickup', rulesOf('at_pickup'), order('PICKUP'), '', 'already-done'],
  ['at_pickup', rulesOf('at_pickup'), order('DELIVERY'), '', 'refused'],
  ['delivered', rulesOf('delivered'), order('DELIVERED'), '', 'already-done'],
  ['delivered', rulesOf('delivered'), order('PARTIALLY_RETURNED'), '', 'already-done'],
  ['delivered', rulesOf('delivered'), order('PICKUP'), '', 'refused'],
  ['canceled', cancelRules('marketplace-delivery'), order('PROCESSING/SHIPPED'), '', 'declined'],
  ['canceled', cancelRules('marketplace-delivery'), order('DELIVERY/COURIER_SEARCH'), '', 'refused'],
  ['canceled', cancelRules('marketplace-delivery'), order('PENDING'), '', 'too-early'],
  ['canceled', cancelRules('merchant-delivery'), order('DELIVERY'), '', 'refused'],
  ['canceled', cancelRules('pickup'), order('DELIVERED'), '', 'declined'],
  // Only the reason is refused: the store may send another one.
  [
    'canceled',
    cancelRules('pickup'),
    order('DELIVERY'),
    "Cancellation request substatus 'PICKUP_EXPIRED' is not available for status 'DELIVERY'",
    'declined',
  ],
  [
    'canceled',
    cancelRules('merchant-delivery'),
    order('DELIVERY'),
    "Transition 'DELIVERY' -> 'CANCELLED' is not allowed. Reason: Not enough calls to the buyer",
    'declined',
  ],
  ['canceled', cancelRules('digital'), order('RETURNED'), '', 'declined'],
  ['registered', registrationRules('YM-1'), order('PROCESSING', { externalOrderId: 'YM-1' }), '', 'already-done'],
  ['registered', registrationRules('YM-1'), order('PROCESSING', { externalOrderId: 'S-2' }), '', 'skipped'],
  ['registered', registrationRules('YM-1'), order('PROCESSING/READY_TO_SHIP'), '', 'skipped'],
  ['registered', registrationRules('YM-1'), order('CANCELLED'), '', 'cancelled-there'],
  ['packed', layoutRules(boxes, true), order('PROCESSING/STARTED'), 'Violations: only item', 'declined'],
  ['packed', layoutRules(boxes, true), order('PROCESSING/STARTED'), 'Invalid incoming cis for item', 'refused'],
  ['packed', layoutRules(boxes, false), order('PROCESSING/STARTED'), 'Violations: x', 'refused'],
  ['packed', layoutRules(boxes, true), order('PROCESSING/READY_TO_SHIP'), 'after READY_TO_SHIP', 'refused'],
  ['packed', layoutRules(boxes, true), order('PROCESSING/READY_TO_SHIP', laidOut), '', 'already-done'],
  ['packed', layoutRules([[boxes[0]![0]!]], true), order('PROCESSING/READY_TO_SHIP', laidOut), '', 'refused'],
  // Reported ready by hand: a box without codes has nothing more to say, one with codes has.
  ['packed', layoutRules([[{ id: '1', fullCount: 2 }]], false), order('PROCESSING/READY_TO_SHIP'), '', 'skipped'],
  [
    'packed',
    layoutRules([[{ id: '1', fullCount: 1, instances: [{ cis: 'x' }] }]], false),
    order('PROCESSING/READY_TO_SHIP'),
    '',
    'refused',
  ],
  ['taken out', removalRules(lines), order('PROCESSING/STARTED'), 'promo', 'declined'],
  [
    'taken out',
    removalRules(lines),
    order('PROCESSING/STARTED', {
      items: [
        { id: 1, offerId: 'TEA', count: 1 },
        { id: 2, offerId: 'CUP', count: 1 },
      ],
    }),
    '',
    'already-done',
  ],
  ['tracked', trackRules('T1'), order('DELIVERY', { delivery: { tracks: [{ trackCode: 'T1' }] } }), '', 'already-done'],
  ['tracked', trackRules('T1'), order('DELIVERY'), '', 'refused'],
  ['tracked', trackRules('T1'), order('DELIVERED'), '', 'skipped'],
  ['rescheduled', rescheduleRules('2026-05-04'), order('DELIVERY'), '', 'already-done'],
  [
    'rescheduled',
    rescheduleRules('2026-05-06'),
    order('DELIVERY'),
    'dates are the same as the current!',
    'already-done',
  ],
  ['rescheduled', rescheduleRules('2026-05-06'), order('DELIVERY'), 'Exceeded the number of edits of', 'declined'],
  ['rescheduled', rescheduleRules('2026-05-06'), order('DELIVERY'), '', 'refused'],
  ['rescheduled', rescheduleRules('2026-05-06'), order('PICKUP'), 'Action is not allowed', 'skipped'],
  [
    'storage',
    storageRules('2026-06-01'),
    order('PICKUP', { delivery: { pickup: { outletStorageLimitDate: '2026-06-01' } } }),
    '',
    'already-done',
  ],
  ['storage', storageRules('2026-06-01'), order('PICKUP'), 'once only', 'declined'],
  ['storage', storageRules('2026-06-01'), order('DELIVERED'), '', 'skipped'],
  ['storage', storageRules('2026-06-01'), order('DELIVERY'), '', 'refused'],
  ['digital', digitalRules(false), order('DELIVERED'), '', 'already-done'],
  ['digital', digitalRules(false), order('PROCESSING/STARTED'), '', 'refused'],
  ['digital', digitalRules(true), order('PROCESSING/STARTED'), '', 'too-early'],
])('%s refused, %o', (_step, rules, shown, message, expected) => {
  const outcome = classifyRefusal(shown, { kind: 'rejected', status: 400, message, detail: `400 ${message}` }, rules)
  expect(outcome.kind).toBe(expected)
  if (outcome.kind === 'refused') expect(outcome).toMatchObject({ fault: 'data', status: 400 })
})

test.each([
  ['2026-05-03T20:30:00Z', '2026-05-04T08:00:00Z', '2026-05-03'],
  // Half past midnight in Moscow is today's.
  ['2026-05-03T21:30:00Z', '2026-05-04T08:00:00Z', undefined],
  ['2026-05-05T08:00:00Z', '2026-05-04T08:00:00Z', undefined],
  ['no time', '2026-05-04T08:00:00Z', undefined],
])('delivered at %s, told at %s: day %s', (at, now, realDeliveryDate) => {
  const change = toStatusChange({ step: 'delivered', at }, 'merchant-delivery', Date.parse(now))
  expect(change).toEqual({ status: 'DELIVERED', ...(realDeliveryDate && { realDeliveryDate }) })
  expect(toStatusChange({ step: 'delivered', at }, 'digital', Date.parse(now))).toEqual({ status: 'DELIVERED' })
})

test.each([
  ['marketplace-delivery', 'customer_request', 'SHOP_FAILED'],
  ['merchant-delivery', 'customer_request', 'USER_CHANGED_MIND'],
  ['pickup', 'customer_request', 'USER_CHANGED_MIND'],
  ['pickup', 'out_of_stock', 'SHOP_FAILED'],
  ['digital', 'customer_request', 'SHOP_FAILED'],
  ['pickup', 'pickup_expired', 'PICKUP_EXPIRED'],
  ['merchant-delivery', 'customer_unreachable', 'USER_UNREACHABLE'],
  ['merchant-delivery', 'wrong_customer_data', 'INCORRECT_PERSONAL_DATA'],
  ['marketplace-delivery', 'pickup_expired', 'SHOP_FAILED'],
  ['by-marketplace', 'customer_unreachable', 'SHOP_FAILED'],
] as const)('%s cancelled for %s is %s', (fulfilment, reason, substatus) => {
  expect(toCancelSubstatus(reason, fulfilment)).toBe(substatus)
})

test.each([
  [order('CANCELLED', { programType: 'LAAS' }), 'already-done'],
  [order('PROCESSING/STARTED', { programType: 'FBY' }), 'declined'],
  [order('DELIVERY', { programType: 'LAAS' }), 'declined'],
  [order('PROCESSING/STARTED', { programType: 'LAAS' }), undefined],
  [order('RESERVED', { programType: 'LAAS' }), undefined],
])('an order of the Market’s warehouse before it is cancelled: %o', (shown, expected) => {
  expect(classifyBeforeCancel(shown)?.kind).toBe(expected)
})

test.each([
  ['IN_PROGRESS', 'too-early'],
  ['DONE', 'too-early'],
  ['FAILED', 'declined'],
])('a cancellation that is %s is %s', (status, expected) => {
  const body = { result: { operations: [{ id: 700, status }] } }
  expect(classifyOperation(body, '700').kind).toBe(expected)
})

test.each([
  [{ verificationResult: 'ACCEPTED' }, { kind: 'done' }],
  [
    { verificationResult: 'REJECTED', attemptsLeft: 2 },
    { kind: 'declined', state: 'wrong code, attempts left: 2' },
  ],
  [{ verificationResult: 'NEED_UPDATE' }, { kind: 'declined' }],
  [{ verificationResult: 'NEW' }, { kind: 'refused', fault: 'theirs' }],
])('a courier’s code: %o', (result, expected) => {
  expect(classifyVerification({ result })).toMatchObject(expected)
})

const checked = (cis: object[] | null, uin: object[] | null = null) => ({ result: { items: [{ id: '1', cis, uin }] } })
test.each([
  ['all good', checked([{ status: 'OK' }]), undefined],
  ['one is checked', checked([{ status: 'OK' }, { status: 'IN_PROGRESS' }]), 'too-early'],
  ['not sent on', checked([{ status: 'NOT_ON_VALIDATION' }]), 'too-early'],
  ['could not be checked yet', checked([{ status: 'FAILED' }]), 'too-early'],
  ['not listed', { result: { items: [] } }, 'too-early'],
  ['no codes listed', checked(null), 'too-early'],
  ['a new word', checked([{ status: 'NEW' }]), 'too-early'],
  ['refused', checked([{ status: 'OK' }, { status: 'INVALID', substatus: 'WRONG_OWNER_INN' }]), 'refused'],
  ['a wrong jewellery number', checked(null, [{ status: 'FAILED', substatus: 'UIN_NO_DATA' }]), 'refused'],
  ['a good jewellery number', checked(null, [{ status: 'OK' }]), undefined],
])('marking codes: %s', (_, answer, expected) => {
  const outcome = classifyCodes(answer as Parameters<typeof classifyCodes>[0], [{ id: '1', sku: 'TEA' }])
  expect(outcome?.kind).toBe(expected)
  if (outcome?.kind === 'too-early') expect(outcome.patienceMs).toBe(30 * 60_000)
  if (outcome?.kind === 'refused')
    expect(outcome).toMatchObject({ fault: 'data', detail: expect.stringContaining('TEA') })
})

const game = { sku: 'GAME', quantity: 2, lineId: '1' }
test('all keys of the order go in one call, by line', () => {
  const issued = [{ sku: 'GAME', codes: ['K1', 'K2'], slip: '<p>Enter</p>', activateUntil: '2027-01-31' }]
  expect(toDigitalItems([game], issued)).toEqual({
    kind: 'items',
    items: [{ id: '1', codes: ['K1', 'K2'], slip: '<p>Enter</p>', activateTill: '2027-01-31' }],
  })
})

test('keys without instructions and end get what the Market demands', () => {
  const content = toDigitalItems([game], [{ sku: 'GAME', codes: ['K1', 'K2'] }])
  expect(content).toMatchObject({ items: [{ slip: expect.stringMatching(/./), activateTill: '2099-12-31' }] })
})

test.each([
  ['too few keys', [{ sku: 'GAME', codes: ['SECRET'] }], 'GAME: 1 keys for 2 units'],
  ['too many keys', [{ sku: 'GAME', codes: ['SECRET', 'B', 'C'] }], 'GAME: 1 keys too many'],
  ['a key twice', [{ sku: 'GAME', codes: ['SECRET', 'SECRET'] }], 'GAME: a key is there twice'],
  ['an article that was not ordered', [{ sku: 'X', codes: ['SECRET'] }], 'X was not ordered'],
  ['an empty key', [{ sku: 'GAME', codes: ['SECRET', ''] }], 'GAME: a key must have'],
])('%s: nothing is sent, and no key is named', (_, issued, detail) => {
  const content = toDigitalItems([game], issued)
  expect(content).toMatchObject({ kind: 'impossible', detail: expect.stringContaining(detail) })
  expect(JSON.stringify(content)).not.toContain('SECRET')
})
