import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const sandboxConfig = join(import.meta.dirname, '../../infra/local/sandbox.config.yaml')
/** What the orders of the bench need. */
const operations = ['getBusinessOrders', 'updateExternalOrderId', 'setOrderBoxLayout', 'updateOrderStatus']

/** Far beyond what this machine can do: for our client, and for the simulator beside it. */
export const liftedMarketLimits = {
  parallel: 100,
  hourlyBudgets: Object.fromEntries(operations.map((operation) => [operation, 1_000_000])),
}

interface Config {
  accounts: { marketplace: string; api: object; catchUp?: object }[]
  workers?: object
}

/**
 * Writes a copy of the sandbox's configuration without its brakes on calls to the marketplaces. `keepsMarketLimits`: with
 * those of Yandex Market. Returns the path.
 */
export function writeBenchConfig(
  path: string,
  { concurrency, keepsMarketLimits = false }: { concurrency?: number; keepsMarketLimits?: boolean } = {},
): string {
  const config = parse(readFileSync(sandboxConfig, 'utf8')) as Config
  for (const account of config.accounts) {
    if ('requestsPerSecond' in account.api) account.api.requestsPerSecond = 1_000
    if (account.marketplace !== 'yandex-market') continue
    if (!keepsMarketLimits) Object.assign(account.api, liftedMarketLimits)
    // As seldom as in earnest: its calls are none of an order's.
    delete account.catchUp
  }
  if (concurrency !== undefined) config.workers = { concurrency }
  writeFileSync(path, stringify(config))
  return path
}
