import type { CancelReason, PlacedOrder } from './events.ts'
import type { ComposedLine, Fulfilment, OrderLine } from './order-parts.ts'

/** Effects of one lane are performed strictly one after another; lanes do not wait for each other. */
export type Lane = 'stock' | 'marketplace' | 'news' | 'deadline'

/**
 * What we owe the outside world, as a command. Decided by decide.ts, performed at least once under one idempotency key,
 * settled once. The payload is everything the destination needs, fixed when the effect is decided.
 */
export type Effect =
  | { kind: 'reserve-stock'; lane: 'stock'; payload: ReserveStock }
  | { kind: 'release-stock'; lane: 'stock'; payload: { reason: string } }
  | { kind: 'take-back-goods'; lane: 'stock'; payload: { reason: string; lines: ComposedLine[] } }
  | { kind: 'notify-marketplace'; lane: 'marketplace'; payload: Report }
  | { kind: 'tell-back-office'; lane: 'news'; payload: News }
  /** A durable timer: performing it once its time has come only records that the deadline passed. */
  | { kind: 'watch-deadline'; lane: 'deadline'; payload: { deadline: 'assembly-start' } }

export type EffectKind = Effect['kind']

export interface ReserveStock {
  storeId: string
  fulfilment: Fulfilment
  lines: OrderLine[]
  /** Goods that expire sooner than this many days from the day of reservation are not offered. */
  minShelfLifeDays: number
  /** `cancel`: all or nothing. `partial`: reserve what there is. */
  onShort: 'cancel' | 'partial'
  order: Omit<PlacedOrder, 'lines' | 'storeId'>
}

/** One step of our own work, as the marketplace is told it. The marketplace's package turns it into its wire form. */
export type Report =
  | { step: 'accepted'; expectedAssemblyAt?: string }
  | { step: 'in_work' }
  | { step: 'assembled' }
  | { step: 'pickup_code'; code: string }
  | { step: 'ready'; composition: Composition }
  | { step: 'estimated_delivery'; estimatedAt: string }
  | { step: 'delivering' }
  | { step: 'delivered'; composition: Composition }
  | { step: 'canceled'; reason: CancelReason; comment?: string }

export type ReportStep = Report['step']

/** The final composition: every ordered line, with what was really handed over. */
export interface Composition {
  /** Whether anything differs from what was ordered. */
  changed: boolean
  lines: (ComposedLine & { originalQuantity: number })[]
}

/** What the back office is told. `type` is the wire name of docs/back-office.md. */
export type News =
  | { type: 'order.paid'; amount?: string }
  | { type: 'courier.assigned'; courier: { name?: string; phone?: string } }
  | { type: 'courier.arrived'; courier: { name?: string; phone?: string } }
  | { type: 'order.taken' }
  | { type: 'order.delivering' }
  | { type: 'order.delivered' }
  | {
      type: 'order.cancelled'
      by: 'marketplace' | 'merchant'
      reason?: string
      goods: 'reserved' | 'picked' | 'left-store'
    }
  | { type: 'cancellation.declined'; reason: string }
  | {
      type: 'order.updated'
      changes: Omit<Partial<PlacedOrder>, 'lines'> & { lines?: OrderLine[]; fulfilment: Fulfilment }
    }
  | { type: 'pickup_code.created'; code: string }
  | { type: 'composition.refused'; reasons: string[] }
  | { type: 'issue.refused'; reason: 'wrong-code' | 'code-missing' | 'not-for-pickup' | 'cancelled' }

/** An effect as the ledger keeps it. */
export type PlannedEffect = Effect & {
  /** `<kind>/<step>[#<generation>]`, unique in the order; the idempotency key is `<order number>/<key>`. */
  key: string
  /** Position among the order's effects, from 1. With the order's id it is the effect's id. */
  seq: number
  /** A dead effect that does not block lets its lane go on. */
  isBlocking: boolean
  /** Not before this many milliseconds after the recording. */
  delayMs?: number
}

/** Where an effect stands, as far as the order knows. */
export type EffectStatus = 'waiting' | 'done' | 'dead' | 'dropped'
