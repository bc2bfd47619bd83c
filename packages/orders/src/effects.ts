import type { ConversationMessage, ConversationTopic } from './conversation.ts'
import type { CancelReason, PlacedOrder, ReturnedLine, ServiceState } from './events.ts'
import type { Box, ComposedLine, DigitalLine, Fulfilment, OrderLine } from './order-parts.ts'
import type { RefundStage, ReturnDecision, ReturnKind, ReturnShipmentStage } from './returns.ts'

/** Effects of one lane are performed strictly one after another; lanes do not wait for each other. */
export type Lane = 'stock' | 'marketplace' | 'reading' | 'answers' | 'news' | 'deadline'

/**
 * What we owe the outside world, as a command. Decided by decide.ts, performed at least once under one idempotency key,
 * settled once. The payload is everything the destination needs, fixed when the effect is decided.
 */
export type Effect =
  | { kind: 'reserve-stock'; lane: 'stock'; payload: ReserveStock }
  | { kind: 'release-stock'; lane: 'stock'; payload: { reason: string } }
  | { kind: 'take-back-goods'; lane: 'stock'; payload: { reason: string; lines: ComposedLine[]; returnId?: string } }
  | { kind: 'notify-marketplace'; lane: 'marketplace'; payload: Report }
  /** What the marketplace announces without saying more is read there. Its result is a `ReadEvent`. */
  | { kind: 'fetch-order'; lane: 'reading'; payload: { storeId?: string } }
  | { kind: 'fetch-return'; lane: 'reading'; payload: { returnId: string; storeId?: string } }
  | { kind: 'fetch-conversation'; lane: 'reading'; payload: { topic: ConversationTopic; messageId?: string } }
  /** Answers have a deadline at the marketplace: in a lane of their own, nothing holds them up. */
  | { kind: 'answer-cancellation-request'; lane: 'answers'; payload: CancellationAnswer }
  | {
      kind: 'decide-return'
      lane: 'answers'
      payload: { returnId: string; storeId?: string; decision: ReturnDecision }
    }
  | { kind: 'reply-to-customer'; lane: 'answers'; payload: { topic: ConversationTopic; text: string } }
  | { kind: 'tell-back-office'; lane: 'news'; payload: News }
  /** A durable timer: performing it once its time has come only records that the deadline passed. */
  | { kind: 'watch-deadline'; lane: 'deadline'; payload: { deadline: Deadline } }

export type EffectKind = Effect['kind']

export type Deadline =
  | 'assembly-start'
  | 'cancellation-answer'
  | 'return-decision'
  | 'return-collection'
  | 'digital-codes'

export interface CancellationAnswer {
  storeId?: string
  isAccepted: boolean
  /** Why not, when it is declined. */
  reason?: 'delivered' | 'in-delivery'
}

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
  /** Our order number, for the marketplace to show. */
  | { step: 'registered'; number: string }
  | { step: 'assembled' }
  /** What is in which box; `boxes` absent: everything in one. */
  | { step: 'packed'; composition: Composition; boxes?: Box[] }
  | { step: 'pickup_code'; code: string }
  | { step: 'ready'; composition: Composition }
  | { step: 'estimated_delivery'; estimatedAt: string }
  | { step: 'courier_code'; code: string }
  | { step: 'tracked'; trackCode: string; deliveryServiceId?: string }
  | { step: 'rescheduled'; date: string; by: 'customer' | 'merchant' }
  | { step: 'delivering' }
  /** At the pick-up point, and how long it stays there (YYYY-MM-DD). */
  | { step: 'at_pickup' }
  | { step: 'storage_extended'; until: string }
  | { step: 'digital_codes'; lines: DigitalLine[] }
  /** `at`: RFC 3339, when the customer got the goods. `composition` is absent where there is nothing to put together. */
  | { step: 'delivered'; composition?: Composition; at?: string }
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
      comment?: string
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
  /** The answer to `courier_code.entered`; `detail` is the marketplace's. */
  | { type: 'courier_code.accepted'; code: string }
  | { type: 'courier_code.rejected'; code: string; detail?: string }
  /** Answer with `cancellation.answered` before `answerBy` (RFC 3339); then the marketplace cancels by itself. */
  | { type: 'cancellation.asked'; answerBy: string }
  | { type: 'line_service.changed'; lineId: string; service: string; states: ServiceState[]; reason?: string }
  /** With a `decideBy` the merchant is asked: answer with `return.decided`. */
  | {
      type: 'return.changed'
      returnId: string
      kind: ReturnKind
      lines: ReturnedReturnLine[]
      refund?: RefundStage
      shipment?: ReturnShipmentStage
      /** Decimal string in roubles: what the customer gets back. */
      amount?: string
      collectBy?: string
      decideBy?: string
    }
  | { type: 'return.decision_refused'; returnId: string; reason: string }
  | {
      type: 'conversation.message'
      conversation: string
      topic: ConversationTopic
      message: ConversationMessage
      orderNumber?: string
      about?: Record<string, string>
    }
  | { type: 'conversation.disputed'; conversation: string; phase: 'started' | 'finished' }
  | { type: 'conversation.reply_refused'; conversation: string; replyId: string; reason: string }

/** A line as the marketplace's return lists it. `itemId` names it in a decision. */
export interface ReturnedReturnLine extends ReturnedLine {
  itemId?: string
  reason?: string
}

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
