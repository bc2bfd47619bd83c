import type { BackOfficeClient } from '@sluice/back-office'
import type { ComposedLine } from '@sluice/orders'
import type { Perform } from '@sluice/worker'

/** Ends the reservation. Repeating is harmless; when the sales document is already made, the goods are taken back instead. */
export function createReleaseStock(backOffice: BackOfficeClient): Perform {
  return ({ order, idempotencyKey }, signal) => backOffice.release(order.ref.number, { idempotencyKey, signal })
}

/** Goods that were put together go back on the shelf, once per idempotency key. */
export function createTakeBackGoods(backOffice: BackOfficeClient): Perform {
  return ({ order, payload, idempotencyKey }, signal) => {
    const goods = payload as { reason: string; lines: ComposedLine[]; returnId?: string }
    return backOffice.takeBack({ ...goods, orderNumber: order.ref.number }, { idempotencyKey, signal })
  }
}
