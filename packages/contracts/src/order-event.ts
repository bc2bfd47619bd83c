import { z } from 'zod'

/**
 * The events that travel as jobs: the union of packages/orders without the results of effects, which are recorded where
 * they arise. packages/queue/src/contracts.test.ts holds the two equal, so a change there is a type error here.
 */
const text = z.string()
const optionalText = text.exactOptional()

const orderLine = z.object({
  sku: text,
  name: optionalText,
  quantity: z.number(),
  originalQuantity: z.number().exactOptional(),
  price: optionalText,
  weightGrams: optionalText,
})

const composedLine = z.object({
  sku: text,
  quantity: z.number(),
  weightGrams: optionalText,
  markingCodes: z.array(text).exactOptional(),
  replacedBy: optionalText,
  series: optionalText,
  expiresOn: optionalText,
})

const person = z.object({ name: optionalText, phone: optionalText })

const placedOrderParts = {
  storeId: text,
  lines: z.array(orderLine),
  shipmentMethod: optionalText,
  deliveryWindow: z.object({ from: optionalText, to: optionalText }).exactOptional(),
  customer: person.exactOptional(),
  address: optionalText,
  comment: optionalText,
  total: z.object({ price: optionalText, discountedPrice: optionalText }).exactOptional(),
  replacementPolicy: optionalText,
}
const placedOrder = z.object(placedOrderParts)
const orderChanges = z.object({
  ...placedOrderParts,
  storeId: optionalText,
  lines: z.array(orderLine).exactOptional(),
})

const cancelReason = z.enum(['out_of_stock', 'store_closed', 'technical_issues', 'order_not_paid', 'customer_request'])

export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order.placed'), order: placedOrder }),
  z.object({ type: z.literal('order.updated'), changes: orderChanges }),
  z.object({ type: z.literal('order.paid'), amount: optionalText }),
  z.object({ type: z.literal('courier.assigned'), courier: person }),
  z.object({ type: z.literal('courier.arrived'), courier: person }),
  z.object({ type: z.literal('order.taken') }),
  z.object({ type: z.literal('order.delivering') }),
  z.object({ type: z.literal('order.delivered') }),
  z.object({ type: z.literal('order.cancelled'), reason: optionalText, comment: optionalText }),
  z.object({ type: z.literal('marketplace.noted'), name: text }),
  z.object({ type: z.literal('assembly.started') }),
  z.object({ type: z.literal('line.picked'), line: composedLine }),
  z.object({ type: z.literal('assembly.finished') }),
  z.object({
    type: z.literal('composition.finalised'),
    lines: z.array(composedLine).exactOptional(),
    document: optionalText,
  }),
  z.object({ type: z.literal('pickup-code.created'), code: text }),
  z.object({ type: z.literal('order.issued'), code: optionalText, lines: z.array(composedLine).exactOptional() }),
  z.object({ type: z.literal('delivery.estimated'), estimatedAt: text }),
  z.object({ type: z.literal('delivery.started') }),
  z.object({ type: z.literal('delivery.finished'), lines: z.array(composedLine).exactOptional() }),
  z.object({ type: z.literal('cancellation.requested'), reason: cancelReason, comment: optionalText }),
  z.object({ type: z.literal('return.decided'), returnId: text, decision: text }),
  z.object({ type: z.literal('effect.revived'), key: text, by: text }),
  z.object({ type: z.literal('attention.resolved'), code: text, finding: text, by: text }),
])

export const jobEnvelopeSchema = z.object({
  event: jobEventSchema,
  source: z.enum(['marketplace', 'back-office', 'effect', 'operator']),
  dedupKey: text.min(1),
  occurredAt: optionalText,
  receivedAt: text.min(1),
})

export type JobEvent = z.infer<typeof jobEventSchema>
export type JobEnvelope = z.infer<typeof jobEnvelopeSchema>
