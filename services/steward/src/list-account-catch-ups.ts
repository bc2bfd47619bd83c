import { type Config, policyFor } from '@sluice/config'
import type { CatchUp } from '@sluice/marketplace-port'
import { getMarketplace } from '@sluice/marketplaces'
import type { MarketplaceClients } from '@sluice/worker'

export interface AccountCatchUp {
  account: string
  catchUp: CatchUp
}

/** Every list of every account that is gone through regularly. */
export function listAccountCatchUps(config: Config, clients: MarketplaceClients): AccountCatchUp[] {
  return config.accounts.flatMap((account) => {
    const policyOf = (storeId: string | undefined) => policyFor(config, { account: account.id, storeId })
    return getMarketplace(account.marketplace)
      .listCatchUps(account, clients.get(account.id), policyOf)
      .map((catchUp) => ({ account: account.id, catchUp }))
  })
}
