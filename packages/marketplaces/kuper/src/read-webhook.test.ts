import { describe, expect, test } from 'vitest'
import { readWebhook } from './read-webhook.ts'

const account = { id: 'main', numberPrefix: 'KU-', assemblyLeadMinutes: 60 }
const read = (body: unknown) => readWebhook(typeof body === 'string' ? body : JSON.stringify(body), account)

function readEvent(body: unknown) {
  const webhook = read(body)
  if (webhook.kind !== 'event') throw new Error(JSON.stringify(webhook))
  return webhook
}

const created = {
  originalOrderId: 'H1',
  storeID: 'store-1',
  positions: [{ id: 'sku-1', quantity: 2 }],
}
const place = (payload: object) => readEvent({ event_type: 'order.created', payload: { ...created, ...payload } })

describe('events', () => {
  test.each([
    ['order.paid', { payment: { amount: '201.00' } }, { type: 'order.paid', amount: '201.00' }],
    ['order.paid', { payment: null }, { type: 'order.paid' }],
    [
      'courier.assigned',
      { courier: { name: 'К', phone: '+7900' } },
      { type: 'courier.assigned', courier: { name: 'К', phone: '+7900' } },
    ],
    ['courier.assigned', {}, { type: 'courier.assigned', courier: {} }],
    ['courier.arrived', { courier: { name: null } }, { type: 'courier.arrived', courier: {} }],
    ['order.received', {}, { type: 'order.taken' }],
    ['order.delivering', { estimatedDeliveryTime: 'soon' }, { type: 'order.delivering' }],
    ['order.delivered', { deliveredAt: 5 }, { type: 'order.delivered' }],
    ['order.canceled', {}, { type: 'order.cancelled' }],
    [
      'order.canceled',
      { cancellation: { slug: 'customer_request', description: 'нет' } },
      { type: 'order.cancelled', reason: 'customer_request', comment: 'нет' },
    ],
    [
      'order.canceled',
      { cancellation: null, cancellationReason: 'late' },
      { type: 'order.cancelled', comment: 'late' },
    ],
    [
      'order.changed',
      { kind: 'delivery', shipmentMethod: 'pickup' },
      { type: 'order.updated', changes: { shipmentMethod: 'pickup' } },
    ],
    [
      'order.updated',
      { positions: [{ id: 7, quantity: 1 }] },
      { type: 'order.updated', changes: { lines: [{ sku: '7', quantity: 1 }] } },
    ],
    ['order.updated', { positions: [] }, { type: 'order.updated', changes: {} }],
    ['order.updated', { positions: null, comment: null }, { type: 'order.updated', changes: {} }],
    [
      'order.assembled',
      { positions: [{ id: 1 }] },
      {
        type: 'marketplace.noted',
        name: 'order.assembled',
        body: { originalOrderId: 'H1', positions: [{ id: 1 }] },
      },
    ],
    [
      'order.teleported',
      { anything: [1] },
      { type: 'marketplace.noted', name: 'order.teleported', body: { originalOrderId: 'H1', anything: [1] } },
    ],
  ])('%s %j', (name, payload, event) => {
    const webhook = readEvent({ event_type: name, payload: { originalOrderId: 'H1', ...payload } })
    expect(webhook).toMatchObject({ name, ref: { externalId: 'H1', number: 'KU-H1' } })
    expect(webhook.event).toStrictEqual(event)
    expect(webhook.answer).toEqual({ status: 'ok', number: 'KU-H1' })
  })

  test('an order in full', () => {
    const webhook = place({
      orderUUID: 'shop:5b0e',
      comment: 'Позвонить',
      customer: { name: 'Покупатель', phone: '+79000000001' },
      delivery: {
        expectedFrom: '2026-06-02T12:00:00+03:00',
        expectedTo: '2026-06-02T13:00:00+03:00',
        isPlanned: false,
      },
      address: { full_address: 'ул. Примерная, 5', apartment: 12, entrance: 2, floor: '4', door_phone: '12В' },
      total: { totalPrice: '388.00', discountTotalPrice: 376 },
      shippingMethod: 'by_courier',
      replacementPolicy: 'cancel',
      paymentMethods: ['online', 'card'],
      positions: [
        {
          id: 'a',
          name: 'Сыр',
          quantity: 2,
          originalQuantity: 3,
          price: '58.00',
          discountPrice: '52.00',
          totalPrice: '116.00',
          totalDiscountPrice: 104,
          isCombo: true,
          modifiers: [{ id: 'm1', name: 'Без корки', price: '0', default: null }],
          weight: '512.5',
          replacedByID: '',
        },
        {
          id: 17,
          quantity: 1,
          price: null,
          isCombo: false,
          modifiers: [],
          weight: '',
          markingCode: null,
          extensions: {},
        },
      ],
    })
    expect(webhook.ref).toEqual({ externalId: 'H1', externalUuid: 'shop:5b0e', number: 'KU-H1' })
    expect(webhook.event).toStrictEqual({
      type: 'order.placed',
      order: {
        storeId: 'store-1',
        lines: [
          {
            sku: 'a',
            name: 'Сыр',
            quantity: 2,
            originalQuantity: 3,
            price: '58.00',
            discountPrice: '52.00',
            totalPrice: '116.00',
            totalDiscountPrice: '104',
            isCombo: true,
            modifiers: [{ id: 'm1', name: 'Без корки', price: '0', default: null }],
            weightGrams: '512.5',
          },
          { sku: '17', quantity: 1 },
        ],
        shipmentMethod: 'by_courier',
        deliveryWindow: { from: '2026-06-02T12:00:00+03:00', to: '2026-06-02T13:00:00+03:00' },
        isPlanned: false,
        customer: { name: 'Покупатель', phone: '+79000000001' },
        address: 'ул. Примерная, 5, подъезд 2, этаж 4, домофон 12В',
        comment: 'Позвонить',
        total: { price: '388.00', discountedPrice: '376' },
        replacementPolicy: 'cancel',
        paymentMethods: ['online', 'card'],
      },
    })
  })

  test.each([
    ['store_id', { storeID: undefined, store_id: 17 }, '17'],
    ['storeID before store_id', { storeID: 'a', store_id: 'b' }, 'a'],
    ['store_id beside an empty storeID', { storeID: '', store_id: 'b' }, 'b'],
  ])('the store by %s', (_name, payload, storeId) => {
    expect(place(payload).event).toMatchObject({ order: { storeId } })
  })

  test('an address without its full text is put together', () => {
    const address = { city: 'Казань', street: 'Образцовая', building: '1', apartment: '5' }
    expect(place({ address }).event).toMatchObject({ order: { address: 'Казань, Образцовая, 1, кв. 5' } })
  })

  test('integers beyond 2^53 and amounts keep their digits', () => {
    const webhook = readEvent(`{"event_type":"order.created","payload":{"originalOrderId":12345678901234567890,
      "store_id":98765432109876543210,"positions":[{"id":11111111111111111111,"quantity":2.0,"price":58.00}],
      "total":{"totalPrice":123456789012345678.90}}}`)
    expect(webhook.ref).toEqual({ externalId: '12345678901234567890', number: 'KU-12345678901234567890' })
    expect(webhook.event).toEqual({
      type: 'order.placed',
      order: {
        storeId: '98765432109876543210',
        lines: [{ sku: '11111111111111111111', quantity: 2, price: '58.00' }],
        total: { price: '123456789012345678.90' },
      },
    })
  })

  test('optional fields of a wrong type count as absent', () => {
    const webhook = place({
      orderUUID: {},
      number: [],
      comment: 5,
      customer: 'x',
      delivery: { expectedFrom: 'tomorrow', expectedTo: 1 },
      address: [],
      total: { totalPrice: 'much', discountTotalPrice: '' },
      shipmentMethod: null,
      paymentMethods: 'card',
      positions: [
        {
          id: 'a',
          quantity: 1,
          name: 5,
          price: 'free',
          totalPrice: {},
          isCombo: 'no',
          modifiers: 'none',
          weight: 'heavy',
          originalQuantity: 'x',
        },
      ],
    })
    expect(webhook.event).toStrictEqual({
      type: 'order.placed',
      order: { storeId: 'store-1', lines: [{ sku: 'a', quantity: 1 }] },
    })
  })
})

describe('the order’s keys', () => {
  test.each([
    [{ originalOrderId: 'H1', order_id: 'H2', orderUUID: 'u', number: 'n' }, 'H1'],
    [{ order_id: 'H2', orderUUID: 'u', number: 'n' }, 'H2'],
    [{ originalOrderId: '', orderUUID: 'u', number: 'n' }, 'u'],
    [{ originalOrderId: null, number: 451 }, '451'],
  ])('%j is known as %s', (payload, key) => {
    expect(readEvent({ event_type: 'order.paid', payload }).dedupKey).toMatch(`kuper:main:${key}:order.paid:`)
  })

  test('the number is ours whenever the order id is known, else what Kuper echoes', () => {
    expect(readEvent({ event_type: 'order.paid', payload: { originalOrderId: 'H1', number: 'x' } }).ref).toEqual({
      externalId: 'H1',
      number: 'KU-H1',
    })
    expect(readEvent({ event_type: 'order.paid', payload: { number: 'KU-H1' } })).toMatchObject({
      ref: { number: 'KU-H1' },
      answer: { status: 'ok', number: 'KU-H1' },
    })
    expect(readEvent({ event_type: 'order.paid', payload: { orderUUID: 'u' } }).answer).toEqual({ status: 'ok' })
  })

  test("another's number does not stand in the way of the order's UUID", () => {
    const cancelled = readEvent({ event_type: 'order.canceled', payload: { orderUUID: 'u-1', number: 4711 } })
    expect(cancelled).toMatchObject({ event: { type: 'order.cancelled' }, answer: { status: 'ok' } })
    expect(cancelled.ref).toEqual({ externalUuid: 'u-1' })
    const paid = readEvent({ event_type: 'order.paid', payload: { orderUUID: 'u-1', number: 'KU-H1' } })
    expect(paid.ref).toEqual({ externalUuid: 'u-1', number: 'KU-H1' })
  })

  test.each([{ storeID: 'a1' }, { number: 4711 }])(
    'an unknown type that names no order of ours, %j, is kept among the notes',
    (payload) => {
      const closed = readEvent({ event_type: 'store.closed', payload })
      expect(closed).toMatchObject({
        ref: { externalId: 'notes', number: 'KU-notes' },
        event: { type: 'marketplace.noted', name: 'store.closed', body: payload },
        dedupKey: expect.stringMatching(/^kuper:main:notes:store\.closed:/),
      })
      expect(closed.answer).toEqual({ status: 'ok' })
      const other = readEvent({ event_type: 'store.closed', payload: { ...payload, at: 1 } })
      expect(other.dedupKey).not.toBe(closed.dedupKey)
    },
  )
})

describe('the dedup key', () => {
  const key = (body: unknown) => readEvent(body).dedupKey
  const paid = {
    event_type: 'order.paid',
    payload: { originalOrderId: 'H1', payment: { amount: '1', method: 'card' } },
  }

  test('is the same for a resent event: other key order, other timestamp', () => {
    const payload = { payment: { method: 'card', amount: '1' }, originalOrderId: 'H1' }
    expect(key({ payload, event_type: 'order.paid', timestamp: '2026-01-01T00:00:00Z' })).toBe(key(paid))
  })

  test.each(['order.updated', 'order.changed'])(
    'of %s differs by time: who changes her mind and back again has said something new',
    (event_type) => {
      const change = (shipmentMethod: string, timestamp?: string | number) =>
        key({ event_type, ...(timestamp && { timestamp }), payload: { originalOrderId: 'H1', shipmentMethod } })
      const times = [
        change('pickup', '2026-01-01T00:00:00+03:00'),
        change('by_courier', '2026-01-01T00:01:00+03:00'),
        change('pickup', '2026-01-01T00:02:00+03:00'),
        change('pickup', 1_767_214_980),
        change('pickup'),
      ]
      expect(new Set(times).size).toBe(5)
      expect(change('pickup', '2026-01-01T00:00:00+03:00')).toBe(times[0])
      expect(change('pickup')).toBe(times[4])
    },
  )

  test('differs by content, event type and account', () => {
    const other = readWebhook(JSON.stringify(paid), { ...account, id: 'other' })
    const keys = [
      key(paid),
      key({ ...paid, event_type: 'order.canceled' }),
      key({ ...paid, payload: { originalOrderId: 'H1', payment: { amount: '2', method: 'card' } } }),
      other.kind === 'event' && other.dedupKey,
    ]
    expect(new Set(keys).size).toBe(4)
  })
})

describe('the answer to order.created', () => {
  test.each([
    ['2026-06-02T12:00:00+03:00', '2026-06-02T11:00:00+03:00'],
    ['2026-06-02T00:30:00+03:00', '2026-06-01T23:30:00+03:00'],
    ['2026-06-02T12:00:00.500-0930', '2026-06-02T11:00:00-09:30'],
    ['2026-06-02T12:00:00Z', '2026-06-02T11:00:00Z'],
    ['2026-06-02T12:00:00', undefined],
    [undefined, undefined],
  ])('window from %s: assembled by %s', (expectedFrom, expectedAssemblyTime) => {
    expect(place({ delivery: { expectedFrom } }).answer).toStrictEqual({
      status: 'created',
      number: 'KU-H1',
      ...(expectedAssemblyTime && { expectedAssemblyTime }),
    })
  })
})

describe('the time', () => {
  test.each(['order.created', 'order.updated', 'order.paid', 'order.canceled'])(
    'of the envelope is not relied on: of two %s the one counts that reached us last',
    (event_type) => {
      const webhook = readEvent({ event_type, timestamp: '2026-06-02T10:15:31+03:00', payload: created })
      expect(webhook.occurredAt).toBeUndefined()
    },
  )

  test.each([
    ['2026-06-02T12:47:10+03:00', '2026-06-02T09:47:10.000Z'],
    ['0001-01-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('of delivery is what the payload says: %s', (deliveredAt, occurredAt) => {
    const payload = { originalOrderId: 'H1', deliveredAt }
    const webhook = readEvent({ event_type: 'order.delivered', timestamp: '2026-06-03T00:00:00Z', payload })
    expect(webhook.occurredAt).toBe(occurredAt)
  })
})

describe('malformed', () => {
  const inCreated = (payload: object) => ({ event_type: 'order.created', payload: { ...created, ...payload } })
  test.each([
    ['no JSON', '{"event_type":', null, 'body is not valid JSON'],
    ['nothing', '', null, 'body is not valid JSON'],
    ['nested too deeply', '['.repeat(500_000) + ']'.repeat(500_000), null, 'body is nested too deeply'],
    ['a list', [], null, 'body must be an object with event_type and payload'],
    ['null', 'null', null, 'body must be an object with event_type and payload'],
    ['no event type', { payload: {} }, 'event_type', 'event_type must be a string'],
    ['no payload', { event_type: 'order.paid' }, 'payload', 'payload must be an object'],
    [
      'no order key',
      { event_type: 'order.paid', payload: { id: 1 } },
      'payload.originalOrderId',
      'the order is not named: originalOrderId, orderUUID or number is needed',
    ],
    [
      'created without id',
      inCreated({ originalOrderId: undefined, orderUUID: 'u' }),
      'payload.originalOrderId',
      'payload.originalOrderId must be a string of 1 to 255 characters',
    ],
    [
      'created with an endless id',
      inCreated({ originalOrderId: 'x'.repeat(256) }),
      'payload.originalOrderId',
      'payload.originalOrderId must be a string of 1 to 255 characters',
    ],
    ['created without store', inCreated({ storeID: null }), 'payload.storeID', 'payload.storeID is missing'],
    [
      'created without positions',
      inCreated({ positions: [] }),
      'payload.positions',
      'payload.positions must be a non-empty list',
    ],
    [
      'a position without quantity',
      inCreated({ positions: [{ id: 'a' }] }),
      'payload.positions.0.quantity',
      'payload.positions.0.quantity must be a number',
    ],
    [
      'an update whose composition cannot be read',
      { event_type: 'order.updated', payload: { originalOrderId: 'H1', positions: [{ quantity: 1 }] } },
      'payload.positions.0.id',
      'payload.positions.0.id must be a string',
    ],
  ])('%s', (_name, body, field, message) => {
    expect(read(body)).toEqual({
      kind: 'malformed',
      answer: { code: 400, errors: [{ type: 'invalid_payload', field, message }] },
    })
  })

  test('all faults are told at once, none with the value', () => {
    const webhook = read({ event_type: 'order.created', payload: { customer: { phone: '+79000000001' } } })
    expect(webhook.kind === 'malformed' && webhook.answer.errors.map(({ field }) => field)).toEqual([
      'payload.positions',
      'payload.storeID',
      'payload.originalOrderId',
    ])
    expect(JSON.stringify(webhook)).not.toContain('+7900')
  })

  test.each([
    ['faults', 1_999, 20],
    ['positions', 40_000, 1],
  ])('a body full of %s is told off shortly', (_, length, errors) => {
    const webhook = read(inCreated({ positions: Array.from({ length }, () => ({})) }))
    expect(webhook.kind === 'malformed' && webhook.answer.errors.length).toBeLessThanOrEqual(errors + 1)
  })
})
