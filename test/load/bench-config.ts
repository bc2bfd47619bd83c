import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const sandboxConfig = join(import.meta.dirname, '../../infra/local/sandbox.config.yaml')
/** Calls at a time, far more than this machine can make use of: for our client, and for the Market's simulator beside it. */
export const LIFTED_PARALLEL = 100

interface Config {
  accounts: { marketplace: string; api: object; catchUp?: object }[]
  workers?: object
}

/**
 * Writes a copy of the sandbox's configuration without its brakes on calls to the marketplaces. `keepsMarketLimit`: with
 * the Market's, of calls at a time. Returns the path.
 */
export function writeBenchConfig(
  path: string,
  { concurrency, keepsMarketLimit = false }: { concurrency?: number; keepsMarketLimit?: boolean } = {},
): string {
  const config = parse(readFileSync(sandboxConfig, 'utf8')) as Config
  for (const account of config.accounts) {
    if ('requestsPerSecond' in account.api) account.api.requestsPerSecond = 1_000
    if (account.marketplace !== 'yandex-market') continue
    if (!keepsMarketLimit) Object.assign(account.api, { parallel: LIFTED_PARALLEL })
    // As seldom as in earnest: its calls are none of an order's.
    delete account.catchUp
  }
  if (concurrency !== undefined) config.workers = { concurrency }
  writeFileSync(path, stringify(config))
  return path
}
