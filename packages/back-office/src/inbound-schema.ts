import { CANCEL_REASONS } from '@sluice/contracts'
import { differencesOfBoxes } from '@sluice/orders'
import { z } from 'zod'
import { choice, conversationEnvelope, day, missingOr, orderEnvelope, returnId, text, time } from './inbound-fields.ts'
import { boxes, composedLineSchema, composedLines, digitalLines } from './inbound-lines.ts'
import { returnDecisionSchema } from './return-decision-schema.ts'

/** Every event the back office may send to `POST /back-office/events`. Unknown fields are accepted and dropped. */
export const MAX_EVENTS = 500

const DECLINE_REASONS = ['delivered', 'in_delivery'] as const

/** What a chat and a review take; a question would take more. */
const MAX_REPLY_LENGTH = 4096

const pickupCode = text('the code the customer shows at the counter')
const lines = composedLines.exactOptional()

const documentCreated = z
  .object({
    type: z.literal('document.created'),
    ...orderEnvelope,
    documentNumber: text('the number of the sales document').exactOptional(),
    lines,
    boxes: boxes.exactOptional(),
  })
  .check(({ value, issues }) => {
    // Goods that are in no box would be taken out of the customer's order.
    const [difference] = value.lines && value.boxes ? differencesOfBoxes(value.lines, value.boxes) : []
    if (difference) {
      const message = `must hold ${difference.inLines} of ${difference.sku} as lines say, not ${difference.inBoxes}`
      issues.push({ code: 'custom', path: ['boxes'], message, input: value.boxes })
    }
  })

const cancellationAnswered = z
  .object({
    type: z.literal('cancellation.answered'),
    ...orderEnvelope,
    accepted: z.boolean(missingOr('must be true or false without quotes: whether the order is cancelled')),
    reason: choice(DECLINE_REASONS).exactOptional(),
  })
  .refine(({ accepted, reason }) => accepted || reason !== undefined, {
    path: ['reason'],
    error: `is missing; when accepted is false it must be one of ${DECLINE_REASONS.join(', ')}`,
  })
  .refine(({ accepted, reason }) => !accepted || reason === undefined, {
    path: ['reason'],
    error: 'says why not, and accepted is true: leave it out or answer with false',
  })

const eventSchemas = [
  z.object({ type: z.literal('order.going_to'), ...orderEnvelope }),
  z.object({ type: z.literal('line.picked'), ...orderEnvelope, line: composedLineSchema }),
  z.object({ type: z.literal('order.assembled'), ...orderEnvelope }),
  documentCreated,
  z.object({ type: z.literal('pickup_code.created'), ...orderEnvelope, code: pickupCode }),
  z.object({ type: z.literal('order.issued'), ...orderEnvelope, code: pickupCode.exactOptional(), lines }),
  z.object({
    type: z.literal('courier_code.entered'),
    ...orderEnvelope,
    code: text('the code the courier shows when he fetches the goods', 100),
  }),
  z.object({ type: z.literal('delivery.estimated'), ...orderEnvelope, estimatedAt: time }),
  z.object({
    type: z.literal('delivery.tracked'),
    ...orderEnvelope,
    trackCode: text('the number under which the parcel can be followed'),
    deliveryServiceId: text("the delivery service's number at the marketplace", 100).exactOptional(),
  }),
  z.object({
    type: z.literal('delivery.rescheduled'),
    ...orderEnvelope,
    date: day('the new day of the delivery'),
    by: choice(['customer', 'merchant'], 'whose wish it was'),
  }),
  z.object({ type: z.literal('delivery.started'), ...orderEnvelope }),
  z.object({ type: z.literal('delivery.arrived'), ...orderEnvelope }),
  z.object({ type: z.literal('delivery.finished'), ...orderEnvelope, lines }),
  z.object({
    type: z.literal('pickup.extended'),
    ...orderEnvelope,
    until: day('the last day on which the customer can fetch the order'),
  }),
  z.object({ type: z.literal('digital.issued'), ...orderEnvelope, lines: digitalLines }),
  z.object({
    type: z.literal('order.cancelled'),
    ...orderEnvelope,
    reason: z.enum(CANCEL_REASONS, `must be one of ${CANCEL_REASONS.join(', ')}`),
    comment: text('why, for people', 1000).exactOptional(),
  }),
  cancellationAnswered,
  z.object({ type: z.literal('return.decided'), ...orderEnvelope, returnId, decision: returnDecisionSchema }),
  // Without a returnId: the goods of a cancelled order.
  z.object({ type: z.literal('return.received'), ...orderEnvelope, returnId: returnId.exactOptional() }),
  z.object({
    type: z.literal('conversation.replied'),
    ...conversationEnvelope,
    text: text('the answer to the customer', MAX_REPLY_LENGTH).regex(/\S/, 'must not be empty: the answer'),
  }),
] as const

/** In the order of an order's life. */
export const inboundEventTypes = eventSchemas.map((schema) => schema.shape.type.value)

export const inboundEventSchema = z.discriminatedUnion('type', eventSchemas, {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? `${describeType(issue.input)}; known types: ${inboundEventTypes.join(', ')}`
      : 'must be an object: one event',
})

export type InboundEvent = z.infer<typeof inboundEventSchema>

function describeType(event: unknown): string {
  const type = (event as { type?: unknown } | null)?.type
  return type === undefined ? 'is missing' : `is not known: ${JSON.stringify(type).slice(0, 100)}`
}
