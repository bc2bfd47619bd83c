import { z } from 'zod'

/**
 * The bodies a strict back office expects, written down a second time on purpose: the sandbox shares no schema with the
 * code it checks. Unknown fields are faults here, so that nothing leaves the house that the contract does not name.
 */

const id = z.string().min(1)
const quantity = z.number().positive()
const decimal = z.string().regex(/^\d+(\.\d+)?$/)
const time = z.iso.datetime({ offset: true })
const fulfilment = z.enum(['marketplace-delivery', 'pickup', 'merchant-delivery', 'digital'])
const lot = z.strictObject({ series: id.optional(), expiresOn: z.iso.date().optional(), quantity })
const person = z.strictObject({ name: z.string().optional(), phone: z.string().optional() })

const orderDetails = {
  customer: person.optional(),
  deliveryWindow: z.strictObject({ from: z.string().optional(), to: z.string().optional() }).optional(),
  isPlanned: z.boolean().optional(),
  address: z.string().optional(),
  comment: z.string().optional(),
  total: z.strictObject({ price: decimal.optional(), discountedPrice: decimal.optional() }).optional(),
  shipmentMethod: z.string().optional(),
  replacementPolicy: z.string().optional(),
  paymentMethods: z.array(id).min(1).optional(),
  shipOn: z.iso.date().optional(),
  digital: z.enum(['keys', 'by-hand']).optional(),
  handOver: z.strictObject({ kind: z.enum(['gift', 'chat']), profileLink: z.url().optional() }).optional(),
  buyerType: z.enum(['person', 'business']).optional(),
  isTest: z.literal(true).optional(),
}

const lineDetails = {
  price: decimal.optional(),
  discountPrice: decimal.optional(),
  totalPrice: decimal.optional(),
  totalDiscountPrice: decimal.optional(),
  isCombo: z.literal(true).optional(),
  modifiers: z.array(z.unknown()).min(1).optional(),
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
      z
        .strictObject({
          sku: id,
          name: z.string().optional(),
          quantity: z.number().min(0),
          weightGrams: decimal.optional(),
          markingKind: z.string().min(1).optional(),
          ...lineDetails,
          lots: z.array(lot).min(1).optional(),
        })
        .refine((line) => line.quantity > 0 || Number(line.weightGrams ?? 0) > 0, 'asks for nothing'),
    )
    .min(1),
  minExpiresOn: z.iso.date(),
  order: z.strictObject(orderDetails),
})
export type ReservationBody = z.output<typeof reservationSchema>

export const returnSchema = z.strictObject({
  orderNumber: id,
  reason: z.string(),
  returnId: id.optional(),
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
const talk = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.strictObject({ id, type: z.literal(type), conversation: id, at: time, data })
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
      comment: z.string().optional(),
      goods: z.enum(['reserved', 'picked', 'left-store']),
    }),
  ),
  news('cancellation.declined', z.strictObject({ reason: z.string() })),
  news(
    'order.updated',
    z.strictObject({
      changes: z.strictObject({
        ...orderDetails,
        fulfilment: z.enum([...fulfilment.options, 'by-marketplace']),
        storeId: id.optional(),
        lines: z
          .array(
            z.strictObject({
              sku: id,
              name: z.string().optional(),
              quantity: z.number().min(0),
              originalQuantity: z.number().optional(),
              ...lineDetails,
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
  news('courier_code.accepted', z.strictObject({ code: id })),
  news('courier_code.rejected', z.strictObject({ code: id, detail: z.string().optional() })),
  news('cancellation.asked', z.strictObject({ answerBy: time })),
  news(
    'line_service.changed',
    z.strictObject({
      lineId: id,
      service: id,
      states: z.array(z.strictObject({ state: id, quantity: z.number().min(0) })).min(1),
      reason: z.string().optional(),
    }),
  ),
  news(
    'return.changed',
    z.strictObject({
      returnId: id,
      kind: z.enum(['return', 'unredeemed']),
      lines: z.array(z.strictObject({ sku: id, quantity, itemId: id.optional(), reason: z.string().optional() })),
      refund: z
        .enum([
          'started',
          'decision-needed',
          'decided',
          'disputed',
          'confirmed',
          'refunding',
          'refunded',
          'rejected',
          'failed',
          'cancelled',
          'unknown',
        ])
        .optional(),
      shipment: z
        .enum([
          'created',
          'on-the-way',
          'ready-for-pickup',
          'collected',
          'at-marketplace',
          'lost',
          'expired',
          'disposed',
          'cancelled',
          'unknown',
        ])
        .optional(),
      amount: decimal.optional(),
      collectBy: z.union([time, z.iso.date()]).optional(),
      decideBy: time.optional(),
    }),
  ),
  news('return.decision_refused', z.strictObject({ returnId: id, reason: z.string() })),
  talk(
    'conversation.message',
    z.strictObject({
      topic: z.enum(['chat', 'review', 'review-comment', 'question', 'answer']),
      message: z.strictObject({
        id,
        author: z.enum(['customer', 'marketplace', 'unknown']),
        text: z.string().optional(),
        files: z.array(z.strictObject({ name: z.string().optional(), url: id })).optional(),
        sentAt: time.optional(),
        rating: z.number().min(1).max(5).optional(),
      }),
      orderNumber: id.optional(),
      about: z.record(z.string(), z.string()).optional(),
    }),
  ),
  talk('conversation.disputed', z.strictObject({ phase: z.enum(['started', 'finished']) })),
  talk('conversation.reply_refused', z.strictObject({ replyId: id, reason: z.string() })),
])
export type OrderEventBody = z.output<typeof orderEventSchema>
/** Of a conversation: it stands beside the orders. */
export type ConversationNews = Extract<OrderEventBody, { conversation: string }>
export type OrderNews = Exclude<OrderEventBody, ConversationNews>

/** News that can be true only once in an order's life. */
export const ONCE_ONLY: ReadonlySet<string> = new Set<OrderEventBody['type']>([
  'order.paid',
  'order.taken',
  'order.delivering',
  'order.delivered',
  'order.cancelled',
])
