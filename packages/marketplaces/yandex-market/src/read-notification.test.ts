import { describe, expect, test } from 'vitest'
import { notificationSchemas } from './notification-schema.ts'
import { readNotification } from './read-notification.ts'

const read = (body: unknown) => readNotification(typeof body === 'string' ? body : JSON.stringify(body))

function readEvent(body: unknown) {
  const notification = read(body)
  if (notification.kind !== 'event') throw new Error(JSON.stringify(notification))
  return notification
}

const at = '2026-10-06T16:41:28.440Z'
const order = { orderId: 58214036417, campaignId: 21987654 }
const cabinet = { businessId: 4312876 }
const items = [
  { offerId: 'KETTLE-17', count: 1 },
  { offerId: ' MUG-350 ', count: 2 },
]
const lines = [
  { sku: 'KETTLE-17', quantity: 1 },
  { sku: 'MUG-350', quantity: 2 },
]
const storeId = '21987654'

/** Status, substatus, what they show without the order itself. */
const onTheWay: [string, string, string[]][] = [
  ['PROCESSING', 'SHIPPED', ['taken']],
  ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', ['delivering']],
  ['PROCESSING', 'COURIER_RETURNS_ORDER', ['taken']],
  ['PICKUP', 'PICKUP_SERVICE_RECEIVED', ['delivering', 'atPickup']],
  ['DELIVERED', 'DELIVERY_SERVICE_DELIVERED', ['delivering', 'delivered']],
]

/** Type, body, external id, event, key without type and time. */
const cases: [type: string, body: object, externalId: string, event: object, key: string][] = [
  [
    'ORDER_CREATED',
    { ...order, items, createdAt: at },
    '58214036417',
    { type: 'order.announced', storeId },
    '58214036417',
  ],
  [
    'ORDER_CREATED',
    { ...order, items, createdAt: at, orderLineServices: null },
    '58214036417',
    { type: 'order.announced', storeId },
    '58214036417',
  ],
  [
    'ORDER_CREATED',
    { ...order, items, createdAt: at, orderLineServices: [{ itemId: 1, serviceArticle: 'INSTALL' }] },
    '58214036417',
    { type: 'order.announced', storeId },
    '58214036417',
  ],
  ['ORDER_CANCELLED', { ...order, items, cancelledAt: at }, '58214036417', { type: 'order.cancelled' }, '58214036417'],
  [
    'ORDER_STATUS_UPDATED',
    { ...order, status: 'PROCESSING', substatus: 'STARTED', updatedAt: at },
    '58214036417',
    { type: 'order.changed', storeId, state: 'PROCESSING/STARTED' },
    `58214036417:PROCESSING:STARTED:${at}`,
  ],
  [
    'ORDER_STATUS_UPDATED',
    { ...order, status: 'TELEPORTED', substatus: 'BEAMED_UP', updatedAt: at },
    '58214036417',
    { type: 'order.changed', storeId, state: 'TELEPORTED/BEAMED_UP' },
    `58214036417:TELEPORTED:BEAMED_UP:${at}`,
  ],
  [
    'ORDER_STATUS_UPDATED',
    { ...order, status: 'CANCELLED', substatus: 'USER_CHANGED_MIND', updatedAt: at },
    '58214036417',
    { type: 'order.cancelled', reason: 'USER_CHANGED_MIND' },
    `58214036417:CANCELLED:USER_CHANGED_MIND:${at}`,
  ],
  ...onTheWay.map(([status, substatus, reached]): [string, object, string, object, string] => [
    'ORDER_STATUS_UPDATED',
    { ...order, status, substatus, updatedAt: at },
    '58214036417',
    { type: 'order.changed', storeId, state: `${status}/${substatus}`, reached },
    `58214036417:${status}:${substatus}:${at}`,
  ]),
  [
    'ORDER_STATUS_UPDATED',
    { ...order, status: 'CANCELLED', substatus: 'PICKUP_EXPIRED', updatedAt: at },
    '58214036417',
    { type: 'order.cancelled', reason: 'PICKUP_EXPIRED', isProbablyAway: true },
    `58214036417:CANCELLED:PICKUP_EXPIRED:${at}`,
  ],
  [
    'ORDER_UPDATED',
    { ...order, updateType: 'SHIPMENT_DATE_UPDATED', updatedAt: at },
    '58214036417',
    { type: 'order.changed', storeId },
    `58214036417:SHIPMENT_DATE_UPDATED:${at}`,
  ],
  [
    'ORDER_CANCELLATION_REQUEST',
    { ...order, requestedAt: at },
    '58214036417',
    { type: 'cancellation.asked', storeId },
    `58214036417:${at}`,
  ],
  [
    'ORDER_RETURN_CREATED',
    { ...order, returnId: 7730412986, returnType: 'RETURN', items, createdAt: at },
    '58214036417',
    { type: 'return.announced', returnId: '7730412986', kind: 'return', storeId, lines },
    '7730412986',
  ],
  [
    'ORDER_RETURN_CREATED',
    { ...order, returnId: 7730500418, returnType: 'UNREDEEMED', items: 'none', createdAt: at },
    '58214036417',
    { type: 'return.announced', returnId: '7730500418', kind: 'unredeemed', storeId, lines: [] },
    '7730500418',
  ],
  [
    'ORDER_RETURN_STATUS_UPDATED',
    { ...order, returnId: 7, statuses: { refundStatus: 'PREMODERATION_DECISION_WAITING' }, updatedAt: at },
    '58214036417',
    { type: 'return.changed', returnId: '7', storeId, refund: 'decision-needed' },
    `7:PREMODERATION_DECISION_WAITING::${at}`,
  ],
  [
    'ORDER_RETURN_STATUS_UPDATED',
    {
      ...order,
      returnId: 7,
      statuses: { refundStatus: null, shipmentStatus: 'PICKED', futureStatus: 1 },
      updatedAt: at,
    },
    '58214036417',
    { type: 'return.changed', returnId: '7', storeId, shipment: 'collected' },
    `7::PICKED:${at}`,
  ],
  [
    'ORDER_LINE_SERVICE_STATUS_UPDATED',
    {
      ...order,
      itemId: 912004551,
      serviceArticle: 'INSTALL-WASHER',
      statuses: [{ status: 'PROVIDED', count: 1 }],
      updatedAt: at,
    },
    '58214036417',
    {
      type: 'line-service.changed',
      lineId: '912004551',
      service: 'INSTALL-WASHER',
      states: [{ state: 'PROVIDED', quantity: 1 }],
    },
    `58214036417:912004551:INSTALL-WASHER:${at}`,
  ],
  [
    'ORDER_LINE_SERVICE_STATUS_UPDATED',
    {
      ...order,
      itemId: 1,
      serviceArticle: 'a:b',
      statuses: [{ status: 'CANCELLED', count: 1 }],
      cancelReason: 'USER_UNREACHABLE',
      updatedAt: at,
    },
    '58214036417',
    {
      type: 'line-service.changed',
      lineId: '1',
      service: 'a:b',
      states: [{ state: 'CANCELLED', quantity: 1 }],
      reason: 'USER_UNREACHABLE',
    },
    `58214036417:1:a%3Ab:${at}`,
  ],
  [
    'GOODS_FEEDBACK_CREATED',
    { ...cabinet, feedbackId: 401558277, createdAt: at, publishedAt: '2026-10-07T00:00:00Z' },
    'review-401558277',
    { type: 'conversation.announced', topic: 'review' },
    '401558277',
  ],
  [
    'GOODS_FEEDBACK_COMMENT_CREATED',
    { ...cabinet, commentId: 88210465, createdAt: at },
    'review-comment-88210465',
    { type: 'conversation.announced', topic: 'review-comment' },
    '88210465',
  ],
  [
    'CHAT_CREATED',
    { ...cabinet, chatId: 19045512, createdAt: at },
    'chat-19045512',
    { type: 'conversation.announced', topic: 'chat' },
    '19045512',
  ],
  [
    'CHAT_MESSAGE_SENT',
    { ...cabinet, chatId: 19045512, messageId: '73650918244', sentAt: at },
    'chat-19045512',
    { type: 'conversation.announced', topic: 'chat', messageId: '73650918244' },
    '19045512:73650918244',
  ],
  [
    'CHAT_ARBITRAGE_STARTED',
    { ...cabinet, chatId: 19045512, startedAt: at },
    'chat-19045512',
    { type: 'conversation.disputed', phase: 'started' },
    `19045512:${at}`,
  ],
  [
    'CHAT_ARBITRAGE_FINISHED',
    { ...cabinet, chatId: 19045512, finishedAt: at },
    'chat-19045512',
    { type: 'conversation.disputed', phase: 'finished' },
    `19045512:${at}`,
  ],
  [
    'QUESTION_CREATED',
    { ...cabinet, questionId: 55120983, createdAt: at },
    'question-55120983',
    { type: 'conversation.announced', topic: 'question' },
    '55120983',
  ],
  [
    'QUESTION_ANSWER_CREATED',
    { ...cabinet, answerId: 61204477, createdAt: at },
    'answer-61204477',
    { type: 'conversation.announced', topic: 'answer' },
    '61204477',
  ],
  [
    'QUESTION_COMMENT_CREATED',
    { ...cabinet, answerId: 61204477, commentId: 61398120, createdAt: at },
    'answer-61204477',
    { type: 'conversation.announced', topic: 'answer', messageId: '61398120' },
    '61204477:61398120',
  ],
]

test('every type has its case', () => {
  expect(new Set(cases.map(([type]) => type))).toEqual(new Set(Object.keys(notificationSchemas)))
})

describe.each(cases)('%s %j', (type, body, externalId, event, key) => {
  test('is translated', () => {
    const notification = readEvent({ notificationType: type, ...body })
    expect(notification).toStrictEqual({
      kind: 'event',
      name: type,
      sender: 'orderId' in body ? { campaignId: '21987654' } : { businessId: '4312876' },
      externalId,
      event,
      key: `${type}:${key}`,
      occurredAt: at,
    })
  })

  test('fields nobody knows yet change nothing, and ids may come as text', () => {
    const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
    const ids = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, asText(value)]))
    const variant = { futureField: { nested: [1, null] }, ...ids, notificationType: type, version: 2 }
    expect(readEvent(variant)).toStrictEqual(readEvent({ notificationType: type, ...body }))
  })

  test('its ids keep every digit beyond 2^53', () => {
    const text = JSON.stringify({ notificationType: type, ...body })
    const huge = text.replace(
      /("(?:order|return|chat|feedback|comment|question|answer)Id":)\d+/g,
      '$19223372036854775807',
    )
    expect(readEvent(huge).externalId).toBe(externalId.replace(/\d+$/, '9223372036854775807'))
    expect(readEvent(huge).key).toContain(':9223372036854775807')
  })

  test('without a time it is still kept', () => {
    const text = JSON.stringify({ notificationType: type, ...body })
    const notification = readEvent(text.replace(/"(\w+At)":"[^"]*"/g, '"$1":"soon"'))
    expect(notification).toMatchObject({ externalId, event })
    expect(notification).not.toHaveProperty('occurredAt')
  })

  test.each(Object.keys(body).filter((field) => isOwnId(field)))('without %s it can never be understood', (field) => {
    for (const value of [undefined, null, '', ' ', true, {}, []]) {
      expect(read({ notificationType: type, ...body, [field]: value })).toMatchObject({ kind: 'malformed', field })
    }
  })
})

function isOwnId(field: string): boolean {
  return /Id$|^serviceArticle$/.test(field) && field !== 'campaignId' && field !== 'businessId'
}

test('without a store it is kept', () => {
  const notification = readEvent({ notificationType: 'ORDER_CREATED', orderId: 1, createdAt: at })
  expect(notification).toMatchObject({ sender: {}, event: { type: 'order.announced' } })
})

describe('keys', () => {
  const changed = {
    notificationType: 'ORDER_STATUS_UPDATED',
    ...order,
    status: 'DELIVERY',
    substatus: 'COURIER_SEARCH',
  }

  test.each([
    ['its repeat', { updatedAt: at }],
    ['its repeat in another time zone', { updatedAt: '2026-10-06T19:41:28.440+03:00' }],
    ['its repeat with finer digits', { updatedAt: '2026-10-06T16:41:28.440000017Z' }],
    ['its repeat with other items', { updatedAt: at, items: [] }],
  ])('%s is the same event', (_name, variant) => {
    expect(readEvent({ ...changed, ...variant }).key).toBe(readEvent({ ...changed, updatedAt: at }).key)
  })

  test.each([
    ['the same state at another time', { updatedAt: '2026-10-06T16:42:28.440Z' }],
    ['another substatus', { updatedAt: at, substatus: 'COURIER_FOUND' }],
    ['another order', { updatedAt: at, orderId: 2 }],
    ['another type', { updatedAt: at, notificationType: 'ORDER_UPDATED' }],
  ])('%s is another event', (_name, variant) => {
    expect(readEvent({ ...changed, ...variant }).key).not.toBe(readEvent({ ...changed, updatedAt: at }).key)
  })

  test('both announcements of one cancellation have their own', () => {
    const update = {
      notificationType: 'ORDER_STATUS_UPDATED',
      ...order,
      status: 'CANCELLED',
      substatus: 'X',
      updatedAt: at,
    }
    const cancelled = { notificationType: 'ORDER_CANCELLED', ...order, items, cancelledAt: at }
    expect(readEvent(update).event.type).toBe('order.cancelled')
    expect(readEvent(cancelled).event.type).toBe('order.cancelled')
    expect(readEvent(update).key).not.toBe(readEvent(cancelled).key)
  })

  test('where there is no time, what else it says makes the key', () => {
    const key = readEvent(changed).key
    expect(readEvent(changed).key).toBe(key)
    expect(readEvent({ ...changed, campaignId: 5 }).key).not.toBe(key)
  })
})

describe('types nobody knows yet', () => {
  test('are kept with their body', () => {
    const body = { notificationType: 'ORDER_TELEPORTED', orderId: 5, deep: { a: [1] }, amount: 12.5 }
    expect(readEvent(body)).toMatchObject({
      name: 'ORDER_TELEPORTED',
      externalId: '5',
      event: { type: 'marketplace.noted', name: 'ORDER_TELEPORTED', body },
    })
  })

  test('without an order stand among the notes', () => {
    expect(readEvent({ notificationType: 'SHOP_CLOSED', orderId: null })).toMatchObject({
      externalId: 'notes',
      event: { type: 'marketplace.noted', name: 'SHOP_CLOSED' },
    })
  })

  test('are told apart by all they say', () => {
    const body = { notificationType: 'SHOP_CLOSED', reason: 1 }
    expect(readEvent(body).key).toBe(readEvent(`${JSON.stringify(body, null, 2)}\n`).key)
    expect(readEvent(body).key).not.toBe(readEvent({ ...body, reason: 2 }).key)
  })

  test('may have a name of any length and of any characters', () => {
    const { name, key } = readEvent({ notificationType: `${'Я'.repeat(99)}😀${'x'.repeat(1_000)}` })
    expect(name).toHaveLength(100)
    expect(name.isWellFormed()).toBe(true)
    expect(key.length).toBeLessThan(1_000)
  })

  test.each(['constructor', 'toString', '__proto__', 'ping', 'order_created'])('%s is one of them', (type) => {
    expect(readEvent({ notificationType: type }).event).toMatchObject({ type: 'marketplace.noted', name: type })
  })
})

test.each([
  ['in full', { notificationType: 'PING', time: '2026-09-28T07:15:03.759084017Z' }],
  ['with its type alone', { notificationType: 'PING' }],
  ['with fields of other types', { notificationType: 'PING', time: 5, orderId: 1, chatId: {} }],
])('a PING %s is a ping', (_name, body) => {
  expect(read(body).kind).toBe('ping')
})

test('nine fractional digits are no obstacle', () => {
  const body = { notificationType: 'ORDER_UPDATED', ...order, updatedAt: '2026-09-28T07:15:03.759084017Z' }
  expect(readEvent(body).occurredAt).toBe('2026-09-28T07:15:03.759Z')
})

test.each<[string, unknown, string | undefined]>([
  ['nothing', '', undefined],
  ['no JSON', '{"notificationType":', undefined],
  ['half a character', '{"notificationType":"PING"}}', undefined],
  ['a list', [{ notificationType: 'PING' }], undefined],
  ['a text', '"PING"', undefined],
  ['null', 'null', undefined],
  ['no type', { orderId: 1 }, 'notificationType'],
  ['an empty type', { notificationType: '' }, 'notificationType'],
  ['a type that is a number', { notificationType: 7 }, 'notificationType'],
  ['depths without end', '['.repeat(200_000), undefined],
  [
    'a body of depths without end',
    `{"notificationType":"X","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    undefined,
  ],
])('%s can never be understood', (_name, body, field) => {
  const notification = read(body)
  expect(notification).toMatchObject({ kind: 'malformed', message: expect.any(String) })
  if (field !== undefined) expect(notification).toMatchObject({ field })
})

test('messages never repeat a value', () => {
  const notification = read({ notificationType: 'CHAT_CREATED', chatId: { secret: '+79000000001' } })
  expect(JSON.stringify(notification)).not.toContain('+7900')
})

test('what Postgres refuses is removed', () => {
  const { event } = readEvent('{"notificationType":"X","a":"\\u0000b\\ud800"}')
  expect(event).toMatchObject({ body: { a: 'b\ufffd' } })
})
