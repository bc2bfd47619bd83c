import type { BackOfficeClient } from '@sluice/back-office'
import type { News } from '@sluice/orders'
import type { Perform } from '@sluice/worker'

/** Tells the back office one thing about an order. The idempotency key is the message's id, so a repeat is recognised there. */
export function createTellBackOffice(backOffice: BackOfficeClient): Perform {
  return ({ order, payload, idempotencyKey, createdAt }, signal) =>
    backOffice.tell({ orderNumber: order.ref.number, at: createdAt, news: payload as News }, { idempotencyKey, signal })
}
