import { currentBody, type Order } from '@sluice/orders'

/** The store of an order, as soon as the order itself or what announced it names one. */
export function storeOf(order: Order): string | undefined {
  return currentBody(order)?.storeId ?? order.reading?.storeId
}
