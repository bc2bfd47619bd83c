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
