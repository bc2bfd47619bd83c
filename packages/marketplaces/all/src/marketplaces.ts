import { kuper } from '@sluice/marketplace-kuper'
import type { Marketplace } from '@sluice/marketplace-port'
import { yandexMarket } from '@sluice/marketplace-yandex-market'

/** The one place that lists the marketplaces, by their names; all else about one stands in its own folder. */
export const marketplaces: Readonly<Record<string, Marketplace>> = {
  kuper,
  'yandex-market': yandexMarket,
}

/** Throws when there is none of that name: its orders are in the ledger, so it must not have been taken out of the list. */
export function getMarketplace(name: string): Marketplace {
  const marketplace = Object.values(marketplaces).find((known) => known.name === name)
  if (marketplace) return marketplace
  throw new Error(`marketplace "${name}" is not known: there are ${Object.keys(marketplaces).join(', ')}`)
}
