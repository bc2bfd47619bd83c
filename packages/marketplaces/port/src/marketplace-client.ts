import type { Effect, Order, Outcome, StorePolicy } from '@sluice/orders'

/** Effects that are performed at the marketplace. */
export type MarketplaceEffect = Extract<
  Effect,
  {
    kind:
      | 'notify-marketplace'
      | 'fetch-order'
      | 'fetch-return'
      | 'fetch-conversation'
      | 'answer-cancellation-request'
      | 'decide-return'
      | 'reply-to-customer'
  }
>

/** One account's API: its own connections and breaker, so that one marketplace in trouble does not hold up another. */
export interface MarketplaceClient {
  /**
   * One attempt at an effect. Expected failures are outcomes; a throw is a bug of ours. A kind that the marketplace does not
   * know is `refused`, fault `ours`: its traits kept it from being planned.
   */
  perform(effect: MarketplaceEffect, attempt: MarketplaceAttempt): Promise<Performed>
  close(): Promise<void>
}

export interface MarketplaceAttempt {
  order: Order
  idempotencyKey: string
  /** An earlier attempt may have been done without our knowing: read the destination's state before repeating. */
  wasUnclear: boolean
  policy: StorePolicy
  signal: AbortSignal
}

/** One attempt at an effect, and what is kept of it. Excerpts are masked and bounded by whoever made them. */
export interface Performed {
  outcome: Outcome
  evidence?: { httpStatus?: number; request?: string; response?: string }
}
