import { type Config, policyFor } from '@sluice/config'
import type { MarketplaceEffect } from '@sluice/marketplace-port'
import { type Effect, storeOf } from '@sluice/orders'
import type { Perform } from './handle-effect.ts'
import type { MarketplaceClients } from './marketplace-clients.ts'

/**
 * Performs any effect of a marketplace at the account of its order. Dies between the call and its settlement: the next
 * attempt knows that this one is unclear, and the marketplace's client reads the state there first.
 */
export function createPerformAtMarketplace(config: Config, clients: Pick<MarketplaceClients, 'get'>): Perform {
  return async (effect, signal) => {
    const { order, idempotencyKey, wasUnclear } = effect
    if (!isMarketplaceEffect(effect)) {
      const detail = `${effect.kind} is not performed at a marketplace`
      return { outcome: { kind: 'refused', fault: 'ours', detail } }
    }
    const { account } = order.ref
    const policy = policyFor(config, { account, storeId: storeOf(order) })
    return clients.get(account).perform(effect, { order, idempotencyKey, wasUnclear, policy, signal })
  }
}

function isMarketplaceEffect(effect: Effect): effect is MarketplaceEffect {
  switch (effect.kind) {
    case 'notify-marketplace':
    case 'fetch-order':
    case 'fetch-return':
    case 'fetch-conversation':
    case 'answer-cancellation-request':
    case 'decide-return':
    case 'reply-to-customer':
      return true
    case 'reserve-stock':
    case 'release-stock':
    case 'take-back-goods':
    case 'tell-back-office':
    case 'watch-deadline':
      return false
  }
}
