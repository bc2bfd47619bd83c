import type { MarketplaceTraits, StorePolicy } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import type { z } from 'zod'
import type { CatchUp } from './catch-up.ts'
import type { MarketplaceClient } from './marketplace-client.ts'
import type { WebhookEndpoint } from './webhook-endpoint.ts'

/** What every account has, whatever its marketplace. */
export interface AccountBase {
  id: string
  /** Begins every order number of the account. */
  numberPrefix: string
  stores: readonly { id: string }[]
}

/** What the settings of every marketplace say. */
export interface SettingsBase {
  api: {
    /** Of one call. */
    timeoutMs: number
  }
}

/**
 * One marketplace, as the services see it: everything else about it stands in its own folder. `Settings` is what an account
 * of the configuration says about this marketplace alone.
 */
export interface Marketplace<
  Settings extends SettingsBase = SettingsBase,
  Client extends MarketplaceClient = MarketplaceClient,
> {
  /** As in the configuration and in the ledger. */
  name: string
  /** For people: `Yandex Market`. */
  title: string
  traits: MarketplaceTraits
  accountSchema: z.ZodObject & z.ZodType<Settings>
  /** The calls that one attempt at an effect makes one after another, at most: its lease must be longer. */
  callsPerEffect: number
  /** What it is owed has deadlines there: after an outage nothing waits longer than this, whatever is configured. */
  maxRetryDelayMs?: number
  /** Undefined when these accounts can live beside each other; else which setting two of them share, and must not. */
  findClash?(one: AccountBase & Settings, other: AccountBase & Settings): { path: (string | number)[] } | undefined
  /** What is wrong with the id of a store, for whoever writes the configuration. Absent: any text is an id. */
  findStoreFault?(storeId: string): string | undefined
  /** The endpoint of all its accounts. What is compiled on first use has been used by then: the first request is answered fast. */
  createWebhookEndpoint(accounts: readonly EndpointAccount<Settings>[]): WebhookEndpoint
  createClient(account: AccountBase & Settings, deps: ClientDeps): Client
  /**
   * What is asked for regularly, in case the marketplace did not tell us. Uses the client's limits and credentials.
   * `policyOf` tells by the store's id who brings the goods, where a state alone does not show whose doing it is.
   */
  listCatchUps(
    account: AccountBase & Settings,
    client: Client,
    policyOf: (storeId: string | undefined) => StorePolicy,
  ): readonly CatchUp[]
}

export type EndpointAccount<Settings extends SettingsBase = SettingsBase> = AccountBase &
  Settings & {
    /** The account's rules, not a store's: the answer is made before anyone looks at what was ordered. */
    policy: StorePolicy
  }

export interface ClientDeps {
  redis: Redis
  log: { warn(line: { event: string; [field: string]: unknown }): void }
  now?: () => number
}
