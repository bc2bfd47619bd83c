import { expect, test } from 'vitest'
import { createOrder, type Order } from '../src/index.ts'
import { shareReturned } from '../src/returns.ts'

const empty = createOrder({ id: 'o', marketplace: 'm', account: 'main', externalId: '1', number: 'YM-1' })

test.each<[number[], string]>([
  [[], 'none'],
  [[0.7], 'some'],
  [[0.7, 0.1], 'all'],
  [[0.1, 0.7], 'all'],
])('of 0.8 ordered, %o came back: %s', (quantities, share) => {
  const back = (quantity: number) => ({ lines: [{ sku: 'a', quantity }], receivedAt: '2026-01-01T10:00:00Z' })
  const returns = Object.fromEntries(quantities.map((quantity, i) => [String(i), back(quantity)]))
  expect(shareReturned({ ...empty, returns } as Order, [{ sku: 'a', quantity: 0.8 }])).toBe(share)
})
