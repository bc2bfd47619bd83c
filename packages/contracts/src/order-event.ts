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
  discountPrice: optionalText,
  totalPrice: optionalText,
  totalDiscountPrice: optionalText,
  isCombo: z.boolean().exactOptional(),
  modifiers: z.array(z.unknown()).exactOptional(),
  weightGrams: optionalText,
  lineId: optionalText,
  markingKind: optionalText,
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

const box = z.object({
  lines: z.array(z.object({ sku: text, quantity: z.number(), markingCodes: z.array(text).exactOptional() })),
})

const digitalLine = z.object({ sku: text, codes: z.array(text), slip: optionalText, activateUntil: optionalText })

const person = z.object({ name: optionalText, phone: optionalText })

const placedOrderParts = {
  storeId: text,
  lines: z.array(orderLine),
  fulfilment: z
    .enum(['marketplace-delivery', 'pickup', 'merchant-delivery', 'digital', 'by-marketplace'])
    .exactOptional(),
  isTest: z.boolean().exactOptional(),
  shipOn: optionalText,
  digital: z.enum(['keys', 'by-hand']).exactOptional(),
  handOver: z.object({ kind: z.enum(['gift', 'chat']), profileLink: optionalText }).exactOptional(),
  buyerType: z.enum(['person', 'business']).exactOptional(),
  shipmentMethod: optionalText,
  deliveryWindow: z.object({ from: optionalText, to: optionalText }).exactOptional(),
  isPlanned: z.boolean().exactOptional(),
  customer: person.exactOptional(),
  address: optionalText,
  comment: optionalText,
  total: z.object({ price: optionalText, discountedPrice: optionalText }).exactOptional(),
  replacementPolicy: optionalText,
  paymentMethods: z.array(text).exactOptional(),
}
const placedOrder = z.object(placedOrderParts)
const orderChanges = z.object({
  ...placedOrderParts,
  storeId: optionalText,
  lines: z.array(orderLine).exactOptional(),
})

const milestone = z.enum([
  'paid',
  'courierAssigned',
  'courierArrived',
  'taken',
  'delivering',
  'atPickup',
  'delivered',
  'partlyReturned',
  'returned',
  'assemblyStarted',
  'assemblyFinished',
  'deliveryStarted',
  'deliveryArrived',
  'deliveryFinished',
  'goodsReturned',
  'issued',
])

const marketplaceView = z.object({
  state: text,
  updatedAt: optionalText,
  order: placedOrder,
  isOpen: z.boolean(),
  isDraft: z.boolean().exactOptional(),
  isReady: z.boolean().exactOptional(),
  reached: z.array(milestone),
  cancelled: z
    .object({ reason: optionalText, goods: z.enum(['told', 'probably-away']).exactOptional() })
    .exactOptional(),
  isCancellationAsked: z.boolean().exactOptional(),
})

const returnKind = z.enum(['return', 'unredeemed'])
const refundStage = z.enum([
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
const returnShipmentStage = z.enum([
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
const returnedLine = z.object({ sku: text, quantity: z.number() })

const returnView = z.object({
  kind: returnKind,
  createdAt: optionalText,
  updatedAt: optionalText,
  refund: refundStage.exactOptional(),
  shipment: returnShipmentStage.exactOptional(),
  collectBy: optionalText,
  amount: optionalText,
  lines: z.array(returnedLine.extend({ itemId: optionalText, reason: optionalText })),
})

const itemDecision = z.object({
  kind: z.enum([
    'refund',
    'fast-refund',
    'refund-with-shipping',
    'partial-refund',
    'decline',
    'repair',
    'replace',
    'examine',
    'other',
  ]),
  reason: optionalText,
  comment: optionalText,
  amount: optionalText,
})
const returnDecision = itemDecision.extend({
  items: z.array(itemDecision.and(z.object({ itemId: text }))).exactOptional(),
})

const conversationTopic = z.enum(['chat', 'review', 'review-comment', 'question', 'answer'])
const conversationMessage = z.object({
  id: text,
  author: z.enum(['customer', 'merchant', 'marketplace', 'unknown']),
  text: optionalText,
  files: z.array(z.object({ name: optionalText, url: text })).exactOptional(),
  sentAt: optionalText,
  rating: z.number().exactOptional(),
})
const conversationView = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('subject'),
    about: z.record(text, text),
    orderNumber: optionalText,
    message: conversationMessage.exactOptional(),
    state: optionalText,
  }),
  z.object({ kind: z.literal('message'), message: conversationMessage }),
  z.object({ kind: z.literal('gone'), messageId: optionalText }),
])

/** Why a merchant may cancel. */
export const CANCEL_REASONS = [
  'out_of_stock',
  'store_closed',
  'technical_issues',
  'order_not_paid',
  'customer_request',
  'customer_unreachable',
  'wrong_customer_data',
  'pickup_expired',
] as const
const cancelReason = z.enum(CANCEL_REASONS)

export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('order.placed'), order: placedOrder, isComposed: z.literal(true).exactOptional() }),
  z.object({ type: z.literal('order.updated'), changes: orderChanges }),
  z.object({ type: z.literal('order.paid'), amount: optionalText }),
  z.object({ type: z.literal('courier.assigned'), courier: person }),
  z.object({ type: z.literal('courier.arrived'), courier: person }),
  z.object({ type: z.literal('order.taken') }),
  z.object({ type: z.literal('order.delivering') }),
  z.object({ type: z.literal('order.delivered') }),
  z.object({
    type: z.literal('order.cancelled'),
    reason: optionalText,
    comment: optionalText,
    isProbablyAway: z.literal(true).exactOptional(),
  }),
  z.object({ type: z.literal('order.announced'), storeId: optionalText }),
  z.object({
    type: z.literal('order.changed'),
    storeId: optionalText,
    state: optionalText,
    reached: z.array(milestone).exactOptional(),
  }),
  z.object({ type: z.literal('cancellation.asked'), storeId: optionalText }),
  z.object({
    type: z.literal('line-service.changed'),
    lineId: text,
    service: text,
    states: z.array(z.object({ state: text, quantity: z.number() })),
    reason: optionalText,
  }),
  z.object({
    type: z.literal('return.announced'),
    returnId: text,
    kind: returnKind,
    storeId: optionalText,
    lines: z.array(returnedLine),
  }),
  z.object({
    type: z.literal('return.changed'),
    returnId: text,
    storeId: optionalText,
    refund: refundStage.exactOptional(),
    shipment: returnShipmentStage.exactOptional(),
  }),
  z.object({ type: z.literal('conversation.announced'), topic: conversationTopic, messageId: optionalText }),
  z.object({ type: z.literal('conversation.disputed'), phase: z.enum(['started', 'finished']) }),
  z.object({ type: z.literal('order.read'), key: optionalText, view: marketplaceView }),
  z.object({
    type: z.literal('return.read'),
    key: optionalText,
    returnId: text,
    storeId: optionalText,
    view: returnView,
  }),
  z.object({
    type: z.literal('conversation.read'),
    key: optionalText,
    topic: conversationTopic,
    view: conversationView,
  }),
  z.object({ type: z.literal('marketplace.noted'), name: text, body: z.unknown().exactOptional() }),
  z.object({ type: z.literal('assembly.started') }),
  z.object({ type: z.literal('line.picked'), line: composedLine }),
  z.object({ type: z.literal('assembly.finished') }),
  z.object({
    type: z.literal('composition.finalised'),
    lines: z.array(composedLine).exactOptional(),
    document: optionalText,
    boxes: z.array(box).exactOptional(),
  }),
  z.object({ type: z.literal('pickup-code.created'), code: text }),
  z.object({ type: z.literal('order.issued'), code: optionalText, lines: z.array(composedLine).exactOptional() }),
  z.object({ type: z.literal('delivery.estimated'), estimatedAt: text }),
  z.object({ type: z.literal('delivery.started') }),
  z.object({ type: z.literal('delivery.arrived') }),
  z.object({ type: z.literal('delivery.finished'), lines: z.array(composedLine).exactOptional() }),
  z.object({ type: z.literal('cancellation.requested'), reason: cancelReason, comment: optionalText }),
  z.object({
    type: z.literal('cancellation.answered'),
    isAccepted: z.boolean(),
    reason: z.enum(['delivered', 'in-delivery']).exactOptional(),
  }),
  z.object({ type: z.literal('return.decided'), returnId: text, decision: returnDecision }),
  z.object({ type: z.literal('return.received'), returnId: text }),
  z.object({ type: z.literal('goods.returned') }),
  z.object({ type: z.literal('courier-code.entered'), code: text }),
  z.object({ type: z.literal('delivery.tracked'), trackCode: text, deliveryServiceId: optionalText }),
  z.object({ type: z.literal('delivery.rescheduled'), date: text, by: z.enum(['customer', 'merchant']) }),
  z.object({ type: z.literal('pickup.extended'), until: text }),
  z.object({ type: z.literal('digital.issued'), lines: z.array(digitalLine) }),
  z.object({ type: z.literal('conversation.replied'), replyId: text, text }),
  z.object({ type: z.literal('effect.revived'), key: text, by: text }),
  z.object({ type: z.literal('attention.resolved'), code: text, finding: text, by: text }),
])

export const jobEnvelopeSchema = z.object({
  event: jobEventSchema,
  source: z.enum(['marketplace', 'back-office', 'effect', 'operator', 'catch-up']),
  dedupKey: text.min(1),
  occurredAt: optionalText,
  receivedAt: text.min(1),
})

export type JobEvent = z.infer<typeof jobEventSchema>
export type JobEnvelope = z.infer<typeof jobEnvelopeSchema>
