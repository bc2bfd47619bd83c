import { type Config, getAccount } from '@sluice/config'
import type { ClientDeps, MarketplaceClient } from '@sluice/marketplace-port'
import { getMarketplace } from '@sluice/marketplaces'
import { connectRedis, type Redis } from '@sluice/outbound'

export interface MarketplaceClients {
  /** The account's one client, made when it is first asked for. Throws when the configuration does not have the account. */
  get(account: string): MarketplaceClient
  close(): Promise<void>
}

/** One client per account: its own connections and breaker, so that one marketplace in trouble does not hold up another. */
export function createMarketplaceClients(
  config: Config,
  { redisUrl, log }: { redisUrl: string; log: ClientDeps['log'] },
): MarketplaceClients {
  const clients = new Map<string, MarketplaceClient>()
  let redis: Redis | undefined
  return {
    get(id) {
      const known = clients.get(id)
      if (known) return known
      const account = getAccount(config, id)
      redis ??= connectRedis(redisUrl, (err) => log.warn({ event: 'redis.error', err }))
      const client = getMarketplace(account.marketplace).createClient(account, { redis, log })
      clients.set(id, client)
      return client
    },
    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()))
      redis?.disconnect()
    },
  }
}
