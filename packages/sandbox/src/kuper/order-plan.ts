import { z } from 'zod'
import { faultSchema } from './faults.ts'
import { speedsSchema } from './settings.ts'

/** The steps of an order's life at which a script may act. A step is reached after its webhook or notification. */
const stageSchema = z.enum([
  'before-created',
  'created',
  'accepted',
  'in_work',
  'courier.assigned',
  'courier.arrived',
  'assembled',
  'pickup_code_created',
  'ready_for_delivery',
  'ready_to_ship',
  'paid',
  'estimated_delivery_time',
  'received',
  'delivering',
  'delivered',
])
export type Stage = z.output<typeof stageSchema>

const amount = z.string().regex(/^\d+(\.\d{1,2})?$/)
const ms = z.number().int().min(0)

export const linePlanSchema = z.strictObject({
  /** The merchant's SKU. */
  id: z.string().min(1),
  name: z.string().optional(),
  quantity: z.number().positive(),
  /** Roubles per unit, before discount. */
  price: amount,
  /** Roubles per unit, after discount; default: the price. */
  discountPrice: amount.optional(),
  /** Weighed goods: grams for the whole line. */
  weight: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .optional(),
  /** One marking code per unit is then mandatory. */
  isMarked: z.boolean().default(false),
})

const deliverySchema = z.looseObject({
  expectedFrom: z.string().optional(),
  expectedTo: z.string().optional(),
  isPlanned: z.boolean().optional(),
})

export const cancellationSchema = z.strictObject({ slug: z.string(), description: z.string() })
export type Cancellation = z.output<typeof cancellationSchema>

/** What Kuper changes of a live order; order.updated carries only what is given. */
export const updateSchema = z.strictObject({
  kind: z.string().optional(),
  delivery: deliverySchema.optional(),
  shipmentMethod: z.string().optional(),
  lines: z.array(linePlanSchema).min(1).optional(),
  comment: z.string().optional(),
})
export type OrderUpdate = z.output<typeof updateSchema>
export type OrderUpdateInput = z.input<typeof updateSchema>

const scriptSchema = z.strictObject({
  /** Default: D and M are paid through Kuper, P is paid at the counter. */
  paidThroughKuper: z.boolean().optional(),
  /** When the courier's two webhooks come (D). */
  courier: z.enum(['before-in-work', 'after-in-work', 'after-paid', 'none']).default('after-in-work'),
  /** `never`: order.created is not sent, the order can only be pulled. */
  created: z.enum(['sent', 'never']).default('sent'),
  /** Overrides the settings of the same names. */
  speeds: speedsSchema.partial().default({}),
  /** Restaurant: Kuper cancels when order.accepted does not come in time. Default: the setting of the same name. */
  acceptTimeoutMs: ms.nullable().optional(),
  /** Kuper cancels after this step. `before-created`: order.canceled is sent and acknowledged first. */
  cancelAt: stageSchema.exclude(['delivered']).optional(),
  cancelAfterMs: ms.default(0),
  cancellation: cancellationSchema.default({ slug: 'customer_request', description: 'Покупатель отменил заказ' }),
  updates: z.array(updateSchema.extend({ at: stageSchema, afterMs: ms.default(0) })).default([]),
  /** Any further webhook. */
  webhooks: z
    .array(
      z.strictObject({
        at: stageSchema,
        afterMs: ms.default(0),
        eventType: z.string().min(1),
        payload: z.looseObject({}).default({}),
      }),
    )
    .default([]),
})

export const orderPlanSchema = z.strictObject({
  originalOrderId: z.string().min(1).max(255).optional(),
  orderUUID: z.string().min(1).max(255).optional(),
  storeId: z.string().min(1),
  /** Spelling of the store key in webhooks (specification 5.2). */
  storeKey: z.enum(['storeID', 'store_id', 'both']).default('storeID'),
  /** The store's setting. `accounting`: Kuper assembles; `none`: no API. */
  integrationKind: z.enum(['D', 'M', 'accounting', 'none']).default('D'),
  restaurant: z.boolean().default(false),
  shipmentMethod: z.string().default('by_courier'),
  lines: z.array(linePlanSchema).min(1),
  customer: z.looseObject({}).nullable().default({ name: 'Тестовый Покупатель', phone: '+79000000001' }),
  address: z.looseObject({}).optional(),
  delivery: deliverySchema.optional(),
  comment: z.string().optional(),
  paymentMethods: z.array(z.string()).default(['online']),
  replacementPolicy: z.string().default('cancel'),
  /** Merged into the order's body last: overrides and unknown fields. */
  extra: z.looseObject({}).default({}),
  script: scriptSchema.prefault({}),
  /** Faults for this order alone. */
  faults: z.array(faultSchema).default([]),
})
export type OrderPlan = z.output<typeof orderPlanSchema>
export type OrderPlanInput = z.input<typeof orderPlanSchema>
