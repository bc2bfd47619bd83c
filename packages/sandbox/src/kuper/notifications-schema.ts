import { z } from 'zod'
import { NOTIFICATION_TYPES, type NotificationType } from './orders-state.ts'

/** What is wrong with a notification, in the operator's own form (ErrorsObject). */
export interface FieldError {
  type: string
  field: string
  message: string
}

export type ParsedNotification =
  | { kind: 'valid'; type: NotificationType; payload: NotificationPayload }
  | { kind: 'invalid'; type: string | undefined; errors: FieldError[] }

/**
 * Type first, then its fields (specification 6.1 to 6.4). Extra fields are legal, except those by which other sources
 * wrote the same thing elsewhere (flat envelope, `positions` beside `order`, `pickupCode`): sending them is a mistake.
 */
export function parseNotification(body: unknown): ParsedNotification {
  const envelope = envelopeSchema.safeParse(body)
  if (!envelope.success) return { kind: 'invalid', type: undefined, errors: errorsOf(envelope.error, []) }
  const { type, payload } = envelope.data.event
  if (!isNotificationType(type)) {
    return {
      kind: 'invalid',
      type,
      errors: [{ type: 'invalid', field: 'event.type', message: `unknown event type ${type}` }],
    }
  }
  const parsed = payloadSchemas[type].safeParse(payload)
  if (!parsed.success) return { kind: 'invalid', type, errors: errorsOf(parsed.error, ['event', 'payload']) }
  return { kind: 'valid', type, payload: parsed.data }
}

function isNotificationType(type: string): type is NotificationType {
  return (NOTIFICATION_TYPES as readonly string[]).includes(type)
}

const text255 = z.string().min(1).max(255)
const elsewhere = (hint: string) => z.undefined({ error: hint }).optional()

const envelopeSchema = z.looseObject({
  event_type: elsewhere('the envelope is {event: {type, payload}}'),
  payload: elsewhere('the envelope is {event: {type, payload}}'),
  event: z.looseObject({ type: z.string().min(1), payload: z.looseObject({}) }),
})

const positionSchema = z.looseObject({
  id: z.string().min(1),
  quantity: z.number().min(0),
  originalQuantity: z.number().min(0).optional(),
  weight: z
    .string()
    .regex(/^(\d+(\.\d+)?)?$/)
    .optional(),
  markingCode: z.array(z.looseObject({ value: z.string().min(1) })).optional(),
  replacedByID: z.string().optional(),
})
export type SentPosition = z.output<typeof positionSchema>

const compositionSchema = z.looseObject({
  originalOrderId: text255.optional(),
  changed: z.boolean().optional(),
  positions: z.array(positionSchema).optional(),
  packs: z.looseObject({ count: z.int().min(0).optional() }).optional(),
})

const finalCompositionSchema = compositionSchema.extend({ originalOrderId: text255 }).superRefine((order, ctx) => {
  if (order.changed !== false && (order.positions ?? []).length === 0) {
    ctx.addIssue({ code: 'custom', path: ['positions'], message: 'is required unless changed is false' })
  }
})

const baseSchema = z.looseObject({
  order_id: text255.optional(),
  orderUUID: text255.optional(),
  number: z.string().max(255).optional(),
  handoutCode: z.string().max(255).optional(),
  shortNumber: z.string().max(255).optional(),
  order: compositionSchema.optional(),
  code: text255.optional(),
  estimated_assembly_at: z.iso.datetime({ offset: true }).max(255).optional(),
  estimated_delivery_at: z.iso.datetime({ offset: true }).max(255).optional(),
  cancellation: z.looseObject({ slug: text255, description: z.string().nullish() }).optional(),
  positions: elsewhere('belongs under payload.order'),
  total: elsewhere('Kuper computes the money itself'),
  pickupCode: elsewhere('the field is code'),
})
export type NotificationPayload = z.output<typeof baseSchema>

const anyNotification = named(baseSchema)
const withFinalComposition = named(baseSchema.extend({ order: finalCompositionSchema }))

const payloadSchemas: Record<NotificationType, z.ZodType<NotificationPayload>> = {
  'order.accepted': anyNotification,
  'order.in_work': anyNotification,
  'order.assembled': anyNotification,
  'order.pickup_code_created': named(baseSchema.extend({ code: text255 })),
  'order.ready_for_delivery': withFinalComposition,
  'order.estimated_delivery_time': anyNotification,
  'order.delivering': anyNotification,
  'order.delivered': withFinalComposition,
  'order.canceled': anyNotification,
}

/** The order must be named by one key at least. */
function named<T extends NotificationPayload>(schema: z.ZodType<T>): z.ZodType<T> {
  return schema.superRefine((payload, ctx) => {
    if (payload.order_id === undefined && payload.orderUUID === undefined) {
      ctx.addIssue({ code: 'custom', path: ['order_id'], message: 'is required (or orderUUID)' })
    }
  })
}

function errorsOf(error: z.ZodError, prefix: string[]): FieldError[] {
  return error.issues.map((issue) => ({
    type: issue.code === 'invalid_type' ? 'required' : 'invalid',
    field: [...prefix, ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
}
