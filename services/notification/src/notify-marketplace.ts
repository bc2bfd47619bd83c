import { type Config, getAccount, policyFor } from '@sluice/config'
import { createKuperClient } from '@sluice/marketplace-kuper'
import { currentBody, newestEffect, type Order, type Report, type StorePolicy } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import type { Perform, Performed } from '@sluice/worker'

/** What this service needs of a marketplace. Each one's folder brings a client of this shape. */
export interface MarketplaceClient {
  notify(
    report: Report,
    order: { externalId: string; externalUuid?: string; number: string },
    attempt: {
      idempotencyKey: string
      wasUnclear: boolean
      readyReportedAt?: Date
      policy: StorePolicy
      signal: AbortSignal
    },
  ): Promise<Performed>
  close(): Promise<void>
}

/** One client per account: its own connections and breaker, so that one marketplace in trouble does not hold up another. */
export function createMarketplaceClients(config: Config, redis: Redis): Map<string, MarketplaceClient> {
  return new Map(config.accounts.map((account) => [account.id, createClient(account, redis)]))
}

function createClient(account: Config['accounts'][number], redis: Redis): MarketplaceClient {
  switch (account.marketplace) {
    case 'kuper':
      return createKuperClient(account, { redis })
  }
}

/**
 * Reports one step of our work. Dies between the call and its settlement: the next attempt knows that this one is unclear
 * and reads the marketplace's state first.
 */
export function createNotifyMarketplace(config: Config, clients: Map<string, MarketplaceClient>): Perform {
  return async ({ order, payload, idempotencyKey, wasUnclear }, signal) => {
    const { ref } = order
    // Throws, naming the account, when it was taken out of the configuration.
    const client = clients.get(getAccount(config, ref.account).id)
    if (!client) throw new Error(`no client for account ${ref.account}`)
    const readyReportedAt = readySince(order)
    return client.notify(payload as Report, ref, {
      idempotencyKey,
      wasUnclear,
      policy: policyFor(config, { account: ref.account, storeId: currentBody(order)?.storeId }),
      signal,
      ...(readyReportedAt && { readyReportedAt }),
    })
  }
}

function readySince(order: Order): Date | undefined {
  const settledAt = newestEffect(order, 'notify-marketplace/ready')?.settledAt
  return settledAt === undefined ? undefined : new Date(settledAt)
}
