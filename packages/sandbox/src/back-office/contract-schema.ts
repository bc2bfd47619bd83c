import { z } from 'zod'

/**
 * The bodies a strict back office expects, written down a second time on purpose: the sandbox shares no schema with the
 * code it checks. Unknown fields are faults here, so that nothing leaves the house that the contract does not name.
 */

const id = z.string().min(1)
const quantity = z.number().positive()
const decimal = z.string().regex(/^\d+(\.\d+)?$/)
const time = z.iso.datetime({ offset: true })
const fulfilment = z.enum(['marketplace-delivery', 'pickup', 'merchant-delivery'])
const lot = z.strictObject({ series: id.optional(), expiresOn: z.iso.date().optional(), quantity })
const person = z.strictObject({ name: z.string().optional(), phone: z.string().optional() })

const orderDetails = {
  customer: person.optional(),
  deliveryWindow: z.strictObject({ from: z.string().optional(), to: z.string().optional() }).optional(),
  address: z.string().optional(),
  comment: z.string().optional(),
  total: z.strictObject({ price: decimal.optional(), discountedPrice: decimal.optional() }).optional(),
  shipmentMethod: z.string().optional(),
  replacementPolicy: z.string().optional(),
}

export const stockQuerySchema = z.strictObject({ storeId: id, skus: z.array(id).min(1), orderNumber: id.optional() })

export const reservationSchema = z.strictObject({
  orderNumber: id,
  marketplace: id,
  account: id,
  externalId: id,
  storeId: id,
  fulfilment,
  lines: z
    .array(
      z.strictObject({
        sku: id,
        name: z.string().optional(),
        quantity,
        weightGrams: decimal.optional(),
        price: decimal.optional(),
        lots: z.array(lot).min(1).optional(),
      }),
    )
    .min(1),
  minExpiresOn: z.iso.date(),
  order: z.strictObject(orderDetails),
})
export type ReservationBody = z.output<typeof reservationSchema>

export const returnSchema = z.strictObject({
  orderNumber: id,
  reason: z.string(),
  lines: z.array(
    z.strictObject({
      sku: id,
      quantity: z.number().min(0),
      weightGrams: decimal.optional(),
      series: id.optional(),
      markingCodes: z.array(id).optional(),
    }),
  ),
})
export type ReturnBody = z.output<typeof returnSchema>

const news = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({ id, type: z.literal(type), orderNumber: id, at: time, data })
const nothing = z.strictObject({})

export const orderEventSchema = z.discriminatedUnion('type', [
  news('order.paid', z.strictObject({ amount: decimal.optional() })),
  news('courier.assigned', z.strictObject({ courier: person })),
  news('courier.arrived', z.strictObject({ courier: person })),
  news('order.taken', nothing),
  news('order.delivering', nothing),
  news('order.delivered', nothing),
  news(
    'order.cancelled',
    z.strictObject({
      by: z.enum(['marketplace', 'merchant']),
      reason: z.string().optional(),
      goods: z.enum(['reserved', 'picked', 'left-store']),
    }),
  ),
  news('cancellation.declined', z.strictObject({ reason: z.string() })),
  news(
    'order.updated',
    z.strictObject({
      changes: z.strictObject({
        ...orderDetails,
        fulfilment,
        storeId: id.optional(),
        lines: z
          .array(
            z.strictObject({
              sku: id,
              name: z.string().optional(),
              quantity: z.number().min(0),
              originalQuantity: z.number().optional(),
              price: decimal.optional(),
              weightGrams: decimal.optional(),
            }),
          )
          .optional(),
      }),
    }),
  ),
  news('pickup_code.created', z.strictObject({ code: id })),
  news('composition.refused', z.strictObject({ reasons: z.array(z.string()) })),
  news(
    'issue.refused',
    z.strictObject({ reason: z.enum(['wrong-code', 'code-missing', 'not-for-pickup', 'cancelled']) }),
  ),
])
export type OrderEventBody = z.output<typeof orderEventSchema>

/** News that can be true only once in an order's life. */
export const ONCE_ONLY: ReadonlySet<string> = new Set<OrderEventBody['type']>([
  'order.paid',
  'order.taken',
  'order.delivering',
  'order.delivered',
  'order.cancelled',
])
