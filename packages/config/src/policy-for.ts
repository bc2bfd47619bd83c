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

/** The account that an order number belongs to; at most one, because no prefix begins with another. */
export function findAccountByNumber(config: Config, number: string): Account | undefined {
  return config.accounts.find(({ numberPrefix }) => number.startsWith(numberPrefix))
}

function merge(base: StorePolicy, over: PolicySettings): StorePolicy {
  return {
    kind: over.kind ?? base.kind,
    isRestaurant: over.isRestaurant ?? base.isRestaurant,
    sendAssembled: over.sendAssembled ?? base.sendAssembled,
    pickupCode: {
      madeBy: over.pickupCode?.madeBy ?? base.pickupCode.madeBy,
      sent: over.pickupCode?.sent ?? base.pickupCode.sent,
    },
    minShelfLifeDays: over.minShelfLifeDays ?? base.minShelfLifeDays,
    onShort: over.onShort ?? base.onShort,
    allowReplacement: over.allowReplacement ?? base.allowReplacement,
    missingLine: over.missingLine ?? base.missingLine,
    cancellationSlugs: mergeSlugs(base.cancellationSlugs, over.cancellationSlugs),
    startAlarmMinutes: over.startAlarmMinutes ?? base.startAlarmMinutes,
    assemblyLeadMinutes: over.assemblyLeadMinutes ?? base.assemblyLeadMinutes,
    cancellationRequests: over.cancellationRequests ?? base.cancellationRequests,
    returns: over.returns ?? base.returns,
    answerAlarmHours: over.answerAlarmHours ?? base.answerAlarmHours,
    digitalAlarmMinutes: over.digitalAlarmMinutes ?? base.digitalAlarmMinutes,
  }
}

type Slugs = StorePolicy['cancellationSlugs']

function mergeSlugs(base: Slugs, over: PolicySettings['cancellationSlugs']): Slugs {
  const given = Object.entries(over ?? {}).filter(([, slug]) => slug !== undefined)
  return { ...base, ...(Object.fromEntries(given) as Partial<Slugs>) }
}
