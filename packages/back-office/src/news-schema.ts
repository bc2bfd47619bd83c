import type { News } from '@sluice/orders'
import { z } from 'zod'
import { fulfilment, lineDetails, orderDetails, person, quantity } from './wire-schema.ts'

/** What `POST /order-events` carries. docs/back-office.md explains it to the merchant. */

const text = z.string()
const optionalText = text.exactOptional()

const about = <N extends 'orderNumber' | 'conversation'>(named: N) => {
  const envelope = { id: text, at: z.iso.datetime({ offset: true }), ...({ [named]: text } as Record<N, z.ZodString>) }
  return <const T extends News['type'], D extends z.ZodRawShape>(type: T, data: D) =>
    z.object({ ...envelope, type: z.literal(type), data: z.object(data) })
}
const aboutOrder = about('orderNumber')
/** A conversation stands beside the orders: the order that it may be about is part of the data. */
const aboutConversation = about('conversation')

const returnLine = z.object({ sku: text, quantity, itemId: optionalText, reason: optionalText })

const message = z.object({
  id: text,
  author: z.enum(['customer', 'merchant', 'marketplace', 'unknown']),
  text: optionalText,
  files: z.array(z.object({ name: optionalText, url: text })).exactOptional(),
  sentAt: optionalText,
  rating: z.number().exactOptional(),
})

export const orderEventSchema = z.discriminatedUnion('type', [
  aboutOrder('order.paid', { amount: optionalText }),
  aboutOrder('courier.assigned', { courier: person }),
  aboutOrder('courier.arrived', { courier: person }),
  aboutOrder('courier_code.accepted', { code: text }),
  aboutOrder('courier_code.rejected', { code: text, detail: optionalText }),
  aboutOrder('order.taken', {}),
  aboutOrder('order.delivering', {}),
  aboutOrder('order.delivered', {}),
  aboutOrder('order.cancelled', {
    by: z.enum(['marketplace', 'merchant']),
    reason: optionalText,
    comment: optionalText,
    goods: z.enum(['reserved', 'picked', 'left-store']),
  }),
  aboutOrder('cancellation.asked', { answerBy: text }),
  aboutOrder('cancellation.declined', { reason: text }),
  aboutOrder('order.updated', {
    changes: z.object({
      ...orderDetails,
      fulfilment,
      storeId: optionalText,
      lines: z
        .array(
          z.object({
            sku: text,
            name: optionalText,
            quantity,
            originalQuantity: quantity.exactOptional(),
            weightGrams: optionalText,
            ...lineDetails,
          }),
        )
        .exactOptional(),
    }),
  }),
  aboutOrder('line_service.changed', {
    lineId: text,
    service: text,
    states: z.array(z.object({ state: text, quantity })),
    reason: optionalText,
  }),
  aboutOrder('pickup_code.created', { code: text }),
  aboutOrder('composition.refused', { reasons: z.array(text) }),
  aboutOrder('issue.refused', { reason: z.enum(['wrong-code', 'code-missing', 'not-for-pickup', 'cancelled']) }),
  aboutOrder('return.changed', {
    returnId: text,
    kind: z.enum(['return', 'unredeemed']),
    lines: z.array(returnLine),
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
      .exactOptional(),
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
      .exactOptional(),
    amount: optionalText,
    collectBy: optionalText,
    decideBy: optionalText,
  }),
  aboutOrder('return.decision_refused', { returnId: text, reason: text }),
  aboutConversation('conversation.message', {
    topic: z.enum(['chat', 'review', 'review-comment', 'question', 'answer']),
    message,
    orderNumber: optionalText,
    about: z.record(text, text).exactOptional(),
  }),
  aboutConversation('conversation.disputed', { phase: z.enum(['started', 'finished']) }),
  aboutConversation('conversation.reply_refused', { replyId: text, reason: text }),
])

export type OrderEventBody = z.infer<typeof orderEventSchema>

export const newsTypes = orderEventSchema.options.map((option) => option.shape.type.value)

/** The body of one piece of news; what the contract does not name is left out. `at`: RFC 3339 UTC. */
export function createOrderEvent(id: string, orderNumber: string, at: string, news: News): OrderEventBody {
  const { type, ...data } = news
  const named = 'conversation' in news ? { conversation: news.conversation } : { orderNumber }
  return orderEventSchema.parse({ id, type, ...named, at, data })
}
