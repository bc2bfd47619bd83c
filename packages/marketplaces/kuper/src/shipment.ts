import type { PlacedOrder } from '@sluice/orders'
import { defined } from '@sluice/wire'
import { type OrderRef, toCancellation, toOrderParts, toOrderRef } from './order-body.ts'
import { shipmentPageSchema, shipmentSchema } from './webhook-schema.ts'

/** An order as Kuper's pull API shows it (specification 7). */
export interface Shipment {
  ref: OrderRef & { externalId: string }
  /** As Kuper writes them; also words we do not know. */
  state?: string
  paymentState?: string
  order: Partial<PlacedOrder>
  cancellation: { reason?: string; comment?: string }
}

/** Which page of the list: the first of those that changed in a span, or the one that the page before named. */
export type ShipmentQuery = { updatedFrom: Date; updatedTo: Date } | { pageToken: string }

/** The bound of a sister API; this one's is unknown. */
const PAGE_SIZE = 100
const MOSCOW_OFFSET_MS = 3 * 3_600_000

/** The first request carries filters and size, later ones the token alone: what the only known client does. */
export function toShipmentQuery(page: ShipmentQuery): Record<string, string> {
  if ('pageToken' in page) return { nextPageToken: page.pageToken }
  return {
    'filters[updatedFrom]': toMoscowTime(page.updatedFrom),
    'filters[updatedTo]': toMoscowTime(page.updatedTo),
    maxPageSize: String(PAGE_SIZE),
  }
}

/** Undefined when it names no order. */
export function toShipment(data: unknown): Shipment | undefined {
  const parsed = shipmentSchema.safeParse(data)
  if (!parsed.success) return undefined
  const fields = parsed.data
  return {
    ref: { ...toOrderRef(fields), externalId: fields.originalOrderId },
    ...defined({ state: fields.state, paymentState: fields.paymentState }),
    order: toOrderParts(fields),
    cancellation: toCancellation(fields),
  }
}

/**
 * Undefined when it is no page: a proxy's HTML, an error in a 200, nothing at all. Taken for an empty list, it would end the
 * search for what it may have held. Shipments that name no order are left out.
 */
export function toShipmentPage(body: unknown): { shipments: Shipment[]; nextPageToken?: string } | undefined {
  const parsed = shipmentPageSchema.safeParse(body)
  if (!parsed.success) return undefined
  const { data, nextPageToken } = parsed.data
  return { shipments: data.flatMap((item) => toShipment(item) ?? []), ...(nextPageToken && { nextPageToken }) }
}

/** Kuper's filters name no zone; Moscow's is assumed, so ask with some minutes of overlap (specification 12). */
function toMoscowTime(at: Date): string {
  return new Date(at.getTime() + MOSCOW_OFFSET_MS).toISOString().slice(0, 19)
}
