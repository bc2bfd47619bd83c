import type { KuperOrder } from './order.ts'

/** All orders of the simulator, findable by each of their keys. Above `limit` the oldest ones are forgotten. */
export function createOrderBook(limit: number, onForgotten: (orderId: string) => void) {
  const byId = new Map<string, KuperOrder>()
  const byUuid = new Map<string, KuperOrder>()
  return {
    add(order: KuperOrder) {
      byId.set(order.originalOrderId, order)
      byUuid.set(order.orderUUID, order)
      for (const oldest of byId.values()) {
        if (byId.size <= limit) break
        byId.delete(oldest.originalOrderId)
        byUuid.delete(oldest.orderUUID)
        onForgotten(oldest.originalOrderId)
      }
    },
    find: (originalOrderId: string) => byId.get(originalOrderId),
    /** As a notification names it: order_id first, then orderUUID. */
    findNamed: (keys: { order_id?: string | undefined; orderUUID?: string | undefined }) =>
      (keys.order_id === undefined ? undefined : byId.get(keys.order_id)) ??
      (keys.orderUUID === undefined ? undefined : byUuid.get(keys.orderUUID)),
    /** Oldest first. */
    list: () => [...byId.values()],
    clear() {
      byId.clear()
      byUuid.clear()
    },
  }
}
export type OrderBook = ReturnType<typeof createOrderBook>
