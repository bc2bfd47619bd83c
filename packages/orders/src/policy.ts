import type { ReportStep } from './effects.ts'
import type { CancelReason } from './events.ts'
import type { Fulfilment } from './order-parts.ts'

/** The merchant's rules for one store (account defaults with the store's own settings on top). */
export interface StorePolicy {
  /** How orders leave this store unless the customer picks them up. */
  kind: Extract<Fulfilment, 'marketplace-delivery' | 'merchant-delivery'>
  /** Restaurants confirm with `order.accepted` before anything else. */
  isRestaurant: boolean
  /** Report `order.assembled` before `order.ready_for_delivery`. */
  sendAssembled: boolean
  pickupCode: {
    madeBy: 'us' | 'back-office'
    /** Relative to `order.ready_for_delivery`. */
    sent: 'before-ready' | 'after-ready'
  }
  /**
   * Where the customer picks his order up: `store`: it waits there as soon as it is put together. `remote`: it is brought to a
   * point elsewhere, and the store says when it sets out and when it has arrived.
   */
  pickupPoint: 'store' | 'remote'
  /** Goods that expire sooner are treated as not there. Days. */
  minShelfLifeDays: number
  /** Short stock: cancel the order, or go on with what there is. */
  onShort: 'cancel' | 'partial'
  /** A back office may replace an article; off for medicines. */
  allowReplacement: boolean
  /** A line that is missing entirely: sent with quantity 0, or left out. */
  missingLine: 'zero' | 'omit'
  /** Our reason to the marketplace's slug. */
  cancellationSlugs: Record<CancelReason, string>
  /** Alarm when assembly has not started so long after the order came. Minutes; 0 switches it off. */
  startAlarmMinutes: number
  /** `expectedAssemblyTime` lies so long before the delivery window opens. Minutes. */
  assemblyLeadMinutes: number
  /**
   * Who answers a customer that wants his order cancelled while the marketplace waits for us: `accept-in-store` takes it as
   * long as the goods are in the store and asks the back office after that.
   */
  cancellationRequests: 'accept-in-store' | 'accept' | 'back-office'
  /** Who decides about a customer's return. `refund`: always the money. */
  returns: 'back-office' | 'refund'
  /** Alarm so long before an answer to the customer is due (48 h at Yandex Market). Hours. */
  answerAlarmHours: number
  /** Keys of digital goods are due 30 minutes after the order opens; alarm so long before. Minutes. */
  digitalAlarmMinutes: number
}

/** What a marketplace wants of us, whatever the store's policy. Each marketplace's folder says it. */
export interface MarketplaceTraits {
  /** The steps it can be told, by the way the goods go. All others are ours alone. */
  reports: Record<Fulfilment, readonly ReportStep[]>
  /**
   * Goods come back with a word of their own, also after a cancellation on the way: announced as a return, or told by the store
   * where its own courier had them.
   */
  announcesReturns: boolean
}

export const defaultPolicy: StorePolicy = {
  kind: 'marketplace-delivery',
  isRestaurant: false,
  sendAssembled: true,
  pickupCode: { madeBy: 'us', sent: 'after-ready' },
  pickupPoint: 'store',
  minShelfLifeDays: 30,
  onShort: 'cancel',
  allowReplacement: false,
  missingLine: 'zero',
  cancellationSlugs: {
    out_of_stock: 'out_of_stock',
    store_closed: 'store_closed',
    technical_issues: 'technical_issues',
    order_not_paid: 'order_not_paid',
    customer_request: 'customer_request',
    // Kuper's list is open; this word of it says whose doing it was.
    customer_unreachable: 'customer_request',
    wrong_customer_data: 'customer_request',
    pickup_expired: 'customer_request',
  },
  startAlarmMinutes: 5,
  assemblyLeadMinutes: 60,
  cancellationRequests: 'accept-in-store',
  returns: 'back-office',
  answerAlarmHours: 12,
  digitalAlarmMinutes: 10,
}
