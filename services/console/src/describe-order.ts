import type { AttentionCode, Fulfilment, OrderStatus } from '@sluice/orders'

export const ATTENTION: Record<AttentionCode, string> = {
  'assembly-not-started': 'assembly not started in time',
  'cancelled-after-leaving': 'cancelled after leaving the store',
  'composition-refused': 'composition refused',
  'changed-after-assembly': 'changed after assembly',
  'composition-late': 'corrected after the marketplace was told',
  'back-office-silent': 'waiting for the back office',
  'wrong-codes': 'wrong pickup codes',
  'cancellation-declined': 'cancellation declined by the marketplace',
  'effect-dead': 'a lane is blocked by a dead effect',
}

export const FULFILMENT: Record<Fulfilment, string> = {
  'marketplace-delivery': 'delivered by the marketplace',
  pickup: 'picked up by the customer',
  'merchant-delivery': 'delivered by the merchant',
}

/** In the order of an order's life. */
const statuses: Record<OrderStatus, true> = {
  announced: true,
  placed: true,
  reserved: true,
  assembling: true,
  assembled: true,
  ready: true,
  taken: true,
  delivering: true,
  delivered: true,
  cancelled: true,
}
export const STATUSES = Object.keys(statuses) as OrderStatus[]

export function isOrderStatus(text: string): text is OrderStatus {
  return Object.hasOwn(statuses, text)
}
