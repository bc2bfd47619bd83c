import type { Marketplace } from '@sluice/marketplace-port'
import { listCatchUps } from './catch-up.ts'
import { CALLS_PER_EFFECT } from './client/attempt-calls.ts'
import { createYandexMarketClient, type YandexMarketClient } from './client/create-yandex-market-client.ts'
import { isInt64 } from './client/market-calls.ts'
import { createYandexEndpoint } from './endpoint.ts'
import { type YandexMarketAccountSettings, yandexMarketAccountSchema } from './settings-schema.ts'
import { yandexMarketTraits } from './traits.ts'

/** Yandex Market: notifications that only say that something changed, and an API to read and to report by. */
export const yandexMarket: Marketplace<YandexMarketAccountSettings, YandexMarketClient> = {
  name: 'yandex-market',
  title: 'Yandex Market',
  traits: yandexMarketTraits,
  accountSchema: yandexMarketAccountSchema,
  callsPerEffect: CALLS_PER_EFFECT,
  maxRetryDelayMs: 5 * 60_000,
  // What customers write names the cabinet alone, so nobody could tell whose it is.
  findClash(one, other) {
    if (one.businessId === other.businessId) return { path: ['businessId'] }
    const shared = one.stores.findIndex((store) => other.stores.some(({ id }) => id === store.id))
    return shared < 0 ? undefined : { path: ['stores', shared, 'id'] }
  },
  // Any other would never be asked for, without a word.
  findStoreFault: (storeId) => (isInt64(storeId) ? undefined : 'must be the id of a campaign, digits only'),
  createWebhookEndpoint: createYandexEndpoint,
  createClient: createYandexMarketClient,
  listCatchUps,
}
