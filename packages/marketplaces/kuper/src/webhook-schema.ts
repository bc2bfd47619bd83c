import { boundedList } from '@sluice/contracts'
import { z } from 'zod'

/**
 * Kuper's webhooks (specification 5). Fields we cannot do without are checked; any other field that is not what it should
 * be counts as absent, unknown ones are accepted. Values come from `parseWireJson`: numbers may be text.
 */

const MAX_ID_LENGTH = 255

/** A field we can do without. */
const lenient = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined)

/** Kuper's ids come as strings and as integers. */
const id = z
  .union([z.string(), z.number().transform(String)], { error: 'must be a string' })
  .pipe(
    z.string().min(1, 'must not be empty').max(MAX_ID_LENGTH, `must not be longer than ${MAX_ID_LENGTH} characters`),
  )

const text = z.string().min(1)

const DECIMAL = /^-?\d+(\.\d+)?$/
const EXPONENT = /^-?\d+(\.\d+)?e[+-]?\d+$/i

/** Money, weight: decimal text, digits as written. */
const decimal = z
  .union([z.string(), z.number().transform(String)])
  .transform((value) => (EXPONENT.test(value) ? String(Number(value)) : value.trim()))
  .pipe(z.string().regex(DECIMAL))

const quantity = z
  .union([z.number(), z.string().regex(/^\d/).transform(Number)], { error: 'must be a number' })
  .pipe(z.number('must be a number').min(0, 'must be 0 or greater'))

/** Empty or zero: not a weighed item. */
const weight = decimal.refine((grams) => Number(grams) > 0)

const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T/)
  .refine((value) => !Number.isNaN(Date.parse(value)))

/** Nothing is done with what they hold: they are passed on to the store. */
const modifiers = z.array(z.unknown()).max(100)

const position = z.looseObject(
  {
    id: id,
    quantity,
    originalQuantity: lenient(quantity),
    name: lenient(text),
    price: lenient(decimal),
    discountPrice: lenient(decimal),
    totalPrice: lenient(decimal),
    totalDiscountPrice: lenient(decimal),
    isCombo: lenient(z.boolean()),
    modifiers: lenient(modifiers),
    weight: lenient(weight),
  },
  { error: 'must be an object' },
)

/** Far beyond any basket, and little enough to look at within milliseconds. */
const MAX_POSITIONS = 2_000

const positions = boundedList(position, 'must be a non-empty list', MAX_POSITIONS).refine(
  (list) => list.length > 0,
  'must be a non-empty list',
)

const word = lenient(z.union([text, z.number().transform(String)]))

const address = z.looseObject({
  full_address: word,
  city: word,
  street: word,
  building: word,
  entrance: word,
  floor: word,
  apartment: word,
  door_phone: word,
})

/** How a webhook names its order. */
const orderRef = {
  originalOrderId: lenient(id),
  order_id: lenient(id),
  orderUUID: lenient(id),
  number: lenient(id),
}

/** Any part of an order, `positions` aside. */
const orderParts = {
  ...orderRef,
  storeID: lenient(id),
  store_id: lenient(id),
  customer: lenient(z.looseObject({ name: lenient(text), phone: word })),
  delivery: lenient(
    z.looseObject({ expectedFrom: lenient(time), expectedTo: lenient(time), isPlanned: lenient(z.boolean()) }),
  ),
  address: lenient(address),
  total: lenient(z.looseObject({ totalPrice: lenient(decimal), discountTotalPrice: lenient(decimal) })),
  comment: lenient(text),
  replacementPolicy: lenient(text),
  paymentMethods: lenient(z.array(text).max(100)),
  shipmentMethod: lenient(text),
  shippingMethod: lenient(text),
}

const courierPayload = z.looseObject({
  ...orderRef,
  courier: lenient(z.looseObject({ name: lenient(text), phone: word })),
})

const createdPayload = z
  .looseObject({ ...orderParts, positions })
  .refine((order) => order.storeID ?? order.store_id, { path: ['storeID'], error: 'is missing', when: () => true })
  .refine((order) => order.originalOrderId ?? order.order_id, {
    path: ['originalOrderId'],
    error: `must be a string of 1 to ${MAX_ID_LENGTH} characters`,
    when: () => true,
  })

/** An empty list says nothing about the composition: an order without goods is cancelled, not updated. */
const updatedPayload = z.looseObject({
  ...orderParts,
  positions: z.preprocess(
    (value) => (Array.isArray(value) && value.length > 0 ? value : undefined),
    positions.optional(),
  ),
})

const cancellation = { cancellation: lenient(z.looseObject({ slug: lenient(text), description: lenient(text) })) }
const canceledPayload = z.looseObject({ ...orderRef, ...cancellation, cancellationReason: lenient(text) })

export const envelopeSchema = z.looseObject(
  {
    event_type: z
      .string('must be a string')
      .min(1, 'must not be empty')
      .max(MAX_ID_LENGTH, `must not be longer than ${MAX_ID_LENGTH} characters`),
    /** Seen in one client; as text or as a number. */
    timestamp: lenient(z.union([text, z.number()])),
    payload: z.looseObject({}, 'must be an object'),
  },
  { error: 'must be an object with event_type and payload' },
)

const namesOrderOnly = z.looseObject(orderRef)

/** By event type; anything else is read with `otherPayloadSchema`. */
export const payloadSchemas = {
  'order.created': createdPayload,
  'order.updated': updatedPayload,
  'order.changed': updatedPayload,
  'order.paid': z.looseObject({ ...orderRef, payment: lenient(z.looseObject({ amount: lenient(decimal) })) }),
  'courier.assigned': courierPayload,
  'courier.arrived': courierPayload,
  'order.received': namesOrderOnly,
  'order.delivering': namesOrderOnly,
  'order.delivered': z.looseObject({ ...orderRef, deliveredAt: lenient(time) }),
  'order.canceled': canceledPayload,
} as const

export const otherPayloadSchema = namesOrderOnly

/** A shipment of the pull API (specification 7): the order and where it stands. */
export const shipmentSchema = z.looseObject({
  ...orderParts,
  originalOrderId: id,
  positions: lenient(positions),
  state: lenient(text),
  paymentState: lenient(text),
  ...cancellation,
  cancellationReason: lenient(text),
})

/** A page of the pull API's list. Its last one has no token, or an empty one. */
export const shipmentPageSchema = z.looseObject({
  data: z.array(z.unknown()),
  nextPageToken: z.union([z.string(), z.number().transform(String)]).nullish(),
})

export type OrderRefFields = z.infer<typeof namesOrderOnly>
export type OrderFields = z.infer<typeof updatedPayload>
export type CancellationFields = z.infer<typeof canceledPayload>
