import { expect, test } from 'vitest'
import { parseEffectJob } from './effect-job.ts'
import { parseEventJob } from './event-job.ts'

const job = {
  ref: { marketplace: 'kuper', account: 'main', externalId: 'H1', number: 'KU-H1' },
  name: 'order.created',
  envelope: {
    event: { type: 'order.placed', order: { storeId: '17', lines: [{ sku: '1', quantity: 2 }] } },
    source: 'marketplace',
    dedupKey: 'kuper:main:H1:order.created',
    receivedAt: '2026-05-01T07:00:00.000Z',
  },
}

test('a job survives JSON and parsing unchanged', () => {
  expect(parseEventJob(JSON.parse(JSON.stringify(job)))).toEqual({ ok: true, value: job })
})

const order = {
  storeId: '17',
  lines: [{ sku: '1', quantity: 2, lineId: '9', markingKind: 'CIS' }],
  fulfilment: 'digital',
  isTest: true,
  shipOn: '2026-05-02',
  digital: 'keys',
}
const message = { id: '42', author: 'customer', text: 'when?', files: [{ url: 'https://f.example/1' }], rating: 5 }

test.each([
  { type: 'order.announced', storeId: '17' },
  { type: 'order.changed', state: 'PROCESSING/STARTED' },
  { type: 'cancellation.asked' },
  { type: 'line-service.changed', lineId: '9', service: 'S', states: [{ state: 'CREATED', quantity: 1 }] },
  { type: 'return.announced', returnId: '5', kind: 'unredeemed', lines: [{ sku: '1', quantity: 1 }] },
  { type: 'return.changed', returnId: '5', refund: 'decision-needed', shipment: 'on-the-way' },
  { type: 'conversation.announced', topic: 'chat', messageId: '42' },
  { type: 'conversation.disputed', phase: 'started' },
  {
    type: 'order.read',
    key: 'fetch-order/1',
    view: { state: 'DELIVERY', updatedAt: '2026-05-01T07:00:00Z', order, isOpen: true, reached: ['paid', 'atPickup'] },
  },
  {
    type: 'order.read',
    view: {
      state: 'CANCELLED',
      order,
      isOpen: false,
      isDraft: true,
      reached: [],
      cancelled: {},
      isCancellationAsked: true,
    },
  },
  {
    type: 'return.read',
    returnId: '5',
    view: { kind: 'return', refund: 'started', lines: [{ sku: '1', quantity: 1, itemId: '7', reason: 'BAD' }] },
  },
  { type: 'conversation.read', topic: 'chat', view: { kind: 'subject', about: { order: '1' }, message, state: 'NEW' } },
  { type: 'conversation.read', topic: 'review', view: { kind: 'message', message } },
  { type: 'conversation.read', topic: 'review', view: { kind: 'gone' } },
  { type: 'marketplace.noted', name: 'NEW_TYPE', body: { any: [1, 'thing', null] } },
  { type: 'composition.finalised', boxes: [{ lines: [{ sku: '1', quantity: 1, markingCodes: ['01'] }] }] },
  { type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' },
  {
    type: 'return.decided',
    returnId: '5',
    decision: { kind: 'refund', items: [{ itemId: '7', kind: 'partial-refund', amount: '1.00' }] },
  },
  { type: 'return.received', returnId: '5' },
  { type: 'courier-code.entered', code: '1234' },
  { type: 'delivery.tracked', trackCode: 'RA1', deliveryServiceId: '12' },
  { type: 'delivery.rescheduled', date: '2026-05-04', by: 'merchant' },
  { type: 'pickup.extended', until: '2026-05-20' },
  { type: 'digital.issued', lines: [{ sku: '1', codes: ['K1'], slip: 'type it in', activateUntil: '2027-12-31' }] },
  { type: 'conversation.replied', replyId: '1', text: 'soon' },
])('so does every event of a marketplace that is read and of the store: $type', (event) => {
  const other = { ...job, envelope: { ...job.envelope, event, source: 'catch-up' } }
  expect(parseEventJob(JSON.parse(JSON.stringify(other)))).toEqual({ ok: true, value: other })
})

test.each([
  ['no object', 'text', 'malformed event job: body: Invalid input: expected object, received string'],
  ['no envelope', { ...job, envelope: undefined }, 'envelope: '],
  [
    'an unknown event',
    { ...job, envelope: { ...job.envelope, event: { type: 'order.eaten' } } },
    'envelope.event.type',
  ],
  [
    'a field of the wrong type',
    { ...job, envelope: { ...job.envelope, event: { type: 'order.paid', amount: 12 } } },
    'envelope.event.amount',
  ],
  ['an order that nothing names', { ...job, ref: { marketplace: 'kuper', account: 'main' } }, 'ref: names no order'],
])('%s is refused with its place', (_, data, error) => {
  expect(parseEventJob(data)).toMatchObject({ ok: false, error: expect.stringContaining(error) })
})

test('errors never repeat what was in the job', () => {
  const parsed = parseEventJob({ ...job, name: 'x', ref: { ...job.ref, number: ['+79000000001'] } })
  expect(JSON.stringify(parsed)).not.toContain('+7900')
})

test.each(['0198c0de-0000-7000-8000-000000000000.3', 'a.1'])('effect id %s is read', (effectId) => {
  expect(parseEffectJob({ effectId })).toEqual({ ok: true, value: { effectId } })
})

test.each(['', 'a', 'a.0', 'a.b', '.1', 'a.1.2', undefined, 7])('effect id %s is refused', (effectId) => {
  expect(parseEffectJob({ effectId })).toMatchObject({ ok: false, error: expect.stringContaining('effectId') })
})
