import type { ConversationTopic, ConversationView } from './conversation.ts'
import type { Milestone } from './order.ts'
import type {
  Box,
  ComposedLine,
  Customer,
  DeliveryWindow,
  DigitalLine,
  Fulfilment,
  OrderLine,
  Total,
} from './order-parts.ts'
import type { MarketplaceView } from './reading.ts'
import type { RefundStage, ReturnDecision, ReturnKind, ReturnShipmentStage, ReturnView } from './returns.ts'

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
  /** `isComposed`: found so late that the body may be what the store put together, and no wish of the customer's. */
  | { type: 'order.placed'; order: PlacedOrder; isComposed?: true }
  | { type: 'order.updated'; changes: Partial<PlacedOrder> }
  | { type: 'order.paid'; amount?: string }
  | { type: 'courier.assigned'; courier: Courier }
  | { type: 'courier.arrived'; courier: Courier }
  | { type: 'order.taken' }
  | { type: 'order.delivering' }
  | { type: 'order.delivered' }
  /** `isProbablyAway`: its reason is one of goods that a courier has. */
  | { type: 'order.cancelled'; reason?: string; comment?: string; isProbablyAway?: true }
  /** There is an order, or it has changed, and the marketplace says no more than that: it is to be read there. */
  | { type: 'order.announced'; storeId?: string }
  /** `reached`: what the state shows to have happened before, as far as it can be told without the order itself. */
  | { type: 'order.changed'; storeId?: string; state?: string; reached?: Milestone[] }
  /** The customer wants his order cancelled, and the marketplace waits for the merchant's answer. */
  | { type: 'cancellation.asked'; storeId?: string }
  | { type: 'line-service.changed'; lineId: string; service: string; states: ServiceState[]; reason?: string }
  | { type: 'return.announced'; returnId: string; kind: ReturnKind; storeId?: string; lines: ReturnedLine[] }
  | {
      type: 'return.changed'
      returnId: string
      storeId?: string
      refund?: RefundStage
      shipment?: ReturnShipmentStage
    }
  | { type: 'conversation.announced'; topic: ConversationTopic; messageId?: string }
  | { type: 'conversation.disputed'; phase: 'started' | 'finished' }
  | ReadEvent
  /** Kept, never acted upon: an event type that nobody knows yet, or one outside our scope. */
  | { type: 'marketplace.noted'; name: string; body?: unknown }

/** What was found when the marketplace was read: by the effect of that key, or by the catch-up, which has none. */
export type ReadEvent =
  | { type: 'order.read'; key?: string; view: MarketplaceView }
  | { type: 'return.read'; key?: string; returnId: string; storeId?: string; view: ReturnView }
  | { type: 'conversation.read'; key?: string; topic: ConversationTopic; view: ConversationView }

export type BackOfficeEvent =
  | { type: 'assembly.started' }
  | { type: 'line.picked'; line: ComposedLine }
  | { type: 'assembly.finished' }
  /** `lines` absent: exactly what was picked, or what was reserved when nothing was picked line by line. */
  | { type: 'composition.finalised'; lines?: ComposedLine[]; document?: string; boxes?: Box[] }
  | { type: 'pickup-code.created'; code: string }
  | { type: 'order.issued'; code?: string; lines?: ComposedLine[] }
  | { type: 'delivery.estimated'; estimatedAt: string }
  | { type: 'delivery.started' }
  /** At a pick-up point that is not the store. */
  | { type: 'delivery.arrived' }
  | { type: 'delivery.finished'; lines?: ComposedLine[] }
  | { type: 'cancellation.requested'; reason: CancelReason; comment?: string }
  /** The merchant's answer to `cancellation.asked`. */
  | { type: 'cancellation.answered'; isAccepted: boolean; reason?: 'delivered' | 'in-delivery' }
  | { type: 'return.decided'; returnId: string; decision: ReturnDecision }
  /** The goods of a return are back in the store. */
  | { type: 'return.received'; returnId: string }
  /** The goods of a cancelled order are back in the store. */
  | { type: 'goods.returned' }
  /** What the marketplace's courier showed at the counter. */
  | { type: 'courier-code.entered'; code: string }
  | { type: 'delivery.tracked'; trackCode: string; deliveryServiceId?: string }
  /** `date`: YYYY-MM-DD. `by`: on whose wish. */
  | { type: 'delivery.rescheduled'; date: string; by: 'customer' | 'merchant' }
  /** The pick-up point keeps the order until that day, YYYY-MM-DD. */
  | { type: 'pickup.extended'; until: string }
  | { type: 'digital.issued'; lines: DigitalLine[] }
  | { type: 'conversation.replied'; replyId: string; text: string }

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
  /** Understood and not taken: a cancellation whose goods are gone, a shortage that cannot be taken out, a wrong code. */
  | { type: 'report.declined'; key: string; state?: string }
  /** Optional, and not worth the wait or too late: not said. */
  | { type: 'report.skipped'; key: string; why: string }
  /** An answer to the customer: about a cancellation, a return, or in a conversation. */
  | { type: 'answer.sent'; key: string }
  /** The marketplace does not take this answer (any more). */
  | { type: 'answer.declined'; key: string; why: string }
  | { type: 'news.told'; key: string }
  | { type: 'deadline.passed'; key: string }
  | { type: 'effect.died'; key: string; reason: string }

export type CancelReason =
  | 'out_of_stock'
  | 'store_closed'
  | 'technical_issues'
  | 'order_not_paid'
  | 'customer_request'
  | 'customer_unreachable'
  | 'wrong_customer_data'
  /** Nobody fetched the order from the pick-up point. */
  | 'pickup_expired'

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

export interface ReturnedLine {
  sku: string
  quantity: number
}

export interface ServiceState {
  state: string
  quantity: number
}

export interface PlacedOrder {
  storeId: string
  lines: OrderLine[]
  /** Where the order itself says how it goes. */
  fulfilment?: Fulfilment
  /** Somebody tries the connection: nobody will come for the goods. */
  isTest?: boolean
  /** When the goods must be handed over to the marketplace, YYYY-MM-DD. */
  shipOn?: string
  /** `keys`: the marketplace hands over our keys. `by-hand`: we hand over, and say when that is done. */
  digital?: 'keys' | 'by-hand'
  /** Of what is handed over by hand: how, and to which profile of the customer's where that is a gift. */
  handOver?: { kind: 'gift' | 'chat'; profileLink?: string }
  /** Where the marketplace tells them apart: for a business every unit may need a marking code. */
  buyerType?: 'person' | 'business'
  shipmentMethod?: string
  deliveryWindow?: DeliveryWindow
  /** The customer chose the window; else as soon as possible. */
  isPlanned?: boolean
  customer?: Customer
  address?: string
  comment?: string
  total?: Total
  /** The marketplace's own wish, kept as text. */
  replacementPolicy?: string
  /** In the marketplace's words. */
  paymentMethods?: string[]
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

/** `catch-up`: found by asking the marketplace, which should have told us. */
export type EventSource = 'marketplace' | 'back-office' | 'effect' | 'operator' | 'catch-up'

export type { Fulfilment }
