import type { Config } from '@sluice/config'
import { expect, test } from 'vitest'
import { createMarketplaceClients } from './marketplace-clients.ts'

const api = { baseUrl: 'http://127.0.0.1', timeoutMs: 1_000, requestsPerSecond: 5, scheme: 'client-token' }
const accounts = ['first', 'second'].map((id) => ({ id, marketplace: 'kuper', numberPrefix: id, stores: [], api }))
/** Nothing listens there: clients do without. */
const deps = { redisUrl: 'redis://127.0.0.1:1', log: { warn: () => {} } }

test('an account has one client, and an account that is gone has none', async () => {
  const clients = createMarketplaceClients({ accounts } as unknown as Config, deps)
  try {
    expect(clients.get('first')).toBe(clients.get('first'))
    expect(clients.get('second')).not.toBe(clients.get('first'))
    expect(() => clients.get('third')).toThrow('account "third" is not in the configuration')
  } finally {
    await clients.close()
  }
})

test('a worker that never needs a marketplace connects to nothing', async () => {
  const clients = createMarketplaceClients({ accounts } as unknown as Config, { ...deps, redisUrl: 'not an address' })
  await expect(clients.close()).resolves.toBeUndefined()
})
