import type { CancelReason } from './events.ts'
import type { Fulfilment } from './order-parts.ts'

/** The merchant's rules for one store (account defaults with the store's own settings on top). */
export interface StorePolicy {
  /** How orders leave this store unless the customer picks them up. */
  kind: Exclude<Fulfilment, 'pickup'>
  /** Restaurants confirm with `order.accepted` before anything else. */
  isRestaurant: boolean
  /** Report `order.assembled` before `order.ready_for_delivery`. */
  sendAssembled: boolean
  pickupCode: {
    madeBy: 'us' | 'back-office'
    /** Relative to `order.ready_for_delivery`. */
    sent: 'before-ready' | 'after-ready'
  }
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
}

export const defaultPolicy: StorePolicy = {
  kind: 'marketplace-delivery',
  isRestaurant: false,
  sendAssembled: true,
  pickupCode: { madeBy: 'us', sent: 'after-ready' },
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
  },
  startAlarmMinutes: 5,
  assemblyLeadMinutes: 60,
}
