import type { Effect, EffectKind, EventEnvelope, Order, Step, Verdict } from '@sluice/orders'

/**
 * Which order an event is about. With `externalId` and `number` it may create the order; a number, an external id or a UUID
 * alone only find it.
 */
export interface EventRef {
  marketplace: string
  account: string
  externalId?: string
  /** Bare, or `<retailer>:<UUID>`. */
  externalUuid?: string
  number?: string
}

/** The first effect of a lane: enqueue it. `delayMs` is what is left until it is due. */
export interface EffectHead {
  /** `<order id>.<seq>` */
  effectId: string
  kind: EffectKind
  /** How often a person has brought it back to life; part of the job id. */
  revivals: number
  delayMs?: number
}

export type ClaimedEffect = Effect & {
  effectId: string
  seq: number
  key: string
  idempotencyKey: string
  isBlocking: boolean
  /** From 1, counted anew after each revival. */
  attempt: number
  /** RFC 3339 UTC, database time. */
  firstAttemptAt: string
  /** Since the first attempt of this life, by the database's clock; 0 in the first. */
  ageMs: number
  /** RFC 3339 UTC, database time: when it was decided. The same in every attempt. */
  createdAt: string
  /** An earlier attempt may have been done without our knowing: read the destination's state before repeating. */
  wasUnclear: boolean
  revivals: number
  order: Order
}

/** What one attempt looked like. Excerpts are masked by the caller. */
export interface AttemptEvidence {
  /** RFC 3339 UTC. When the attempt began. */
  at: string
  durationMs: number
  outcome: string
  httpStatus?: number
  request?: string
  response?: string
  /** It may have been done, the answer is missing. Stays with the effect until it is settled. */
  isUnclear?: boolean
}

export type WriteRequest =
  | { kind: 'event'; ref: EventRef; envelope: EventEnvelope; name: string }
  | { kind: 'settlement'; effect: ClaimedEffect; step: Step; evidence: AttemptEvidence }

export type RecordResult =
  | {
      /** `duplicate`: an event with this dedup key was there; version and verdict are those of that event. */
      kind: 'recorded' | 'duplicate'
      orderId: string
      /** Of the order, right after this event. */
      version: number
      verdict: Verdict
      /** Of the order as it stands now. */
      heads: EffectHead[]
    }
  | { kind: 'unknown-order' }

/** `noted`: an attempt without a result; the order is as it was. */
export type WriteResult = RecordResult | { kind: 'noted' }
