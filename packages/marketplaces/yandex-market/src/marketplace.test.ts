import { expect, test } from 'vitest'
import { testAccount } from './client/fake-market.ts'
import { yandexMarket } from './marketplace.ts'

test('two accounts must not be of one cabinet, nor share a store', () => {
  const one = testAccount()
  expect(yandexMarket.findClash?.(one, { ...one, id: 'other' })).toEqual({ path: ['businessId'] })
  const other = { ...one, id: 'other', businessId: '7002' }
  expect(yandexMarket.findClash?.(one, other)).toEqual({ path: ['stores', 0, 'id'] })
  expect(yandexMarket.findClash?.(one, { ...other, stores: [{ id: '4401' }] })).toBeUndefined()
})

test('a parcel can be followed to the customer’s door and to a pick-up point', () => {
  const { 'merchant-delivery': toTheDoor, pickup } = yandexMarket.traits.reports
  expect(toTheDoor).toContain('tracked')
  expect(pickup).toContain('tracked')
})
