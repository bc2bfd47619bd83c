import { boundedList } from '@sluice/contracts'
import { z } from 'zod'

/** Every event the back office may send to `POST /back-office/events`. Unknown fields are accepted and dropped. */
export const MAX_EVENTS = 500

/** Named of one event. A megabyte of nothing but faults must cost neither seconds nor a hundred megabytes of answer. */
const MAX_ITEMS = 1000
/** Sums of larger ones would lose digits, or become infinite. */
const MAX_QUANTITY = 1_000_000_000

const CANCEL_REASONS = [
  'out_of_stock',
  'store_closed',
  'technical_issues',
  'order_not_paid',
  'customer_request',
] as const

const text = (what: string, maxLength = 255) =>
  z
    .string(missingOr(`must be text: ${what}`))
    .min(1, `must not be empty: ${what}`)
    .max(maxLength, `must not be longer than ${maxLength} characters`)

/** A year that no clock shows sorts before or after everything else, and Postgres does not take all of them. */
const time = z.iso
  .datetime({
    offset: true,
    error: 'must be a time with its zone, for example 2026-05-01T10:00:00+03:00 or 2026-05-01T07:00:00Z',
  })
  .refine((value) => /^2[01]\d\d-/.test(value), 'must be a time between the years 2000 and 2199')

const id = text('the number of your own message, different for every message and the same when you send it again', 200)
const orderNumber = text('the order number as it came with the reservation, for example KU-H1234567890', 100).regex(
  /^[\w.-]+$/,
  'must be the order number as it came with the reservation: letters, digits, dots, dashes and underscores',
)
const pickupCode = text('the code the customer shows at the counter')

export const composedLineSchema = z.object(
  {
    sku: text('the article as it stands in the reservation'),
    quantity: z
      .number(missingOr('must be a number without quotes, 0 or greater; 0 says: not available'))
      .min(0, 'must be 0 or greater; 0 says: not available')
      .max(MAX_QUANTITY, `must not be more than ${MAX_QUANTITY}`),
    weightGrams: z
      .string('must be text: the weight of the whole line in grams, for example "512.5"')
      .max(20, 'must not be longer than 20 characters')
      .regex(/^\d+(\.\d+)?$/, 'must be the weight of the whole line in grams with a decimal point, for example "512.5"')
      .exactOptional(),
    markingCodes: boundedList(
      z.string('must be text: one marking code').min(1, 'must not be empty: leave a code out that was not scanned'),
      'must be a list of texts, one marking code for each unit',
      MAX_ITEMS,
    ).exactOptional(),
    replacedBy: text('the article handed over instead').exactOptional(),
    series: text('the series of the goods').exactOptional(),
    expiresOn: z.iso.date('must be a date like 2026-12-31').exactOptional(),
  },
  'must be an object with at least sku and quantity',
)

const lines = boundedList(composedLineSchema, 'must be a list of lines, each with at least sku and quantity', MAX_ITEMS)
  .refine(
    (list) => list.length > 0,
    'must not be empty: leave lines out when nothing differs, give a line quantity 0 when it is missing',
  )
  .exactOptional()

const envelope = { id, orderNumber, at: time.exactOptional() }

const eventSchemas = [
  z.object({ type: z.literal('order.going_to'), ...envelope }),
  z.object({ type: z.literal('line.picked'), ...envelope, line: composedLineSchema }),
  z.object({ type: z.literal('order.assembled'), ...envelope }),
  z.object({
    type: z.literal('document.created'),
    ...envelope,
    documentNumber: text('the number of the sales document').exactOptional(),
    lines,
  }),
  z.object({ type: z.literal('pickup_code.created'), ...envelope, code: pickupCode }),
  z.object({ type: z.literal('order.issued'), ...envelope, code: pickupCode.exactOptional(), lines }),
  z.object({ type: z.literal('delivery.estimated'), ...envelope, estimatedAt: time }),
  z.object({ type: z.literal('delivery.started'), ...envelope }),
  z.object({ type: z.literal('delivery.finished'), ...envelope, lines }),
  z.object({
    type: z.literal('order.cancelled'),
    ...envelope,
    reason: z.enum(CANCEL_REASONS, `must be one of ${CANCEL_REASONS.join(', ')}`),
    comment: text('why, for people', 1000).exactOptional(),
  }),
  z.object({
    type: z.literal('return.decided'),
    ...envelope,
    returnId: text('the number of the return'),
    decision: text('what was decided'),
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

/** Says what is missing and what would be right; always with the same advice. */
function missingOr(otherwise: string): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => (issue.input === undefined ? `is missing; it ${otherwise}` : otherwise) }
}

function describeType(event: unknown): string {
  const type = (event as { type?: unknown } | null)?.type
  return type === undefined ? 'is missing' : `is not known: ${JSON.stringify(type).slice(0, 100)}`
}
