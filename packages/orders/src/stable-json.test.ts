import { expect, test } from 'vitest'
import { stableJson } from './stable-json.ts'

test('the order of keys makes no difference, at any depth', () => {
  const fresh = { window: { from: '10:00', to: '12:00' }, lines: [{ sku: 'a', name: 'A' }], storeId: 's' }
  const fromPostgres = { lines: [{ name: 'A', sku: 'a' }], window: { to: '12:00', from: '10:00' }, storeId: 's' }
  expect(stableJson(fresh)).toBe(stableJson(fromPostgres))
})

test('values and the order of lists make one', () => {
  expect(stableJson({ a: [1, 2] })).not.toBe(stableJson({ a: [2, 1] }))
  expect(stableJson({ a: 1 })).not.toBe(stableJson({ a: '1' }))
})
