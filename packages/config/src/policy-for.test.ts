import { defaultPolicy } from '@sluice/orders'
import { describe, expect, test } from 'vitest'
import { getAccount, policyFor } from './policy-for.ts'
import { loadText, minimal, minimalEnv } from './test-config.ts'

const config = loadText(
  `${minimal}
      - id: restaurant
        isRestaurant: true
        pickupCode: { sent: before-ready }
        cancellationSlugs: { out_of_stock: store_slug }
    policy:
      minShelfLifeDays: 5
      pickupCode: { madeBy: back-office }
      returns: refund
  - id: second
    marketplace: kuper
    numberPrefix: K2-
    inbound: { bearer: [x] }
    api: { baseUrl: http://127.0.0.1, scheme: client-token, clientToken: x }
    stores: [{ id: '017' }]
defaults:
  minShelfLifeDays: 7
  onShort: partial
  cancellationRequests: back-office
  answerAlarmHours: 6
  digitalAlarmMinutes: 5
  cancellationSlugs: { out_of_stock: default_slug, store_closed: closed }
`,
  minimalEnv,
)

describe('policyFor', () => {
  test('a store’s settings go above the account’s, the defaults and ours, key by key', () => {
    expect(policyFor(config, { account: 'main', storeId: 'restaurant' })).toEqual({
      ...defaultPolicy,
      isRestaurant: true,
      minShelfLifeDays: 5,
      onShort: 'partial',
      cancellationRequests: 'back-office',
      returns: 'refund',
      answerAlarmHours: 6,
      digitalAlarmMinutes: 5,
      pickupCode: { madeBy: 'back-office', sent: 'before-ready' },
      cancellationSlugs: { ...defaultPolicy.cancellationSlugs, out_of_stock: 'store_slug', store_closed: 'closed' },
    })
  })

  test('a store that is not listed or not known yet has the account’s rules', () => {
    const rules = policyFor(config, { account: 'main', storeId: '017' })
    expect(rules).toMatchObject({ isRestaurant: false, minShelfLifeDays: 5 })
    expect(policyFor(config, { account: 'main', storeId: 'new' })).toEqual(rules)
    expect(policyFor(config, { account: 'main' })).toEqual(rules)
  })

  test('stores of the same id in two accounts are two', () => {
    expect(policyFor(config, { account: 'second', storeId: '017' }).minShelfLifeDays).toBe(7)
  })
})

test('getAccount throws for an account that was taken out of the configuration', () => {
  expect(getAccount(config, 'second').numberPrefix).toBe('K2-')
  expect(() => getAccount(config, 'third')).toThrow(
    'account "third" is not in the configuration: known are main, second',
  )
})
