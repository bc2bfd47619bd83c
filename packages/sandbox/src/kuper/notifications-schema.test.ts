import { describe, expect, it } from 'vitest'
import { parseNotification } from './notifications-schema.ts'

const event = (type: string, payload: object) => ({ event: { type, payload } })
const order = (more: object) => ({ order_id: 'H1', order: { originalOrderId: 'H1', ...more } })
const positions = [{ id: '100245', quantity: 1, weight: '', markingCode: [{ value: '01\u001d91' }] }]

describe('notifications that Kuper takes', () => {
  it.each([
    ['the shortest form', event('order.in_work', { order_id: 'H1' })],
    ['orderUUID alone', event('order.in_work', { orderUUID: 'slug:1' })],
    ['unknown extra fields', event('order.assembled', { order_id: 'H1', shortNumber: '1', later: { a: 1 } })],
    ['unchanged without positions', event('order.ready_for_delivery', order({ changed: false }))],
    ['unchanged with positions', event('order.ready_for_delivery', order({ changed: false, positions }))],
    ['positions without changed', event('order.delivered', order({ positions }))],
    [
      'changed with positions and packs',
      event('order.delivered', order({ changed: true, positions, packs: { count: 1 } })),
    ],
    ['a pickup code', event('order.pickup_code_created', { order_id: 'H1', code: '7314' })],
    ['a cancellation without reason', event('order.canceled', { order_id: 'H1' })],
    ['a reason', event('order.canceled', { order_id: 'H1', cancellation: { slug: 'out_of_stock', description: 'x' } })],
    [
      'an estimate',
      event('order.estimated_delivery_time', { order_id: 'H1', estimated_delivery_at: '2025-06-02T17:20:00+03:00' }),
    ],
  ])('%s', (_, body) => {
    expect(parseNotification(body)).toMatchObject({ kind: 'valid' })
  })
})

describe('notifications that Kuper refuses', () => {
  it.each([
    ['a flat envelope', { event_type: 'order.in_work', payload: { order_id: 'H1' } }, 'event_type'],
    ['an unknown type', event('order.unknown', { order_id: 'H1' }), 'event.type'],
    ['no order id', event('order.in_work', { number: '1' }), 'event.payload.order_id'],
    ['a number that is no string', event('order.in_work', { order_id: 'H1', number: 451 }), 'event.payload.number'],
    ['ready_for_delivery without order', event('order.ready_for_delivery', { order_id: 'H1' }), 'event.payload.order'],
    [
      'no originalOrderId',
      event('order.ready_for_delivery', { order_id: 'H1', order: { changed: false } }),
      'event.payload.order.originalOrderId',
    ],
    ['neither changed nor positions', event('order.ready_for_delivery', order({})), 'event.payload.order.positions'],
    [
      'changed but no positions',
      event('order.ready_for_delivery', order({ changed: true, positions: [] })),
      'event.payload.order.positions',
    ],
    [
      'positions beside order',
      event('order.delivered', { ...order({ changed: false }), positions }),
      'event.payload.positions',
    ],
    ['pickupCode', event('order.pickup_code_created', { order_id: 'H1', pickupCode: '7314' }), 'event.payload.code'],
    [
      'a weight that is a number',
      event('order.delivered', order({ positions: [{ id: '1', quantity: 1, weight: 5 }] })),
      'event.payload.order.positions.0.weight',
    ],
    [
      'a time without offset',
      event('order.accepted', { order_id: 'H1', estimated_assembly_at: '2025-06-02T11:00:00' }),
      'event.payload.estimated_assembly_at',
    ],
  ])('%s', (_, body, field) => {
    const parsed = parseNotification(body)
    expect(parsed.kind).toBe('invalid')
    expect(parsed.kind === 'invalid' && parsed.errors.map((error) => error.field)).toContain(field)
  })
})
