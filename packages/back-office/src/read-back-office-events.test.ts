import { describe, expect, it } from 'vitest'
import { inboundEventTypes } from './inbound-schema.ts'
import { readBackOfficeEvents } from './read-back-office-events.ts'
import { RETURN_DECISIONS } from './return-decision-schema.ts'

const base = { id: '7', orderNumber: 'KU-H1' }
const line = {
  sku: 'A',
  quantity: 2,
  markingCodes: [' 01\u001D93 '],
  series: 'S1',
  expiresOn: '2027-01-01',
  weightGrams: '512.5',
}
const key = { sku: 'G1', codes: ['K1', 'K2'], slip: 'type it in', activateUntil: '2099-12-31' }
const partly = { itemId: '77', kind: 'partial-refund', amount: '100.50' }
const reply = { id: '7', type: 'conversation.replied', conversation: 'YM-chat-123', text: ' Tomorrow\nat noon ' }

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
    [{ type: 'delivery.arrived' }, { type: 'delivery.arrived' }],
    [{ type: 'return.received' }, { type: 'goods.returned' }],
    [
      { type: 'delivery.finished', lines: [line] },
      { type: 'delivery.finished', lines: [line] },
    ],
    [
      { type: 'order.cancelled', reason: 'store_closed', comment: 'fire' },
      { type: 'cancellation.requested', reason: 'store_closed', comment: 'fire' },
    ],
    [
      { type: 'document.created', boxes: [{ lines: [{ sku: 'A', quantity: 2, markingCodes: [' 01\u001D93 '] }] }] },
      {
        type: 'composition.finalised',
        boxes: [{ lines: [{ sku: 'A', quantity: 2, markingCodes: [' 01\u001D93 '] }] }],
      },
    ],
    [
      {
        type: 'document.created',
        lines: [
          { sku: 'A', quantity: 0.3 },
          { sku: 'A', quantity: 2 },
          { sku: 'B', quantity: 0 },
        ],
        boxes: [{ lines: [{ sku: 'A', quantity: 0.1 }] }, { lines: [{ sku: 'A', quantity: 2.2 }] }],
      },
      {
        type: 'composition.finalised',
        lines: [
          { sku: 'A', quantity: 0.3 },
          { sku: 'A', quantity: 2 },
          { sku: 'B', quantity: 0 },
        ],
        boxes: [{ lines: [{ sku: 'A', quantity: 0.1 }] }, { lines: [{ sku: 'A', quantity: 2.2 }] }],
      },
    ],
    [
      { type: 'courier_code.entered', code: '0042' },
      { type: 'courier-code.entered', code: '0042' },
    ],
    [
      { type: 'delivery.tracked', trackCode: 'RA1RU', deliveryServiceId: '12' },
      { type: 'delivery.tracked', trackCode: 'RA1RU', deliveryServiceId: '12' },
    ],
    [
      { type: 'delivery.tracked', trackCode: 'RA1RU', deliveryServiceId: '' },
      { type: 'delivery.tracked', trackCode: 'RA1RU' },
    ],
    [
      { type: 'delivery.rescheduled', date: '2026-05-04', by: 'merchant' },
      { type: 'delivery.rescheduled', date: '2026-05-04', by: 'merchant' },
    ],
    [
      { type: 'pickup.extended', until: '2026-05-20' },
      { type: 'pickup.extended', until: '2026-05-20' },
    ],
    [
      { type: 'digital.issued', lines: [key, { sku: 'G2', codes: ['K3'], slip: '', activateUntil: '' }] },
      { type: 'digital.issued', lines: [key, { sku: 'G2', codes: ['K3'] }] },
    ],
    [
      { type: 'cancellation.answered', accepted: true, reason: '' },
      { type: 'cancellation.answered', isAccepted: true },
    ],
    [
      { type: 'cancellation.answered', accepted: false, reason: 'in_delivery' },
      { type: 'cancellation.answered', isAccepted: false, reason: 'in-delivery' },
    ],
    [
      { type: 'cancellation.answered', accepted: false, reason: 'delivered' },
      { type: 'cancellation.answered', isAccepted: false, reason: 'delivered' },
    ],
    ...RETURN_DECISIONS.filter((kind) => kind !== 'partial-refund').map((kind): [object, object] => [
      { type: 'return.decided', returnId: '5', decision: kind },
      { type: 'return.decided', returnId: '5', decision: { kind } },
    ]),
    [
      {
        type: 'return.decided',
        returnId: '5',
        decision: { kind: 'decline', reason: 'DEVICE_ACTIVATED', comment: 'used', amount: '', items: [partly] },
      },
      {
        type: 'return.decided',
        returnId: '5',
        decision: { kind: 'decline', reason: 'DEVICE_ACTIVATED', comment: 'used', items: [partly] },
      },
    ],
    [
      { type: 'return.received', returnId: '5' },
      { type: 'return.received', returnId: '5' },
    ],
  ])('%o', (wire, event) => {
    expect(readOne({ ...base, ...wire })).toEqual({
      kind: 'event',
      id: '7',
      number: 'KU-H1',
      namedBy: 'orderNumber',
      event,
      dedupKey: 'bo:KU-H1:7',
    })
  })

  it('an answer to a customer names its conversation in the place of an order', () => {
    expect(readOne(reply)).toEqual({
      kind: 'event',
      id: '7',
      number: 'YM-chat-123',
      namedBy: 'conversation',
      event: { type: 'conversation.replied', replyId: '7', text: ' Tomorrow\nat noon ' },
      dedupKey: 'bo:YM-chat-123:7',
    })
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

  it.each([
    [
      '"delivery.tracked","trackCode":12345678901234567890,"deliveryServiceId":12345678901234567891',
      { trackCode: '12345678901234567890', deliveryServiceId: '12345678901234567891' },
    ],
    ['"courier_code.entered","code":12345678901234567890', { code: '12345678901234567890' }],
    [
      '"return.decided","returnId":12345678901234567890,"decision":{"kind":"partial-refund","amount":10.50,"items":[{"itemId":12345678901234567891,"kind":"refund"}]}',
      {
        returnId: '12345678901234567890',
        decision: { kind: 'partial-refund', amount: '10.50', items: [{ itemId: '12345678901234567891' }] },
      },
    ],
  ])('so do those of %s', (fields, event) => {
    expect(readOne(`{"id":"7","orderNumber":"KU-H1","type":${fields}}`)).toMatchObject({ event })
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
      'reason must be one of out_of_stock, store_closed, technical_issues, order_not_paid, customer_request, customer_unreachable, wrong_customer_data, pickup_expired',
    ],
    [
      { ...base, type: 'document.created', boxes: [] },
      'boxes must not be empty: leave boxes out when everything is in one',
    ],
    [
      { ...base, type: 'document.created', boxes: [{ lines: [] }] },
      'boxes[0].lines must not be empty: leave an empty box out',
    ],
    [
      { ...base, type: 'document.created', boxes: [{ lines: [{ sku: 'A', quantity: 0 }] }] },
      'boxes[0].lines[0].quantity must be greater than 0: leave out what is not in this box',
    ],
    [
      { ...base, type: 'document.created', lines: [line], boxes: [{ lines: [{ sku: 'A', quantity: 1 }] }] },
      'boxes must hold 2 of A as lines say, not 1',
    ],
    [
      {
        ...base,
        type: 'document.created',
        lines: [line],
        boxes: [
          {
            lines: [
              { sku: 'A', quantity: 2 },
              { sku: 'B', quantity: 1 },
            ],
          },
        ],
      },
      'boxes must hold 0 of B as lines say, not 1',
    ],
    [
      { ...base, type: 'courier_code.entered', code: '' },
      'code must not be empty: the code the courier shows when he fetches the goods',
    ],
    [
      { ...base, type: 'delivery.tracked' },
      'trackCode is missing; it must be text: the number under which the parcel can be followed',
    ],
    [
      { ...base, type: 'delivery.rescheduled', date: '04.05.2026', by: 'customer' },
      'date must be a date like 2026-12-31: the new day of the delivery',
    ],
    [
      { ...base, type: 'delivery.rescheduled', date: '2026-02-30', by: 'customer' },
      'date must be a date like 2026-12-31: the new day of the delivery',
    ],
    [
      { ...base, type: 'delivery.rescheduled', date: '2026-05-04' },
      'by is missing; it must be one of customer, merchant: whose wish it was',
    ],
    [
      { ...base, type: 'pickup.extended' },
      'until is missing; it must be a date like 2026-12-31: the last day on which the customer can fetch the order',
    ],
    [{ ...base, type: 'digital.issued' }, 'lines must be a list of lines, each with at least sku and codes'],
    [{ ...base, type: 'digital.issued', lines: [] }, 'lines must not be empty: all keys of the order, line by line'],
    [
      { ...base, type: 'digital.issued', lines: [{ sku: 'G1', codes: [] }] },
      'lines[0].codes must not be empty: one key for each piece',
    ],
    [
      { ...base, type: 'digital.issued', lines: [{ sku: 'G1', codes: ['K1', 'K1'] }] },
      'lines[0].codes must not name a key twice: each is sold once',
    ],
    [
      { ...base, type: 'digital.issued', lines: [key, { sku: 'G1', codes: ['K3'] }] },
      'lines must not name an article twice: put all its keys into one line',
    ],
    [
      { ...base, type: 'cancellation.answered' },
      'accepted is missing; it must be true or false without quotes: whether the order is cancelled',
    ],
    [
      { ...base, type: 'cancellation.answered', accepted: 'true' },
      'accepted must be true or false without quotes: whether the order is cancelled',
    ],
    [
      { ...base, type: 'cancellation.answered', accepted: false },
      'reason is missing; when accepted is false it must be one of delivered, in_delivery',
    ],
    [
      { ...base, type: 'cancellation.answered', accepted: false, reason: 'mood' },
      'reason must be one of delivered, in_delivery',
    ],
    [
      { ...base, type: 'cancellation.answered', accepted: true, reason: 'delivered' },
      'reason says why not, and accepted is true: leave it out or answer with false',
    ],
    [
      { ...base, type: 'return.decided', returnId: '5' },
      `decision must be an object with at least kind, or the kind alone as text: ${RETURN_DECISIONS.join(', ')}`,
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: 'accepted' },
      `decision.kind must be one of ${RETURN_DECISIONS.join(', ')}`,
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: 'partial-refund' },
      'decision.amount is missing; with kind partial-refund it must be how much is given back, in roubles as text with a decimal point, for example "189.00"',
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: { kind: 'refund', amount: '100.00' } },
      'decision.amount belongs to kind partial-refund alone: change the kind or leave it out',
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: { kind: 'partial-refund', amount: '1,50' } },
      'decision.amount must be how much is given back, in roubles as text with a decimal point, for example "189.00"',
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: { kind: 'refund', items: [partly, partly] } },
      'decision.items must not name an item twice',
    ],
    [
      { ...base, type: 'return.decided', returnId: '5', decision: { kind: 'refund', items: [{ kind: 'decline' }] } },
      'decision.items[0].itemId is missing; it must be text: the itemId of a line of return.changed',
    ],
    [
      { ...base, type: 'return.received', returnId: '5/6' },
      'returnId must be the number of the return as it came with return.changed: letters, digits, dots, dashes and underscores',
    ],
    [
      { ...base, type: 'conversation.replied', text: 'Hello' },
      'conversation is missing; it must be text: the conversation as it came with conversation.message, for example YM-chat-123',
    ],
    [{ ...reply, text: ' \n' }, 'text must not be empty: the answer'],
    [{ ...reply, text: 'a'.repeat(4_097) }, 'text must not be longer than 4096 characters'],
    [{ ...reply, id: 'РТ-1' }, 'id must be letters, digits, dots, dashes, underscores, colons and slashes'],
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
    ['boxes', { type: 'document.created', boxes: Array(1_000).fill({ lines: Array(50).fill({}) }) }],
    ['too many boxes', { type: 'document.created', boxes: Array(100_000).fill({}) }],
    ['keys', { type: 'digital.issued', lines: [{ sku: 'G1', codes: Array(5_000).fill(1) }] }],
    ['too many keys', { type: 'digital.issued', lines: [{ sku: 'G1', codes: Array(100_000).fill('K') }] }],
    ['too many digital lines', { type: 'digital.issued', lines: Array(100_000).fill(key) }],
    ['items', { type: 'return.decided', returnId: '5', decision: { kind: 'refund', items: Array(1_000).fill({}) } }],
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

  it('names no key and no word to a customer in its errors', () => {
    const odd = [
      { ...base, type: 'digital.issued', lines: [{ sku: 'G1', codes: ['SECRET', 'SECRET', 'SECRET'.repeat(50)] }] },
      { ...base, type: 'courier_code.entered', code: 'SECRET'.repeat(50) },
      { ...reply, text: 'SECRET'.repeat(1_000) },
    ]
    const messages = readBackOfficeEvents(JSON.stringify(odd))
    expect(messages.kind === 'list' && messages.results.map(({ kind }) => kind)).toEqual(odd.map(() => 'rejected'))
    expect(JSON.stringify(messages)).not.toContain('SECRET')
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
