import type { News } from '@sluice/orders'
import { z } from 'zod'

/** Bodies of the calls we make, and of the answers we can read. docs/back-office.md explains them to the merchant. */

const quantity = z.number().min(0)
const calendarDay = z.iso.date()
const lotSchema = z.object({
  series: z.string().exactOptional(),
  expiresOn: calendarDay.exactOptional(),
  quantity,
})

export const stockQuerySchema = z.object({
  storeId: z.string(),
  skus: z.array(z.string()),
  /** What this order holds already counts as free. */
  orderNumber: z.string().exactOptional(),
})

export const stockAnswerSchema = z.object({ lots: z.array(z.object({ sku: z.string(), ...lotSchema.shape })) })
export type StockLot = z.infer<typeof stockAnswerSchema>['lots'][number]

export const reservationRequestSchema = z.object({
  orderNumber: z.string(),
  marketplace: z.string(),
  account: z.string(),
  externalId: z.string(),
  storeId: z.string(),
  fulfilment: z.enum(['marketplace-delivery', 'pickup', 'merchant-delivery']),
  lines: z.array(
    z.object({
      sku: z.string(),
      name: z.string().exactOptional(),
      quantity,
      weightGrams: z.string().exactOptional(),
      price: z.string().exactOptional(),
      /** Which lots to take. Absent: the back office chooses, first expiring first. */
      lots: z.array(lotSchema).exactOptional(),
    }),
  ),
  /** Goods that expire before this day must not be reserved. */
  minExpiresOn: calendarDay,
  order: z.object({
    customer: z.object({ name: z.string().exactOptional(), phone: z.string().exactOptional() }).exactOptional(),
    deliveryWindow: z.object({ from: z.string().exactOptional(), to: z.string().exactOptional() }).exactOptional(),
    address: z.string().exactOptional(),
    comment: z.string().exactOptional(),
    total: z.object({ price: z.string().exactOptional(), discountedPrice: z.string().exactOptional() }).exactOptional(),
    shipmentMethod: z.string().exactOptional(),
    replacementPolicy: z.string().exactOptional(),
  }),
})
export type ReservationRequest = z.infer<typeof reservationRequestSchema>

export const reservedAnswerSchema = z.object({
  status: z.literal('reserved'),
  lines: z.array(z.object({ sku: z.string(), quantity, lots: z.array(lotSchema).exactOptional() })),
})

export const shortAnswerSchema = z.object({
  code: z.literal('short'),
  lines: z.array(z.object({ sku: z.string(), requested: quantity, available: quantity })),
})

export const alreadyUsedAnswerSchema = z.object({ code: z.literal('already_used') })

export const returnRequestSchema = z.object({
  orderNumber: z.string(),
  reason: z.string(),
  lines: z.array(
    z.object({
      sku: z.string(),
      quantity,
      weightGrams: z.string().exactOptional(),
      series: z.string().exactOptional(),
      markingCodes: z.array(z.string()).exactOptional(),
    }),
  ),
})

const newsTypes: Record<News['type'], true> = {
  'order.paid': true,
  'courier.assigned': true,
  'courier.arrived': true,
  'order.taken': true,
  'order.delivering': true,
  'order.delivered': true,
  'order.cancelled': true,
  'cancellation.declined': true,
  'order.updated': true,
  'pickup_code.created': true,
  'issue.refused': true,
  'composition.refused': true,
}

export const orderEventSchema = z.object({
  id: z.string(),
  type: z.enum(Object.keys(newsTypes) as News['type'][]),
  orderNumber: z.string(),
  at: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
})
