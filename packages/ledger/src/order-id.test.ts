import { expect, test } from 'vitest'
import { effectIdOf, externalUuidKey, orderIdOf, orderIdOfEffect } from './order-id.ts'

test('an order id is a UUID that is the same for ever', () => {
  expect(orderIdOf('KU-H1234567890')).toBe('aad4ce6b-9ea8-8e4f-b579-efd298156f0a')
  expect(orderIdOf('KU-H1234567890')).not.toBe(orderIdOf('KU-H1234567891'))
})

test('an effect id names its order', () => {
  const id = orderIdOf('KU-1')
  expect(orderIdOfEffect(effectIdOf(id, 12))).toBe(id)
})

test('a UUID is known by the part after its last colon', () => {
  expect(externalUuidKey('shop:a:0c1d')).toBe('0c1d')
  expect(externalUuidKey('0c1d')).toBe('0c1d')
})
