import type { Config } from '@sluice/config'
import type { EffectKind, RetryPolicy } from '@sluice/orders'

/** A back office that is closed for the night, or over the holidays, is a normal state: it is asked again for this long. */
const BACK_OFFICE_PATIENCE_MS = 7 * 24 * 3_600_000
/** So that a store that opens in the morning does not wait half an hour for its first order. */
const BACK_OFFICE_MAX_DELAY_MS = 5 * 60_000

export function retryPolicies(config: Pick<Config, 'retry'>): (kind: EffectKind) => RetryPolicy {
  const { delaysSeconds, maxDelaySeconds, maxAgeHours } = config.retry
  const marketplace: RetryPolicy = {
    delaysMs: delaysSeconds.map((seconds) => seconds * 1_000),
    maxDelayMs: maxDelaySeconds * 1_000,
    maxAgeMs: maxAgeHours * 3_600_000,
  }
  const backOffice: RetryPolicy = {
    delaysMs: marketplace.delaysMs,
    maxDelayMs: Math.min(marketplace.maxDelayMs, BACK_OFFICE_MAX_DELAY_MS),
    maxAgeMs: Math.max(marketplace.maxAgeMs, BACK_OFFICE_PATIENCE_MS),
  }
  return (kind) => (kind === 'notify-marketplace' ? marketplace : backOffice)
}
