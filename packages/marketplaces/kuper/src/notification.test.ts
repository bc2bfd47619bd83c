import { type Composition, defaultPolicy } from '@sluice/orders'
import { expect, test } from 'vitest'
import { type KuperReport, type NotificationSettings, toNotification } from './notification.ts'

const settings: NotificationSettings = {
  missingLine: 'zero',
  cancellationSlugs: { ...defaultPolicy.cancellationSlugs, technical_issues: 'tech' },
  sendCancellationReason: true,
  estimatedDeliveryField: 'estimated_delivery_at',
}
const order = { externalId: 'H1', externalUuid: 'shop:5b0e', number: 'KU-H1' }
const keys = { order_id: 'H1', orderUUID: 'shop:5b0e', number: 'KU-H1' }

const composition: Composition = {
  changed: true,
  lines: [
    { sku: 'a', originalQuantity: 2, quantity: 1, markingCodes: ['0104\u001d91EE06 '], series: 'S1' },
    { sku: 'cheese', originalQuantity: 1, quantity: 0, weightGrams: '512.5' },
    { sku: 'b', originalQuantity: 1, quantity: 1, replacedBy: 'b2' },
    { sku: 'gone', originalQuantity: 3, quantity: 0 },
  ],
}
const positions = [
  { id: 'a', originalQuantity: 2, quantity: 1, markingCode: [{ value: '0104\u001d91EE06 ' }] },
  { id: 'cheese', originalQuantity: 1, quantity: 0, weight: '512.5' },
  { id: 'b', originalQuantity: 1, quantity: 1, replacedByID: 'b2' },
  { id: 'gone', originalQuantity: 3, quantity: 0 },
]

test.each<[KuperReport, string, object]>([
  [{ step: 'accepted' }, 'order.accepted', {}],
  [
    { step: 'accepted', expectedAssemblyAt: '2026-06-02T11:00:00+03:00' },
    'order.accepted',
    { estimated_assembly_at: '2026-06-02T11:00:00+03:00' },
  ],
  [{ step: 'in_work' }, 'order.in_work', {}],
  [{ step: 'assembled' }, 'order.assembled', {}],
  [{ step: 'pickup_code', code: '0731' }, 'order.pickup_code_created', { code: '0731' }],
  [
    { step: 'ready', composition },
    'order.ready_for_delivery',
    { order: { originalOrderId: 'H1', changed: true, positions } },
  ],
  [
    { step: 'estimated_delivery', estimatedAt: '2026-06-02T17:20:00+03:00' },
    'order.estimated_delivery_time',
    { estimated_delivery_at: '2026-06-02T17:20:00+03:00' },
  ],
  [{ step: 'delivering' }, 'order.delivering', {}],
  [
    { step: 'delivered', composition: { changed: false, lines: [{ sku: 'a', originalQuantity: 1, quantity: 1 }] } },
    'order.delivered',
    { order: { originalOrderId: 'H1', changed: false, positions: [{ id: 'a', originalQuantity: 1, quantity: 1 }] } },
  ],
  [
    { step: 'canceled', reason: 'technical_issues', comment: 'касса' },
    'order.canceled',
    { cancellation: { slug: 'tech', description: 'касса' } },
  ],
  [{ step: 'canceled', reason: 'out_of_stock' }, 'order.canceled', { cancellation: { slug: 'out_of_stock' } }],
])('%j is %s', (report, type, details) => {
  expect(toNotification(report, order, settings)).toStrictEqual({ event: { type, payload: { ...keys, ...details } } })
})

test('an order without uuid is named without', () => {
  const { event } = toNotification({ step: 'in_work' }, { externalId: 'H1', number: 'KU-H1' }, settings)
  expect(event.payload).toStrictEqual({ order_id: 'H1', number: 'KU-H1' })
})

test('missing lines can be left out; a weighed line with quantity 0 is not missing', () => {
  const { event } = toNotification({ step: 'ready', composition }, order, { ...settings, missingLine: 'omit' })
  expect(event.payload.order).toMatchObject({ positions: positions.slice(0, 3) })
})

test('the reason of a cancellation can be kept back', () => {
  const report: KuperReport = { step: 'canceled', reason: 'out_of_stock' }
  const { event } = toNotification(report, order, { ...settings, sendCancellationReason: false })
  expect(event.payload).toStrictEqual(keys)
})
