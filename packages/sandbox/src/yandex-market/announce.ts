import type { Timers } from '../timers.ts'
import { int64 } from './json-int64.ts'
import { formatNotificationTime } from './market-time.ts'
import type { NotificationToSend } from './notifications.ts'
import type { MarketOrder } from './order.ts'
import type { MarketReturn } from './return.ts'
import type { Settings } from './settings.ts'
import type { NotificationType } from './statuses.ts'

export interface AnnounceDeps {
  timers: Timers
  settings: () => Settings
  send: (notification: NotificationToSend) => unknown
}

/** Everything the Market announces, each in its form (specification 2.3). */
export function createAnnouncements(deps: AnnounceDeps) {
  let sent = 0

  function send(type: NotificationType, orderId: string | undefined, body: Record<string, unknown>, copies = 0): void {
    sent += 1
    const isOdd = deps.settings().hasVariety && sent % 7 === 0
    deps.send({
      type,
      orderId,
      copies,
      body: { ...body, ...(isOdd && { sandboxTrace: { id: sent, tags: ['x', null] } }) },
    })
  }

  /** Mostly UTC with milliseconds; the instant is the same in any style. */
  function time(at: Date = deps.timers.now()): string {
    if (!deps.settings().hasVariety) return formatNotificationTime(at)
    return formatNotificationTime(at, sent % 5 === 3 ? 'moscow' : sent % 5 === 4 ? 'nanoseconds' : 'utc')
  }

  const named = ({ orderId, campaignId }: MarketOrder | MarketReturn) => ({ orderId: int64(orderId), campaignId })
  const goods = ({ lines }: { lines: { offerId: string; count: number }[] }) =>
    lines.filter(({ count }) => count > 0).map(({ offerId, count }) => ({ offerId, count }))

  return {
    orderCreated(order: MarketOrder): void {
      const services = order.lines
        .filter(({ service }) => service !== undefined)
        .map(({ id, service }) => ({ itemId: int64(id), serviceArticle: service }))
      const none = deps.settings().hasVariety && sent % 4 === 0 && { orderLineServices: null }
      send('ORDER_CREATED', order.orderId, {
        ...named(order),
        items: goods(order),
        createdAt: time(order.createdAt),
        ...(services.length > 0 ? { orderLineServices: services } : none),
      })
    },
    orderStatus(order: MarketOrder, copies = 0): void {
      const { status, substatus } = order
      const body = { ...named(order), status, substatus, updatedAt: time(order.updatedAt) }
      send('ORDER_STATUS_UPDATED', order.orderId, body, copies)
    },
    orderCancelled(order: MarketOrder): void {
      const body = { ...named(order), items: goods(order), cancelledAt: time(order.updatedAt) }
      send('ORDER_CANCELLED', order.orderId, body)
    },
    orderUpdated(order: MarketOrder, updateType: 'SHIPMENT_DATE_UPDATED' | 'DELIVERY_DATE_UPDATED' | 'UNKNOWN'): void {
      send('ORDER_UPDATED', order.orderId, { ...named(order), updateType, updatedAt: time(order.updatedAt) })
    },
    cancellationRequested(order: MarketOrder, requestedAt: Date): void {
      send('ORDER_CANCELLATION_REQUEST', order.orderId, { ...named(order), requestedAt: time(requestedAt) })
    },
    returnCreated(one: MarketReturn): void {
      send('ORDER_RETURN_CREATED', one.orderId, {
        ...named(one),
        returnId: int64(one.id),
        returnType: one.type,
        items: goods(one),
        createdAt: time(one.createdAt),
      })
    },
    /** Only what changed. */
    returnStatus(one: MarketReturn, changed: { refundStatus?: string; shipmentStatus?: string }): void {
      send('ORDER_RETURN_STATUS_UPDATED', one.orderId, {
        ...named(one),
        returnId: int64(one.id),
        statuses: changed,
        updatedAt: time(one.updatedAt),
      })
    },
    lineService(
      order: MarketOrder,
      line: { id: string; count: number; service: string | undefined },
      change: { status: string; reason?: string | undefined },
    ): void {
      send('ORDER_LINE_SERVICE_STATUS_UPDATED', order.orderId, {
        ...named(order),
        itemId: int64(line.id),
        serviceArticle: line.service ?? 'SERVICE',
        statuses: [{ status: change.status, count: line.count }],
        updatedAt: time(),
        ...(change.reason !== undefined && { cancelReason: change.reason }),
      })
    },
    /** Chats, reviews, questions: `ids` and times as the type wants them. */
    conversation(
      type: Exclude<NotificationType, `ORDER_${string}`>,
      orderId: string | undefined,
      ids: Record<string, number | string>,
      times: Record<string, Date>,
    ): void {
      const at = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, time(value)]))
      send(type, orderId, { ...ids, businessId: deps.settings().businessId, ...at })
    },
    snapshot: () => sent,
    restore(saved: number): void {
      sent = saved
    },
    clear(): void {
      sent = 0
    },
  }
}
export type Announcements = ReturnType<typeof createAnnouncements>
