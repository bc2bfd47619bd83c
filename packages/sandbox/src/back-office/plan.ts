import { z } from 'zod'

const CANCEL_STAGES = [
  'before-assembly',
  'during-assembly',
  'after-document',
  'after-paid',
  'after-taken',
  'during-delivery',
] as const
const CANCEL_REASONS = [
  'out_of_stock',
  'store_closed',
  'technical_issues',
  'order_not_paid',
  'customer_request',
  'customer_unreachable',
  'wrong_customer_data',
  'pickup_expired',
] as const
const STEPS = [
  'go',
  'pick',
  'assemble',
  'document',
  'code',
  'issue',
  'extend',
  'estimate',
  'track',
  'reschedule',
  'start',
  'finish',
  'cancel',
  'courier-code',
  'keys',
  'answer-cancellation',
  'decide-return',
  'receive-return',
  'bring-back',
  'reply',
] as const

export const composedLineSchema = z.strictObject({
  sku: z.string(),
  quantity: z.number().min(0),
  weightGrams: z.string().optional(),
  markingCodes: z.array(z.string()).optional(),
  replacedBy: z.string().optional(),
  series: z.string().optional(),
  expiresOn: z.string().optional(),
})
export type ComposedLine = z.output<typeof composedLineSchema>

/** `sku` left out: the order's first line. */
const compositionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('as-ordered') }),
  /** One unit fewer of one line: the first with more than one unit, else the first is missing. */
  z.strictObject({ kind: z.literal('partial'), sku: z.string().optional() }),
  z.strictObject({ kind: z.literal('line-missing'), sku: z.string().optional() }),
  z.strictObject({ kind: z.literal('all-missing') }),
  z.strictObject({ kind: z.literal('replacement'), sku: z.string().optional(), replacedBy: z.string() }),
  z.strictObject({ kind: z.literal('exact'), lines: z.array(composedLineSchema).min(1) }),
])

const decisionSchema = z.strictObject({
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
  reason: z.string().optional(),
  comment: z.string().optional(),
  amount: z.string().optional(),
})

/** What the staff do with an order. */
export const planSchema = z.strictObject({
  /** Assembly begins without a word: the marketplace's step has to be filled in. */
  skipGoingTo: z.boolean().default(false),
  pickLines: z.boolean().default(true),
  skipAssembled: z.boolean().default(false),
  composition: compositionSchema.default({ kind: 'as-ordered' }),
  /** `when-changed`: a document that differs in nothing from the order or the picked lines names no lines. */
  documentLines: z.enum(['always', 'when-changed']).default('always'),
  /** Series and expiry date of the reserved lot on each line. */
  withSeries: z.boolean().default(true),
  /** Weighed lines weigh so many times what was ordered. */
  weightFactor: z.number().positive().default(1),
  /** A marking code for every unit; without it, only where the line says that it needs one. */
  markingCodes: z.boolean().default(false),
  /** How the goods are boxed; `one` says nothing. */
  boxes: z.enum(['one', 'one-per-line', 'one-per-unit']).default('one'),
  /** The marketplace's courier shows codes, one after the other as they are rejected; null: he shows none. */
  courier: z
    .strictObject({ codes: z.array(z.enum(['right', 'wrong', 'next'])).min(1) })
    .nullable()
    .default(null),
  pickup: z
    .strictObject({
      /** `nobody`: the counter knows the customer otherwise. */
      codeMadeBy: z.enum(['sluice', 'back-office', 'nobody']).default('sluice'),
      codeAt: z.enum(['before-document', 'after-document']).default('after-document'),
      /** What the customer says first; after a refusal the right code is given. */
      firstCode: z.enum(['right', 'wrong', 'missing']).default('right'),
      waitsForPaid: z.boolean().default(false),
      customerComes: z.boolean().default(true),
      /** The order stays so many days longer. */
      extendDays: z.number().int().positive().nullable().default(null),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      waitsForPaid: z.boolean().default(true),
      /** Null: no estimate is given. */
      estimateMinutes: z.number().positive().nullable().default(45),
      /** Who says that the goods have arrived. */
      finishedBy: z.enum(['us', 'marketplace']).default('us'),
      trackCode: z.string().min(1).nullable().default(null),
      /** The delivery is moved by so many days from now. */
      rescheduleDays: z.number().int().positive().nullable().default(null),
    })
    .prefault({}),
  /** The merchant cancels once the stage is reached. */
  cancel: z
    .strictObject({
      at: z.enum(CANCEL_STAGES),
      reason: z.enum(CANCEL_REASONS).default('technical_issues'),
      comment: z.string().optional(),
    })
    .nullable()
    .default(null),
  /** What is said to a customer who wants to cancel goods on the road; null: nothing. */
  cancellationAnswer: z.enum(['accepted', 'delivered', 'in_delivery']).nullable().default('accepted'),
  /** Null: nothing is decided. */
  returnDecision: decisionSchema.nullable().default({ kind: 'refund' }),
  /** Whether the store says so when the goods of a return have come. */
  receivesReturns: z.boolean().default(false),
  /** Whether it says so when goods that were on the road at a cancellation have come back. */
  bringsBack: z.boolean().default(false),
  /** Whether customers who write about it get an answer. */
  replies: z.boolean().default(true),
  /** Before each step of a kind; `stepMs` of the settings for those left out. */
  delaysMs: z.partialRecord(z.enum(STEPS), z.number().int().min(0)).default({}),
})
export type Plan = z.output<typeof planSchema>
export type StepKind = (typeof STEPS)[number]

type PlanInput = z.input<typeof planSchema>
export type PlanPatch = Omit<PlanInput, 'pickup' | 'delivery'> & {
  pickup?: Partial<NonNullable<PlanInput['pickup']>>
  delivery?: Partial<NonNullable<PlanInput['delivery']>>
}

/** What the patch leaves out comes from `base`. Unknown keys and wrong values throw a ZodError. */
export function patchPlan(base: Plan, patch: unknown): Plan {
  const given = z
    .looseObject({ pickup: z.looseObject({}).optional(), delivery: z.looseObject({}).optional() })
    .parse(patch)
  return planSchema.parse({
    ...base,
    ...given,
    pickup: { ...base.pickup, ...given.pickup },
    delivery: { ...base.delivery, ...given.delivery },
  })
}
