import type { Config } from '@sluice/config'
import type { ClaimedEffect } from '@sluice/ledger'
import { getMarketplace } from '@sluice/marketplaces'
import type { RetryPolicy } from '@sluice/orders'

/** A back office that is closed for the night, or over the holidays, is a normal state: it is asked again for this long. */
const BACK_OFFICE_PATIENCE_MS = 7 * 24 * 3_600_000
/** So that a store that opens in the morning does not wait half an hour for its first order. */
const BACK_OFFICE_MAX_DELAY_MS = 5 * 60_000
/** As long as the customer may be answered at all. */
const ANSWER_PATIENCE_MS = 48 * 3_600_000

/** How an effect is tried again: by the destination's patience, and by the deadlines that a marketplace has. */
export function retryPolicies(
  config: Pick<Config, 'retry'>,
): (effect: Pick<ClaimedEffect, 'kind'> & { order: { ref: { marketplace: string } } }) => RetryPolicy {
  const { delaysSeconds, maxDelaySeconds, maxAgeHours } = config.retry
  const usual: RetryPolicy = {
    delaysMs: delaysSeconds.map((seconds) => seconds * 1_000),
    maxDelayMs: maxDelaySeconds * 1_000,
    maxAgeMs: maxAgeHours * 3_600_000,
  }
  const backOffice: RetryPolicy = {
    delaysMs: usual.delaysMs,
    maxDelayMs: Math.min(usual.maxDelayMs, BACK_OFFICE_MAX_DELAY_MS),
    maxAgeMs: Math.max(usual.maxAgeMs, BACK_OFFICE_PATIENCE_MS),
  }
  return ({ kind, order }) => {
    switch (kind) {
      case 'notify-marketplace':
      case 'fetch-order':
      case 'fetch-return':
      case 'fetch-conversation':
      case 'answer-cancellation-request':
      case 'decide-return':
      case 'reply-to-customer': {
        const { maxRetryDelayMs = usual.maxDelayMs } = getMarketplace(order.ref.marketplace)
        const isAnswer = kind === 'answer-cancellation-request' || kind === 'decide-return'
        return {
          ...usual,
          maxDelayMs: Math.min(usual.maxDelayMs, maxRetryDelayMs),
          maxAgeMs: isAnswer ? Math.max(usual.maxAgeMs, ANSWER_PATIENCE_MS) : usual.maxAgeMs,
        }
      }
      case 'reserve-stock':
      case 'release-stock':
      case 'take-back-goods':
      case 'tell-back-office':
      case 'watch-deadline':
        return backOffice
    }
  }
}
