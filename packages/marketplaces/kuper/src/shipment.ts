import type { PlacedOrder } from '@sluice/orders'
import { defined } from '@sluice/wire'
import { type OrderRef, toCancellation, toOrderParts, toOrderRef } from './order-body.ts'
import { shipmentSchema } from './webhook-schema.ts'

/** An order as Kuper's pull API shows it (specification 7). */
export interface Shipment {
  ref: OrderRef & { externalId: string }
  /** As Kuper writes them; also words we do not know. */
  state?: string
  paymentState?: string
  order: Partial<PlacedOrder>
  cancellation: { reason?: string; comment?: string }
}

export interface ShipmentFilters {
  state?: string
  paymentState?: string
  storeId?: string
  storeImportKey?: string
  createdFrom?: Date
  createdTo?: Date
  updatedFrom?: Date
  updatedTo?: Date
  deliveryFrom?: Date
  deliveryTo?: Date
}

/** The bound of a sister API; this one's is unknown. */
const MAX_PAGE_SIZE = 100
const MOSCOW_OFFSET_MS = 3 * 3_600_000

/** The first request carries filters and size, later ones the token alone: what the only known client does. */
export function toShipmentQuery(
  page: { filters?: ShipmentFilters; pageSize?: number } | { pageToken: string },
): Record<string, string> {
  if ('pageToken' in page) return { nextPageToken: page.pageToken }
  const filters = Object.entries(page.filters ?? {}).map(([name, value]) => [
    `filters[${name}]`,
    value instanceof Date ? toMoscowTime(value) : value,
  ])
  return { ...Object.fromEntries(filters), maxPageSize: String(page.pageSize ?? MAX_PAGE_SIZE) }
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

/** Shipments that name no order are left out. */
export function toShipmentPage(body: unknown): { shipments: Shipment[]; nextPageToken?: string } {
  const { data, nextPageToken } = (body ?? {}) as Record<string, unknown>
  return {
    shipments: Array.isArray(data) ? data.flatMap((item) => toShipment(item) ?? []) : [],
    ...(typeof nextPageToken === 'string' && nextPageToken !== '' && { nextPageToken }),
  }
}

/** Kuper's filters name no zone; Moscow's is assumed, so ask with some minutes of overlap (specification 12). */
function toMoscowTime(at: Date): string {
  return new Date(at.getTime() + MOSCOW_OFFSET_MS).toISOString().slice(0, 19)
}
