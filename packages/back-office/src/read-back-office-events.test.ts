import { describe, expect, it } from 'vitest'
import { inboundEventTypes } from './inbound-schema.ts'
import { readBackOfficeEvents } from './read-back-office-events.ts'

const base = { id: '7', orderNumber: 'KU-H1' }
const line = {
  sku: 'A',
  quantity: 2,
  markingCodes: [' 01\u001D93 '],
  series: 'S1',
  expiresOn: '2027-01-01',
  weightGrams: '512.5',
}

function readOne(event: unknown) {
  const messages = readBackOfficeEvents(typeof event === 'string' ? event : JSON.stringify(event))
  if (messages.kind === 'malformed') throw new Error(messages.detail)
  return messages.results[0]!
}

function readError(event: unknown): string {
  const message = readOne(event)
  return message.kind === 'rejected' ? (message.errors[0]?.message ?? '') : 'accepted'
}

describe('translation', () => {
  it.each<[object, object]>([
    [{ type: 'order.going_to' }, { type: 'assembly.started' }],
    [
      { type: 'line.picked', line },
      { type: 'line.picked', line },
    ],
    [{ type: 'order.assembled' }, { type: 'assembly.finished' }],
    [{ type: 'document.created' }, { type: 'composition.finalised' }],
    [
      { type: 'document.created', documentNumber: 'D1', lines: [line] },
      { type: 'composition.finalised', document: 'D1', lines: [line] },
    ],
    [
      { type: 'pickup_code.created', code: '0042' },
      { type: 'pickup-code.created', code: '0042' },
    ],
    [
      { type: 'order.issued', code: '0042', lines: [line] },
      { type: 'order.issued', code: '0042', lines: [line] },
    ],
    [{ type: 'order.issued' }, { type: 'order.issued' }],
    [
      { type: 'delivery.estimated', estimatedAt: '2026-05-01T13:30:00+03:00' },
      { type: 'delivery.estimated', estimatedAt: '2026-05-01T13:30:00+03:00' },
    ],
    [{ type: 'delivery.started' }, { type: 'delivery.started' }],
    [
      { type: 'delivery.finished', lines: [line] },
      { type: 'delivery.finished', lines: [line] },
    ],
    [
      { type: 'order.cancelled', reason: 'store_closed', comment: 'fire' },
      { type: 'cancellation.requested', reason: 'store_closed', comment: 'fire' },
    ],
    [
      { type: 'return.decided', returnId: '5', decision: 'accepted' },
      { type: 'return.decided', returnId: '5', decision: 'accepted' },
    ],
  ])('%o', (wire, event) => {
    expect(readOne({ ...base, ...wire })).toEqual({ kind: 'event', ...base, event, dedupKey: 'bo:KU-H1:7' })
  })

  it('the time of the event is UTC', () => {
    expect(readOne({ ...base, type: 'order.assembled', at: '2026-05-01T10:00:00.5+03:00' })).toMatchObject({
      occurredAt: '2026-05-01T07:00:00.500Z',
    })
  })

  it('the same id for another order is another event', () => {
    expect(readOne({ ...base, orderNumber: 'KU-H2', type: 'order.assembled' })).toMatchObject({
      dedupKey: 'bo:KU-H2:7',
    })
  })

  it('unknown fields, null, empty optional texts and a byte order mark do no harm', () => {
    const body = {
      ...base,
      type: 'line.picked',
      at: null,
      what: 1,
      line: { sku: 'A', quantity: 0, series: '', weightGrams: '', x: {} },
    }
    expect(readOne(`\uFEFF${JSON.stringify(body)}`)).toMatchObject({
      event: { type: 'line.picked', line: { sku: 'A', quantity: 0 } },
    })
  })

  it('numbers where text is meant keep every digit', () => {
    const raw =
      '{"id":12345678901234567890,"type":"line.picked","orderNumber":"KU-H1","line":{"sku":4600000000000000001,"quantity":1.5,"weightGrams":512.50}}'
    expect(readOne(raw)).toMatchObject({
      id: '12345678901234567890',
      event: { line: { sku: '4600000000000000001', quantity: 1.5, weightGrams: '512.50' } },
    })
  })
})

describe('rejection', () => {
  it.each<[unknown, string]>([
    [{ ...base, type: 'order.sold' }, `type is not known: "order.sold"; known types: ${inboundEventTypes.join(', ')}`],
    [base, `type is missing; known types: ${inboundEventTypes.join(', ')}`],
    ['[5]', 'event must be an object: one event'],
    [
      { type: 'order.assembled', orderNumber: 'KU-H1' },
      'id is missing; it must be text: the number of your own message, different for every message and the same when you send it again',
    ],
    [
      { ...base, type: 'order.assembled', orderNumber: 'KU H1' },
      'orderNumber must be the order number as it came with the reservation: letters, digits, dots, dashes and underscores',
    ],
    [
      { ...base, type: 'order.assembled', at: '2026-05-01T10:00:00' },
      'at must be a time with its zone, for example 2026-05-01T10:00:00+03:00 or 2026-05-01T07:00:00Z',
    ],
    [{ ...base, type: 'line.picked' }, 'line must be an object with at least sku and quantity'],
    [
      { ...base, type: 'line.picked', line: { sku: 'A', quantity: -1 } },
      'line.quantity must be 0 or greater; 0 says: not available',
    ],
    [
      { ...base, type: 'line.picked', line: { sku: 'A', quantity: '1' } },
      'line.quantity must be a number without quotes, 0 or greater; 0 says: not available',
    ],
    [
      { ...base, type: 'line.picked', line: { sku: 'A', quantity: 1, weightGrams: '1,5' } },
      'line.weightGrams must be the weight of the whole line in grams with a decimal point, for example "512.5"',
    ],
    [
      { ...base, type: 'document.created', lines: [] },
      'lines must not be empty: leave lines out when nothing differs, give a line quantity 0 when it is missing',
    ],
    [
      { ...base, type: 'document.created', lines: [line, { sku: 'B' }] },
      'lines[1].quantity is missing; it must be a number without quotes, 0 or greater; 0 says: not available',
    ],
    [
      { ...base, type: 'pickup_code.created', code: '' },
      'code must not be empty: the code the customer shows at the counter',
    ],
    [{ ...base, type: 'order.issued', code: '' }, 'code must not be empty: the code the customer shows at the counter'],
    [
      { ...base, type: 'order.cancelled', reason: 'mood' },
      'reason must be one of out_of_stock, store_closed, technical_issues, order_not_paid, customer_request',
    ],
  ])('%o', (event, message) => {
    expect(readError(event)).toBe(message)
  })

  it('one bad event leaves the others alone and is named by index and id', () => {
    const good = { ...base, type: 'order.assembled' }
    const messages = readBackOfficeEvents(
      JSON.stringify([good, { ...base, id: '8', type: 'nothing' }, { ...good, id: '9' }]),
    )
    expect(messages).toMatchObject({
      kind: 'list',
      results: [
        { kind: 'event', id: '7' },
        { kind: 'rejected', index: 1, id: '8', errors: [{ path: 'type' }] },
        { kind: 'event', id: '9' },
      ],
    })
  })

  it.each<[string, string | RegExp]>([
    ['', /^The body is not JSON\. Send one event as an object, or a list of 1 to 500 events\.$/],
    ['{"id": 1,}', /^The body is not JSON \(line 1 column 10\)\. Send/],
    ['{"phone": +79990000000}', /^(?!.*7999)The body is not JSON/],
    ['"text"', /^The body is neither an object nor a list\./],
    ['null', /^The body is neither an object nor a list\./],
    ['[]', /^The list is empty\./],
    [
      JSON.stringify(Array(501).fill(base)),
      /^The list has 501 events\. Send one event as an object, or a list of 1 to 500/,
    ],
  ])('%.40s is malformed', (body, detail) => {
    expect(readBackOfficeEvents(body)).toEqual({ kind: 'malformed', detail: expect.stringMatching(detail) })
  })
})

describe('input that is meant to hurt', () => {
  it.each<[string, object]>([
    ['lines', { type: 'document.created', lines: Array(1_000).fill({}) }],
    ['too many lines', { type: 'document.created', lines: Array(100_000).fill({}) }],
    ['marking codes', { type: 'line.picked', line: { ...line, markingCodes: Array(1_000).fill(1) } }],
  ])('names at most some twenty faults of one event: %s', (_, event) => {
    const message = readOne({ ...base, ...event })
    expect(message.kind === 'rejected' && message.errors.length).toBeGreaterThan(0)
    expect(message.kind === 'rejected' && message.errors.length).toBeLessThanOrEqual(20)
  })

  it.each([
    [{ quantity: 1e308 }, 'line.quantity must not be more than 1000000000'],
    [{ weightGrams: '9'.repeat(400) }, 'line.weightGrams must not be longer than 20 characters'],
  ])('refuses what no scale shows: %j', (odd, error) => {
    expect(readError({ ...base, type: 'line.picked', line: { ...line, ...odd } })).toBe(error)
  })

  it('takes a full list', () => {
    expect(readOne({ ...base, type: 'document.created', lines: Array(1_000).fill(line) }).kind).toBe('event')
  })

  it.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '1999-12-31T23:59:59Z'])(
    'refuses a time that no clock shows: %s',
    (at) => {
      expect(readError({ ...base, type: 'order.assembled', at })).toBe(
        'at must be a time between the years 2000 and 2199',
      )
    },
  )

  it.each(['KU-../x', 'KU-a/b', 'KU-\0', 'KU-<b>', "KU-';--", 'KU-Ж', 'KU-a\r\nx'])(
    'refuses %j as an order number: no order ever has it',
    (orderNumber) => {
      expect(readError({ ...base, orderNumber, type: 'order.assembled' })).toContain(
        'orderNumber must be the order number',
      )
    },
  )

  it('refuses an event that is not UTF-8, and takes its neighbour', () => {
    const bytes = Buffer.from(
      JSON.stringify([
        { ...base, type: 'line.picked', line: { ...line, sku: '~~' } },
        { ...base, type: 'order.assembled' },
      ]),
    )
    const body = new TextDecoder().decode(bytes.map((byte) => (byte === 0x7e ? 0xcf : byte)))
    const messages = readBackOfficeEvents(body)
    expect(messages.kind === 'list' && messages.results).toMatchObject([
      { kind: 'rejected', index: 0, id: '7', errors: [{ message: expect.stringContaining('not UTF-8') }] },
      { kind: 'event' },
    ])
  })
})
