import { type Config, getAccount, policyFor } from '@sluice/config'
import { getMarketplace } from '@sluice/marketplaces'
import { type Order, type OrderSettings, storeOf } from '@sluice/orders'
import { pickupCodeOf } from '@sluice/runtime'

/**
 * What decides about one order besides its own facts: its store's policy, what its marketplace wants of us, and the pickup
 * code should we make it.
 */
export function orderSettings(config: Config): (order: Order) => OrderSettings {
  return (order) => {
    const { account, number } = order.ref
    return {
      policy: policyFor(config, { account, storeId: storeOf(order) }),
      traits: getMarketplace(getAccount(config, account).marketplace).traits,
      pickupCode: pickupCodeOf(number, config.pickupCodeSecret),
    }
  }
}
