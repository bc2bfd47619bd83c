import { z } from 'zod'

/** Bodies of the calls we make, and of the answers we can read. docs/back-office.md explains them to the merchant. */

export const quantity = z.number().min(0)
const calendarDay = z.iso.date()
const lotSchema = z.object({
  series: z.string().exactOptional(),
  expiresOn: calendarDay.exactOptional(),
  quantity,
})

export const fulfilment = z.enum(['marketplace-delivery', 'pickup', 'merchant-delivery', 'digital', 'by-marketplace'])
export const person = z.object({ name: z.string().exactOptional(), phone: z.string().exactOptional() })

export const orderDetails = {
  customer: person.exactOptional(),
  deliveryWindow: z.object({ from: z.string().exactOptional(), to: z.string().exactOptional() }).exactOptional(),
  isPlanned: z.boolean().exactOptional(),
  address: z.string().exactOptional(),
  comment: z.string().exactOptional(),
  total: z.object({ price: z.string().exactOptional(), discountedPrice: z.string().exactOptional() }).exactOptional(),
  shipmentMethod: z.string().exactOptional(),
  replacementPolicy: z.string().exactOptional(),
  paymentMethods: z.array(z.string()).exactOptional(),
  /** The day on which the goods are handed over to the marketplace, YYYY-MM-DD. */
  shipOn: z.string().exactOptional(),
  digital: z.enum(['keys', 'by-hand']).exactOptional(),
  /** Of what is handed over by hand: how, and to which profile of the customer's. */
  handOver: z.object({ kind: z.enum(['gift', 'chat']), profileLink: z.string().exactOptional() }).exactOptional(),
  buyerType: z.enum(['person', 'business']).exactOptional(),
  /** Somebody tries the connection: nobody will come for the goods. */
  isTest: z.boolean().exactOptional(),
}

/** What a line costs and consists of, as the marketplace says it; nothing is computed with it here. */
export const lineDetails = {
  price: z.string().exactOptional(),
  discountPrice: z.string().exactOptional(),
  /** Of the whole line as it was ordered. */
  totalPrice: z.string().exactOptional(),
  totalDiscountPrice: z.string().exactOptional(),
  isCombo: z.boolean().exactOptional(),
  modifiers: z.array(z.unknown()).exactOptional(),
}

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
  fulfilment,
  lines: z.array(
    z.object({
      sku: z.string(),
      name: z.string().exactOptional(),
      quantity,
      weightGrams: z.string().exactOptional(),
      /** Every unit needs a marking code of this kind (`CIS`). */
      markingKind: z.string().exactOptional(),
      ...lineDetails,
      /** Which lots to take. Absent: the back office chooses, first expiring first. */
      lots: z.array(lotSchema).exactOptional(),
    }),
  ),
  /** Goods that expire before this day must not be reserved. */
  minExpiresOn: calendarDay,
  order: z.object(orderDetails),
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
  /** Absent: of a cancellation. */
  returnId: z.string().exactOptional(),
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
