import { parseEventJob } from '@sluice/contracts'
import { expect, test } from 'vitest'
import { customerReturn } from './example-answers.ts'
import { refundStage, shipmentStage } from './return-stages.ts'
import { toReturnView } from './to-return-view.ts'
import { returnSchema } from './wire-schema.ts'

const view = (wire: object) => toReturnView(returnSchema.parse(wire))

test('a return in full', () => {
  expect(view(customerReturn)).toStrictEqual({
    kind: 'return',
    createdAt: '2026-05-10T06:00:00.000Z',
    updatedAt: '2026-05-10T06:30:00Z',
    refund: 'decision-needed',
    shipment: 'ready-for-pickup',
    collectBy: '2026-05-20T21:00:00+03:00',
    amount: '390.50',
    lines: [
      { sku: 'TEA-100', quantity: 1, itemId: '1', reason: 'BAD_QUALITY/DAMAGED: Torn' },
      { sku: 'TEA-100', quantity: 1, itemId: '2', reason: 'DOES_NOT_FIT' },
    ],
  })
})

test('it crosses processes unchanged', () => {
  const job = {
    ref: { marketplace: 'yandex-market', account: 'main', externalId: '1', number: 'YM-1' },
    name: 'return.read',
    envelope: {
      event: { type: 'return.read', returnId: '55001', view: view(customerReturn) },
      source: 'catch-up',
      dedupKey: 'k',
      receivedAt: '2026-05-01T07:00:00.000Z',
    },
  }
  expect(parseEventJob(JSON.parse(JSON.stringify(job)))).toEqual({ ok: true, value: job })
})

test('of unredeemed goods no money is told', () => {
  const wire = {
    id: 1,
    orderId: 2,
    returnType: 'UNREDEEMED',
    refundStatus: 'UNKNOWN',
    items: [{ shopSku: 'a', count: 1 }],
  }
  expect(view(wire)).toStrictEqual({ kind: 'unredeemed', lines: [{ sku: 'a', quantity: 1 }] })
})

test('goods that stay with the customer have no way back', () => {
  expect(view({ ...customerReturn, shipmentStatus: undefined, fastReturn: true })).not.toHaveProperty('shipment')
})

test.each([
  ['no decision', null, [{ quantity: 2 }]],
  ['a decision without its item', [{ count: 2 }], [{ quantity: 2 }]],
  ['one decision without a count', [{ returnItemId: 7 }], [{ quantity: 2, itemId: '7' }]],
  ['decisions that do not add up', [{ returnItemId: 7, count: 1 }], [{ quantity: 2, itemId: '7' }]],
  [
    'one decision per unit',
    [
      { returnItemId: 7, count: 1 },
      { returnItemId: 8, count: 1 },
    ],
    [
      { quantity: 1, itemId: '7' },
      { quantity: 1, itemId: '8' },
    ],
  ],
])('with %s no unit is lost or doubled', (_name, decisions, lines) => {
  const wire = { ...customerReturn, items: [{ shopSku: 'a', count: 2, decisions }] }
  expect(view(wire).lines).toStrictEqual(lines.map((line) => ({ sku: 'a', ...line })))
})

test.each([
  ['STARTED_BY_USER', 'started'],
  ['PREMODERATION_DECISION_WAITING', 'decision-needed'],
  ['WAITING_FOR_DECISION', 'decision-needed'],
  ['PREMODERATION_DECISION_MADE', 'decided'],
  ['DECISION_MADE', 'decided'],
  ['PREMODERATION_DISPUTE', 'disputed'],
  ['PREMODERATION_SELECT_DELIVERY', 'confirmed'],
  ['REFUND_IN_PROGRESS', 'refunding'],
  ['REFUNDED', 'refunded'],
  ['REFUNDED_WITH_BONUSES', 'refunded'],
  ['REFUNDED_BY_SHOP', 'refunded'],
  ['COMPLETE_WITHOUT_REFUND', 'cancelled'],
  ['REJECTED', 'rejected'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
  ['UNKNOWN', 'unknown'],
  ['REFUNDED_IN_GOLD', 'unknown'],
])('money in %s is %s', (status, stage) => {
  expect(refundStage(status)).toBe(stage)
})

test.each([
  ['CREATED', 'created'],
  ['RECEIVED', 'on-the-way'],
  ['IN_TRANSIT', 'on-the-way'],
  ['READY_FOR_PICKUP', 'ready-for-pickup'],
  ['PICKED', 'collected'],
  ['FULFILMENT_RECEIVED', 'at-marketplace'],
  ['LOST', 'lost'],
  ['EXPIRED', 'expired'],
  ['NOT_IN_DEMAND', 'expired'],
  ['CANCELLED', 'cancelled'],
  ['PREPARED_FOR_UTILIZATION', 'disposed'],
  ['UTILIZED', 'disposed'],
  ['READY_FOR_EXPROPRIATION', 'disposed'],
  ['RECEIVED_FOR_EXPROPRIATION', 'disposed'],
  ['UNKNOWN', 'unknown'],
  ['toString', 'unknown'],
])('goods in %s are %s', (status, stage) => {
  expect(shipmentStage(status)).toBe(stage)
})
