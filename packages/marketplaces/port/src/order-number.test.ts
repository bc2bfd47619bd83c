import { expect, test } from 'vitest'
import { orderNumber } from './order-number.ts'

test.each([
  ['H1234567890', 'KU-H1234567890'],
  ['HT5b0e2f0c-6a3d-4c55-9b1e-2d7f3a1c8e44', 'KU-HT5b0e2f0c-6a3d-4c55-9b1e-2d7f3a1c8e44'],
])('order %s is number %s', (externalId, number) => {
  expect(orderNumber('KU-', externalId)).toBe(number)
})

test('ids with odd characters or too many become short and safe, and stay apart', () => {
  const ids = [
    'H 1',
    'H:1',
    'H/1',
    'H_1',
    'h 1',
    'Заказ 1',
    'Заказ 2',
    '..',
    '\ud83d\ude00',
    'x'.repeat(255),
    `${'x'.repeat(254)}y`,
  ]
  const numbers = ids.map((id) => orderNumber('KU-', id))
  expect(new Set(numbers).size).toBe(ids.length)
  for (const number of numbers) expect(number).toMatch(/^KU-[\w.-]{1,61}$/)
})

test('no id can pretend to be the hashed number of another', () => {
  const hashed = orderNumber('KU-', 'H 1')
  expect(orderNumber('KU-', hashed.slice('KU-'.length))).not.toBe(hashed)
})
