import type { ComposedLine, Customer, DeliveryWindow, Fulfilment, OrderLine, Total } from './order-parts.ts'

/**
 * Everything that can happen to an order, in the past tense. Recorded once, never changed.
 * Marketplace webhooks and back-office messages are translated into these words at the edge; results of effects are
 * events too. The order is the fold of them (see evolve.ts).
 */
export type OrderEvent =
  | MarketplaceEvent
  | BackOfficeEvent
  | ResultEvent
  | { type: 'effect.revived'; key: string; by: string }
  /** `finding`: the text of order.attention that the person saw. */
  | { type: 'attention.resolved'; code: string; finding: string; by: string }

export type MarketplaceEvent =
  | { type: 'order.placed'; order: PlacedOrder }
  | { type: 'order.updated'; changes: Partial<PlacedOrder> }
  | { type: 'order.paid'; amount?: string }
  | { type: 'courier.assigned'; courier: Courier }
  | { type: 'courier.arrived'; courier: Courier }
  | { type: 'order.taken' }
  | { type: 'order.delivering' }
  | { type: 'order.delivered' }
  | { type: 'order.cancelled'; reason?: string; comment?: string }
  /** Kept, never acted upon: an event type that nobody knows yet, or one outside our scope. */
  | { type: 'marketplace.noted'; name: string }

export type BackOfficeEvent =
  | { type: 'assembly.started' }
  | { type: 'line.picked'; line: ComposedLine }
  | { type: 'assembly.finished' }
  /** `lines` absent: exactly what was picked, or what was reserved when nothing was picked line by line. */
  | { type: 'composition.finalised'; lines?: ComposedLine[]; document?: string }
  | { type: 'pickup-code.created'; code: string }
  | { type: 'order.issued'; code?: string; lines?: ComposedLine[] }
  | { type: 'delivery.estimated'; estimatedAt: string }
  | { type: 'delivery.started' }
  | { type: 'delivery.finished'; lines?: ComposedLine[] }
  | { type: 'cancellation.requested'; reason: CancelReason; comment?: string }
  | { type: 'return.decided'; returnId: string; decision: string }

/** What an effect came to. `key` is the effect's key in the order, see effects.ts. */
export type ResultEvent =
  | { type: 'stock.reserved'; key: string; lines: ReservedLine[] }
  | { type: 'stock.short'; key: string; lines: ShortLine[] }
  | { type: 'stock.released'; key: string }
  /**
   * The back office made its sales document before our call arrived. Of a release: the goods must be taken back instead; of a
   * changed reservation: the one before it counts.
   */
  | { type: 'stock.already-used'; key: string }
  | { type: 'goods.taken-back'; key: string }
  | { type: 'report.sent'; key: string }
  /** The marketplace had already cancelled the order when we reported; `key` is therefore settled. */
  | { type: 'report.moot'; key: string }
  /** Only for a cancellation of ours: the goods are gone, the marketplace goes on with the order. */
  | { type: 'report.declined'; key: string; state?: string }
  | { type: 'news.told'; key: string }
  | { type: 'deadline.passed'; key: string }
  | { type: 'effect.died'; key: string; reason: string }

export type CancelReason = 'out_of_stock' | 'store_closed' | 'technical_issues' | 'order_not_paid' | 'customer_request'

export interface Courier {
  name?: string
  phone?: string
}

export interface ReservedLine {
  sku: string
  quantity: number
  lots?: { series?: string; expiresOn?: string; quantity: number }[]
}

export interface ShortLine {
  sku: string
  requested: number
  available: number
}

export interface PlacedOrder {
  storeId: string
  lines: OrderLine[]
  shipmentMethod?: string
  deliveryWindow?: DeliveryWindow
  customer?: Customer
  address?: string
  comment?: string
  total?: Total
  /** The marketplace's own wish, kept as text. */
  replacementPolicy?: string
}

/** Who said it, when, under which key it is recorded once. */
export interface EventEnvelope<E extends OrderEvent = OrderEvent> {
  event: E
  source: EventSource
  /** Unique for ever: a second event under the same key changes nothing. */
  dedupKey: string
  /** RFC 3339 UTC. When it happened, as far as the sender says so. */
  occurredAt?: string
  /** RFC 3339 UTC. When it reached us; the same for every retry of the job. */
  receivedAt: string
}

export type EventSource = 'marketplace' | 'back-office' | 'effect' | 'operator'

export type { Fulfilment }
