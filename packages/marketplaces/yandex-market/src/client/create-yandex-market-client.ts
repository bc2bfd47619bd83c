import type { ClientDeps, MarketplaceClient } from '@sluice/marketplace-port'
import type { Account } from './attempt.ts'
import { createMarketCaller, type MarketCaller } from './market-caller.ts'
import { createOrderReader } from './order-reader.ts'
import { performEffect } from './perform-effect.ts'
import { createOperationNotes } from './report-to-warehouse.ts'

/** The client of one cabinet. `caller`: for the catch-up, which shares its limits. */
export interface YandexMarketClient extends MarketplaceClient {
  caller: MarketCaller
}

/** Budgets are shared with every process of the cabinet; connections, breaker and gathered reads belong to this client. */
export function createYandexMarketClient(
  account: Account,
  { redis, log, now = Date.now }: ClientDeps,
): YandexMarketClient {
  const caller = createMarketCaller(account, {
    redis,
    now,
    onBudgetUnavailable: () => log.warn({ event: 'call-budget.unavailable', account: account.id }),
  })
  const orders = createOrderReader(caller, account.businessId)
  const notes = createOperationNotes(redis, account.businessId)
  return {
    perform: (effect, attempt) => performEffect({ account, caller, orders, notes, now }, effect, attempt),
    caller,
    close: () => caller.close(),
  }
}
