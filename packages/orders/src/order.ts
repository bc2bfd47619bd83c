import type { Conversation } from './conversation.ts'
import type { EffectKind, EffectStatus, Lane } from './effects.ts'
import type { CancelReason, Courier, PlacedOrder, ReservedLine, ServiceState, ShortLine } from './events.ts'
import type { Box, ComposedLine, DigitalLine, OrderLine } from './order-parts.ts'
import type { Reading } from './reading.ts'
import type { ReturnFacts } from './returns.ts'

export type OrderStatus =
  | 'announced'
  | 'placed'
  | 'reserved'
  | 'assembling'
  | 'assembled'
  | 'ready'
  | 'taken'
  | 'delivering'
  | 'delivered'
  | 'partly-returned'
  | 'returned'
  | 'cancelled'
  /** Of a conversation: the customer waits for an answer, or nobody does. */
  | 'open'
  | 'answered'

export type PaymentStatus = 'unpaid' | 'paid' | 'refunding' | 'refunded'

/** The identity of an order. `id` is a function of `number`, `number` one of account and external id: neither needs state. */
export interface OrderRef {
  id: string
  marketplace: string
  account: string
  externalId: string
  externalUuid?: string
  number: string
}

/** Facts that only ever become true, with the earliest time at which they did. Early, late and repeated events commute. */
export type Milestone =
  | 'paid'
  | 'courierAssigned'
  | 'courierArrived'
  | 'taken'
  | 'delivering'
  | 'atPickup'
  | 'delivered'
  | 'partlyReturned'
  | 'returned'
  | 'assemblyStarted'
  | 'assemblyFinished'
  | 'deliveryStarted'
  | 'deliveryArrived'
  | 'deliveryFinished'
  /** Of a cancelled order: the goods are in the store again. */
  | 'goodsReturned'
  /** Handed out at the counter against the right code. */
  | 'issued'

/**
 * A value of which the newest wins, whatever order the news arrives in. `stamp` sorts as text: time of the event, time of
 * its arrival, its dedup key.
 */
export interface Register<T> {
  value: T
  stamp: string
}

/**
 * An order: the fold of its events, as plain JSON. Facts are kept so that they commute (grow-only milestones, newest-wins
 * registers); status, payment and what is to be done are derived from them.
 */
export interface Order {
  ref: OrderRef
  /** Number of events recorded so far. */
  version: number
  status: OrderStatus
  payment: PaymentStatus
  courier: 'none' | 'assigned' | 'arrived'
  /**
   * Of several bodies under `order.placed` the earliest counts, what the catch-up found only where nobody else told; `changes`
   * and `sightings` lie on top of it, newest per field (`deliveryWindow.to`).
   */
  placed?: Register<PlacedOrder>
  changes: Record<string, Register<unknown>>
  /** Every list of goods that an update brought, in the order in which they reached us. */
  lineHistory: { lines: OrderLine[]; stamp: string; receivedAt: string }[]
  /**
   * What the catch-up found before the store's first document, in the order in which it reached us. A body that was found before
   * is not kept twice: `sameAs` is the stamp of the first that had it.
   */
  sightings?: (({ body: PlacedOrder } | { sameAs: string }) & { stamp: string; receivedAt: string })[]
  milestones: Partial<Record<Milestone, string>>
  courierPerson?: Register<Courier>
  paidAmount?: Register<string>
  /** What the store picked so far, by `<sku>|<series>`. */
  picks: Record<string, Register<ComposedLine>>
  composition?: Register<{ lines?: ComposedLine[]; boxes?: Box[]; receivedAt: string }>
  /** When the first document of the store reached us: from then on the marketplace may hold what we reported. */
  composedAt?: string
  backOfficeCode?: Register<string>
  /** Codes that another one has replaced, oldest first: who came with one of them in its time was right. */
  formerCodes?: Register<string>[]
  deliveryEstimate?: Register<string>
  /** What was handed over in the end, where the back office told so with the delivery. */
  handedOver?: Register<ComposedLine[]>
  /** Every time the counter said that it hands the goods out. Checked against the pickup code. */
  issues: { n: number; code?: string; lines?: ComposedLine[]; stamp: string }[]
  cancellation: {
    byMarketplace?: { reason?: string; comment?: string; at: string }
    /** When the marketplace last said that it is cancelled, as far as it was announced. */
    toldAt?: string
    /** Asked for by the merchant. */
    requested?: Register<{ reason: CancelReason; comment?: string }>
    /** The marketplace took our cancellation. */
    confirmedAt?: string
    /** The marketplace did not take it: the order goes on. Which one, `declined` says. */
    declinedAt?: string
  }
  reservation: {
    state: 'none' | 'asked' | 'held' | 'short' | 'released' | 'consumed'
    /** Key of the newest reserve-stock effect. */
    askedKey?: string
    /** True once any reservation was confirmed: then it must be ended some day. */
    wasHeld: boolean
    alreadyUsed: boolean
    lines?: ReservedLine[]
    short?: ShortLine[]
  }
  /** What the back office knows of the order's body, to tell it changes only. */
  toldBody?: string
  effects: Record<string, EffectRecord>
  nextSeq: number
  /** Present where the marketplace announces changes and is then read. */
  reading?: Reading
  /** The customer's wish to cancel, which the marketplace leaves to the merchant. */
  cancellationAsked?: CancellationAsked
  /** By the marketplace's id of the return. */
  returns?: Record<string, ReturnFacts>
  /** By `<line id>/<service>`. */
  lineServices?: Record<string, Register<{ lineId: string; service: string; states: ServiceState[]; reason?: string }>>
  /** What the marketplace's courier showed at the counter, one after another. */
  courierCodes?: { n: number; code: string; stamp: string }[]
  tracking?: Register<{ trackCode: string; deliveryServiceId?: string }>
  rescheduling?: Register<{ date: string; by: 'customer' | 'merchant' }>
  storageUntil?: Register<string>
  digitalLines?: Register<DigitalLine[]>
  /** What the marketplace would not take, by the effect's key: why. */
  declined?: Record<string, string>
  /** Present when this is no order but a conversation: it has a number, events and effects like one. */
  conversation?: Conversation
  /** Why a person should look, by code; empty when nobody needs to. */
  attention: Partial<Record<AttentionCode, string>>
  /** `<code>: <finding>` */
  resolvedAttention: string[]
}

export interface CancellationAsked {
  /** Every time at which the request was announced or seen, RFC 3339 in whole seconds, earliest first. */
  times: string[]
  answer?: Register<{ isAccepted: boolean; reason?: 'delivered' | 'in-delivery'; receivedAt: string }>
}

export interface EffectRecord {
  seq: number
  kind: EffectKind
  lane: Lane
  status: EffectStatus
  isBlocking: boolean
  delayMs?: number
  settledAt?: string
  /** What it says, where it may have to be said again. */
  fingerprint?: string
}

export type AttentionCode =
  | 'assembly-not-started'
  | 'cancelled-after-leaving'
  | 'composition-refused'
  | 'changed-after-assembly'
  | 'composition-late'
  | 'back-office-silent'
  | 'wrong-codes'
  | 'cancellation-declined'
  | 'cancellation-unanswered'
  | 'return-undecided'
  | 'return-uncollected'
  | 'return-lost'
  | 'digital-codes-late'
  | 'answer-declined'
  | 'effect-dead'

/** What was done with one event. */
export type Verdict = 'applied' | 'late' | 'early' | 'duplicate-body-differs' | 'ignored' | 'refused'

export function createOrder(ref: OrderRef): Order {
  return {
    ref,
    version: 0,
    status: 'announced',
    payment: 'unpaid',
    courier: 'none',
    changes: {},
    lineHistory: [],
    milestones: {},
    picks: {},
    issues: [],
    cancellation: {},
    reservation: { state: 'none', wasHeld: false, alreadyUsed: false },
    effects: {},
    nextSeq: 1,
    attention: {},
    resolvedAttention: [],
  }
}
