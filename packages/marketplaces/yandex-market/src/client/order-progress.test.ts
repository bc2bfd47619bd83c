import { expect, test } from 'vitest'
import { isAtOrPast, progressOf } from './order-progress.ts'

test.each([
  ['RESERVED', undefined, 'before'],
  ['UNPAID', 'WAITING_USER_INPUT', 'before'],
  ['PENDING', undefined, 'before'],
  ['PROCESSING', 'STARTED', 'started'],
  ['PROCESSING', undefined, 'started'],
  ['PROCESSING', 'A_NEW_WORD', 'started'],
  ['PROCESSING', 'READY_TO_SHIP', 'ready'],
  ['PROCESSING', 'COURIER_SEARCH', 'ready'],
  ['PROCESSING', 'COURIER_ARRIVED_TO_SENDER', 'ready'],
  ['PROCESSING', 'SHIPPED', 'taken'],
  ['PROCESSING', 'COURIER_RECEIVED', 'taken'],
  ['PROCESSING', 'COURIER_NOT_DELIVER_ORDER', 'taken'],
  ['PROCESSING', 'COURIER_RETURNS_ORDER', 'taken'],
  ['DELIVERY', 'COURIER_FOUND', 'ready'],
  ['DELIVERY', 'COURIER_RECEIVED', 'delivering'],
  ['DELIVERY', 'DELIVERY_SERVICE_RECEIVED', 'delivering'],
  ['PICKUP', 'PICKUP_SERVICE_RECEIVED', 'at-pickup'],
  ['DELIVERED', 'DELIVERY_SERVICE_DELIVERED', 'delivered'],
  ['PARTIALLY_RETURNED', undefined, 'delivered'],
  ['RETURNED', undefined, 'delivered'],
  ['CANCELLED', 'SHOP_FAILED', 'cancelled'],
  ['UNKNOWN', 'UNKNOWN', 'unknown'],
  ['SOMETHING_NEW', undefined, 'unknown'],
])('%s/%s is %s', (status, substatus, expected) => {
  expect(progressOf({ status, substatus })).toBe(expected)
})

test('what stands outside of the way is never past anything', () => {
  expect(isAtOrPast('cancelled', 'before')).toBe(false)
  expect(isAtOrPast('unknown', 'before')).toBe(false)
  expect(isAtOrPast('taken', 'ready')).toBe(true)
  expect(isAtOrPast('started', 'ready')).toBe(false)
})
