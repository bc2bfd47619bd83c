import { z } from 'zod'
import { faultSchema } from './faults.ts'
import { speedsSchema } from './settings.ts'
import { MODELS } from './statuses.ts'

/** The steps of an order's life at which a script may act. */
const stageSchema = z.enum([
  'created',
  'opened',
  'external-id',
  'boxes',
  'ready-to-ship',
  'shipped',
  'courier-search',
  'courier-found',
  'courier-arrived',
  'code-accepted',
  'courier-received',
  'delivery',
  'cancellation-requested',
  'pickup',
  'user-received',
  'digital-codes',
  'delivered',
  'cancelled',
])
export type Stage = z.output<typeof stageSchema>

const digits = z.string().regex(/^[1-9]\d*$/)
const ms = z.number().int().min(0)
const when = { at: stageSchema, afterMs: ms.default(0) }

const linePlanSchema = z.strictObject({
  /** The merchant's SKU. */
  offerId: z.string().min(1).max(255),
  name: z.string().optional(),
  count: z.number().int().positive(),
  /** Roubles per unit. */
  price: z.string().regex(/^\d+(\.\d{1,2})?$/),
  /** A code that every unit needs before the order is ready; `CIS_OPTIONAL` may be left out. */
  marking: z.enum(['CIS', 'CIS_OPTIONAL', 'UIN', 'RNPT', 'GTD']).optional(),
  /** Part of a promotion: can never be taken out. */
  isPromo: z.boolean().default(false),
  /** A service that was bought with it. */
  service: z.string().optional(),
})
export type LinePlan = z.output<typeof linePlanSchema>

/** Lines left out: everything that was handed over. */
const goodsSchema = z.array(z.strictObject({ offerId: z.string(), count: z.number().int().positive() })).min(1)

export const cancellationSchema = z.strictObject({ substatus: z.string().default('USER_CHANGED_MIND') })

export const returnPlanSchema = z.strictObject({
  afterMs: ms.default(0),
  lines: goodsSchema.optional(),
  /** Whether the seller is asked (specification 4.8); DBS always asks. */
  decision: z.enum(['needed', 'not-needed']).default('needed'),
  /** What the buyer does when the seller declines. */
  onDecline: z.enum(['accepts', 'dispute-for-seller', 'dispute-for-buyer']).default('accepts'),
  comment: z.string().default('Не подошло'),
  /** The goods stay with the buyer. */
  fastReturn: z.boolean().default(false),
  /** How the goods' way back ends. */
  shipment: z.enum(['PICKED', 'READY_FOR_PICKUP', 'LOST', 'UTILIZED']).default('PICKED'),
})
export type ReturnPlan = z.output<typeof returnPlanSchema>

const chatPlanSchema = z.strictObject({
  ...when,
  context: z.enum(['ORDER', 'DIRECT']).default('ORDER'),
  messages: z.array(z.string().min(1)).min(1),
  /** What the buyer writes after each answer of the seller. */
  replies: z.array(z.string().min(1)).default([]),
  withArbiter: z.boolean().default(false),
})
export type ChatPlan = z.output<typeof chatPlanSchema>

const reviewPlanSchema = z.strictObject({
  ...when,
  offerId: z.string().optional(),
  rating: z.number().int().min(1).max(5).default(4),
  text: z.string().default('Пришло вовремя'),
  comments: z.array(z.string().min(1)).default([]),
})
export type ReviewPlan = z.output<typeof reviewPlanSchema>

const questionPlanSchema = z.strictObject({
  ...when,
  offerId: z.string().optional(),
  text: z.string().min(1).default('Есть ли инструкция на русском?'),
  /** Answers of other buyers. */
  answers: z.array(z.string().min(1)).default([]),
})
export type QuestionPlan = z.output<typeof questionPlanSchema>

const scriptSchema = z.strictObject({
  /** `never`: ORDER_CREATED is not sent. */
  created: z.enum(['sent', 'never']).default('sent'),
  /** Whether PROCESSING/STARTED is announced besides ORDER_CREATED, and which comes first (specification 9: not known). */
  firstStatus: z.enum(['after', 'before', 'never']).default('after'),
  /** The order is not there to be read for so long. */
  visibleAfterMs: ms.default(0),
  /** How the order begins; drafts of LaaS are always RESERVED. */
  opensAs: z.enum(['PROCESSING', 'PENDING', 'UNPAID', 'PLACING']).default('PROCESSING'),
  /** False: what is not open yet never opens (an UNPAID one is cancelled in the end). */
  opens: z.boolean().default(true),
  /** Overrides the settings of the same names. */
  speeds: speedsSchema.partial().default({}),
  /** The buyer cancels (the Market, with another substatus) after this step. */
  cancelAt: stageSchema.exclude(['delivered', 'cancelled']).optional(),
  cancelAfterMs: ms.default(0),
  cancellation: cancellationSchema.prefault({}),
  /** DBS: the buyer asks for a cancellation after this step. */
  cancellationRequestAt: stageSchema.extract(['delivery', 'pickup']).optional(),
  cancellationRequestAfterMs: ms.default(0),
  courier: z
    .strictObject({
      /** How often a courier is looked for; each search is announced. */
      searches: z.number().int().positive().default(1),
      /** How many times more each announcement of a search is sent. */
      duplicates: z.number().int().min(0).default(0),
      /** Whether the courier tells a code that has to be verified before he gets the goods. */
      code: z.enum(['asked', 'not-asked']).default('asked'),
      /** Default: the last four digits of the order id. */
      eacCode: z.string().min(1).optional(),
      attempts: z.number().int().positive().default(3),
      /** The first code the courier is given has run out: NEED_UPDATE, then the next one holds. */
      isCodeOutdated: z.boolean().default(false),
      /** Nobody is found. */
      isFound: z.boolean().default(true),
    })
    .prefault({}),
  /** The buyer does not take the goods, or (with lines) a part of them. */
  unredeemed: z.strictObject({ lines: goodsSchema.optional(), shipment: returnPlanSchema.shape.shipment }).optional(),
  /** After the delivery. */
  returns: z.array(returnPlanSchema).default([]),
  /** DBS: Yandex Delivery carries, and the Market says when it arrives. */
  isCarriedByYandex: z.boolean().default(false),
  /** The buyer says that he got nothing; how it ends. */
  arbitration: z
    .strictObject({ at: z.enum(['delivery', 'delivered']), ends: z.enum(['DELIVERED', 'CANCELLED']) })
    .optional(),
  digitalType: z.enum(['EMAIL', 'ACTIVATION_CODE', 'STEAM_GIFT', 'CHAT']).default('ACTIVATION_CODE'),
  /** What the check of marking codes finds first; `failed-once`: FAILED, and OK when they are given again. */
  codeCheck: z.enum(['ok', 'invalid-once', 'failed-once']).default('ok'),
  /** Whether the calls to the buyer that USER_UNREACHABLE demands were made. */
  buyerWasCalled: z.boolean().default(false),
  /** How the cancellation of a LaaS order ends. */
  operation: z.enum(['DONE', 'FAILED']).default('DONE'),
  /** New dates by the Market: ORDER_UPDATED. */
  dateChanges: z
    .array(z.strictObject({ ...when, kind: z.enum(['shipment', 'delivery']), days: z.number().int().default(1) }))
    .default([]),
  chats: z.array(chatPlanSchema).default([]),
  reviews: z.array(reviewPlanSchema).default([]),
  questions: z.array(questionPlanSchema).default([]),
  /** Of the services that were bought. */
  services: z
    .array(
      z.strictObject({
        ...when,
        status: z.enum(['CREATED', 'PROVIDED', 'CANCELLED']),
        reason: z.enum(['USER_REQUESTED', 'SHOP_UNABLE_TO_RENDER', 'USER_UNREACHABLE', 'UNKNOWN']).optional(),
      }),
    )
    .default([]),
})

export const orderPlanSchema = z.strictObject({
  orderId: digits.optional(),
  /** Default: the first store for the model. */
  campaignId: z.number().int().positive().optional(),
  model: z.enum(MODELS).default('FBS'),
  /** A test order: only readable with `fake: true`. */
  fake: z.boolean().default(false),
  lines: z.array(linePlanSchema).min(1),
  buyerType: z.enum(['PERSON', 'BUSINESS']).default('PERSON'),
  notes: z.string().optional(),
  /** DBS to a pick-up point of the Market, which carries from there: its buyer cannot ask for a cancellation. */
  isToMarketOutlet: z.boolean().default(false),
  /** Merged into the order as it is read: overrides and unknown fields. */
  extra: z.looseObject({}).default({}),
  script: scriptSchema.prefault({}),
  /** Faults for this order alone. */
  faults: z.array(faultSchema).default([]),
})
export type OrderPlan = z.output<typeof orderPlanSchema>
export type OrderPlanInput = z.input<typeof orderPlanSchema>
