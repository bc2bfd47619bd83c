import { type Config, policyFor } from '@sluice/config'
import { currentBody, type Order, type OrderSettings } from '@sluice/orders'
import { pickupCodeOf } from '@sluice/runtime'

/** What the configuration says about one order: its store's policy, and the pickup code should we make it. */
export function orderSettings(config: Config): (order: Order) => OrderSettings {
  return (order) => ({
    policy: policyFor(config, { account: order.ref.account, storeId: currentBody(order)?.storeId }),
    pickupCode: pickupCodeOf(order.ref.number, config.pickupCodeSecret),
  })
}
