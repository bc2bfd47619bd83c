import type { Config } from '@sluice/config'
import type { MarketplaceAttempt, MarketplaceClient, MarketplaceEffect } from '@sluice/marketplace-port'
import { createOrder, defaultPolicy, type Effect, type Order } from '@sluice/orders'
import { expect, test } from 'vitest'
import type { Perform } from './handle-effect.ts'
import { orderSettings } from './order-settings.ts'
import { createPerformAtMarketplace } from './perform-at-marketplace.ts'

const config = {
  defaults: {},
  pickupCodeSecret: 'pickup-code-secret',
  accounts: ['first', 'second'].map((id) => ({
    id,
    marketplace: 'kuper',
    numberPrefix: `${id}-`,
    policy: {},
    stores: [{ id: '17', minShelfLifeDays: id === 'first' ? 1 : 2 }],
    api: { timeoutMs: 1_000 },
  })),
} as unknown as Config

const ref = { id: '1', marketplace: 'kuper', account: 'second', externalId: 'H1', number: 'second-H1' }
const placed = { value: { storeId: '17', lines: [] }, stamp: '' }
const signal = new AbortController().signal
const fetchOrder: Effect = { kind: 'fetch-order', lane: 'reading', payload: {} }

async function perform(effect: Effect, order: Order = createOrder(ref)) {
  const seen: { account: string; effect: MarketplaceEffect; attempt: MarketplaceAttempt }[] = []
  const clients = {
    get: (account: string): MarketplaceClient => ({
      async perform(performed, attempt) {
        seen.push({ account, effect: performed, attempt })
        return { outcome: { kind: 'done' } }
      },
      close: async () => {},
    }),
  }
  const claimed = { ...effect, order, idempotencyKey: 'key', wasUnclear: true } as Parameters<Perform>[0]
  return { performed: await createPerformAtMarketplace(config, clients)(claimed, signal), seen }
}

test('an effect is performed by its order’s account, with the key and all that is known of earlier attempts', async () => {
  const order = createOrder(ref)
  const { performed, seen } = await perform(fetchOrder, order)
  expect(performed.outcome).toEqual({ kind: 'done' })
  expect(seen).toEqual([
    {
      account: 'second',
      effect: expect.objectContaining(fetchOrder),
      attempt: { order, idempotencyKey: 'key', wasUnclear: true, policy: defaultPolicy, signal },
    },
  ])
})

test.each<[string, Partial<Order>, number]>([
  ['ordered from', { placed }, 2],
  ['only announced', { reading: { storeId: '17' } }, 2],
  ['not known yet', {}, defaultPolicy.minShelfLifeDays],
])('the rules are those of the store that is %s', async (_, facts, minShelfLifeDays) => {
  const order = { ...createOrder(ref), ...facts }
  expect((await perform(fetchOrder, order)).seen[0]!.attempt.policy.minShelfLifeDays).toBe(minShelfLifeDays)
  expect(orderSettings(config)(order).policy.minShelfLifeDays).toBe(minShelfLifeDays)
})

test('what is not done at a marketplace never gets there', async () => {
  const { performed, seen } = await perform({ kind: 'release-stock', lane: 'stock', payload: { reason: 'x' } })
  expect(performed.outcome).toMatchObject({ kind: 'refused', fault: 'ours' })
  expect(seen).toEqual([])
})

test('an order’s settings name what its marketplace can be told', () => {
  expect(orderSettings(config)(createOrder(ref)).traits.reports.pickup).toContain('pickup_code')
})
