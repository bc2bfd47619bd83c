import { defaultPolicy, type StorePolicy } from '@sluice/orders'
import type { Account } from './account-schema.ts'
import type { Config } from './config-schema.ts'
import type { PolicySettings } from './policy-schema.ts'

/**
 * The rules for one store: its own settings, above the account's, above the configuration's defaults, above ours. A store
 * that is not listed (or not known yet) has the account's.
 */
export function policyFor(config: Config, at: { account: string; storeId?: string | undefined }): StorePolicy {
  const account = getAccount(config, at.account)
  const store = account.stores.find(({ id }) => id === at.storeId)
  return [config.defaults, account.policy, store ?? {}].reduce<StorePolicy>(merge, defaultPolicy)
}

/** Throws when there is none: its orders are in the ledger, so it must not have been taken out of the configuration. */
export function getAccount(config: Config, id: string): Account {
  const account = config.accounts.find((candidate) => candidate.id === id)
  if (account === undefined) {
    throw new Error(
      `account "${id}" is not in the configuration: known are ${config.accounts.map((a) => a.id).join(', ')}`,
    )
  }
  return account
}

/** Key by key, also inside of its groups; `id` is the store's own. */
function merge(base: StorePolicy, over: PolicySettings & { id?: string }): StorePolicy {
  const { id: _, ...rules } = over
  return {
    ...base,
    ...rules,
    pickupCode: { ...base.pickupCode, ...rules.pickupCode },
    cancellationSlugs: { ...base.cancellationSlugs, ...rules.cancellationSlugs },
  }
}
