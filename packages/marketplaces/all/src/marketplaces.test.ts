import { expect, test } from 'vitest'
import { getMarketplace, marketplaces } from './marketplaces.ts'

test('each is listed under its own name', () => {
  expect(Object.entries(marketplaces).map(([name, marketplace]) => [name, marketplace.name])).toEqual(
    Object.keys(marketplaces).map((name) => [name, name]),
  )
})

test('no two of them listen at the same address', () => {
  const paths = Object.values(marketplaces).flatMap((marketplace) => marketplace.createWebhookEndpoint([]).paths)
  expect(new Set(paths).size).toBe(paths.length)
})

test('each can be told that an order is cancelled, however its goods go', () => {
  for (const { traits } of Object.values(marketplaces)) {
    for (const steps of Object.values(traits.reports)) expect(steps).toContain('canceled')
  }
})

test('a name that is not known says which are', () => {
  expect(() => getMarketplace('kupre')).toThrow(/^marketplace "kupre" is not known: there are kuper/)
})
