import { z } from 'zod'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './market-time.ts'
import { MODELS } from './statuses.ts'

const ms = z.number().int().min(0)
const id = z.number().int().positive()

/** How fast an order lives at the Market, milliseconds from the step named first to the step named last. */
export const speedsSchema = z.strictObject({
  /** PENDING or UNPAID -> PROCESSING/STARTED. */
  openMs: ms,
  /** READY_TO_SHIP -> SHIPPED. */
  shipMs: ms,
  /** SHIPPED, or the courier has it -> DELIVERY. */
  departMs: ms,
  /** DELIVERY -> PICKUP, where the Market has a pick-up point. */
  arriveMs: ms,
  /** DELIVERY or PICKUP -> DELIVERED, or given back. */
  deliverMs: ms,
  /** Express: each step of the courier. */
  courierMs: ms,
  /** Marking codes given -> checked. */
  codeCheckMs: ms,
  /** Digital codes given -> DELIVERED. */
  digitalMs: ms,
  /** Each step of a return that nobody has to decide. */
  returnStepMs: ms,
  /** A dispute begins -> the arbiter has decided. */
  arbitrationMs: ms,
  /** LaaS: an operation is accepted -> done. */
  operationMs: ms,
})

const DEFAULT_SPEEDS: z.output<typeof speedsSchema> = {
  openMs: 2_000,
  shipMs: 2_000,
  departMs: 1_000,
  arriveMs: 1_500,
  deliverMs: 2_000,
  courierMs: 1_000,
  codeCheckMs: 1_000,
  digitalMs: 1_500,
  returnStepMs: 1_000,
  arbitrationMs: 2_000,
  operationMs: 1_500,
}

/** The Market's own waits, in its time: `clockFactor` makes all of them shorter. */
const waitsSchema = z.strictObject({
  /** A buyer's wish to cancel (DBS) that nobody answers is granted. */
  cancellationAnswerMs: ms.default(48 * HOUR_MS),
  returnDecisionMs: ms.default(48 * HOUR_MS),
  /** An order that is not paid is cancelled. */
  unpaidMs: ms.default(30 * MINUTE_MS),
  /** A LaaS draft that is not confirmed is cancelled. */
  draftMs: ms.default(HOUR_MS),
  /** Digital codes after that are late. */
  digitalMs: ms.default(30 * MINUTE_MS),
  /** Notifications are switched off after being refused for so long. */
  disableMs: ms.default(14 * DAY_MS),
  /** What a budget of calls is counted over. */
  budgetMs: ms.default(HOUR_MS),
})

const keySchema = z.strictObject({
  key: z.string().min(1),
  name: z.string().min(1).max(100).default('sandbox'),
  scopes: z
    .array(z.enum(['ALL_METHODS', 'ALL_METHODS_READ_ONLY', 'INVENTORY_AND_ORDER_PROCESSING', 'COMMUNICATION']))
    .min(1)
    .default(['ALL_METHODS']),
})
export type ApiKey = z.output<typeof keySchema>

const campaignSchema = z.strictObject({
  campaignId: id,
  name: z.string().default('Магазин'),
  placementType: z.enum(['FBS', 'FBY', 'DBS', 'LAAS']),
  /** Orders of these models land here unless their plan says otherwise. */
  models: z.array(z.enum(MODELS)),
  apiAvailability: z
    .enum([
      'AVAILABLE',
      'DISABLED_BY_INACTIVITY',
      'DISABLED_BY_NO_ACTIVE_CONTRACT',
      'MANUALLY_DISABLED',
      'DISABLED_BY_NO_PLACEMENT_TYPE',
    ])
    .default('AVAILABLE'),
})
export type Campaign = z.output<typeof campaignSchema>

export const settingsSchema = z.strictObject({
  /** As a person would enter it in the cabinet: `/notification` is added as it is. Null: notifications go nowhere. */
  notificationUrl: z.string().min(1).nullable().default(null),
  pingTimeoutMs: ms.default(1_000),
  notificationTimeoutMs: ms.default(10_000),
  /** A connection that was refused is tried again, as the person in the cabinet would. */
  pingRetryMs: ms.default(500),
  /** So many notifications at a time, as long as none fails. */
  parallelNotifications: z.number().int().positive().default(4),
  businessId: id.default(2001),
  apiKeys: z
    .array(keySchema)
    .min(1)
    .default([{ key: 'sandbox-api-key', name: 'sandbox', scopes: ['ALL_METHODS'] }]),
  campaigns: z
    .array(campaignSchema)
    .min(1)
    .default([
      { campaignId: 1001, name: 'FBS', placementType: 'FBS', models: ['FBS', 'EXPRESS'], apiAvailability: 'AVAILABLE' },
      {
        campaignId: 1002,
        name: 'DBS',
        placementType: 'DBS',
        models: ['DBS', 'DBS_PICKUP'],
        apiAvailability: 'AVAILABLE',
      },
      { campaignId: 1003, name: 'Digital', placementType: 'DBS', models: ['DIGITAL'], apiAvailability: 'AVAILABLE' },
      { campaignId: 1004, name: 'FBY', placementType: 'FBY', models: ['FBY'], apiAvailability: 'AVAILABLE' },
      { campaignId: 1005, name: 'LaaS', placementType: 'LAAS', models: ['LAAS'], apiAvailability: 'AVAILABLE' },
    ]),
  /** Calls in the hour by operation; those left out have the Market's own. */
  budgets: z.record(z.string(), z.number().int().min(0)).default({}),
  parallelLimit: z.number().int().positive().default(4),
  /** How long every call takes at least. */
  latencyMs: ms.default(0),
  /** How many times faster the Market's own waits pass: resends, deadlines, budgets. */
  clockFactor: z.number().positive().default(1),
  waits: waitsSchema.prefault({}),
  /** What a cancellation is announced with (specification 9: not known). */
  cancellationNotices: z.enum(['both', 'cancelled', 'status']).default('both'),
  /** Whether changes made by the seller are announced to it. */
  echoesSeller: z.boolean().default(true),
  /** Which status the courier's steps of an Express order are told under. */
  courierStatus: z.enum(['DELIVERY', 'PROCESSING']).default('DELIVERY'),
  /** Some notifications with other offsets, finer times, unknown fields and `orderLineServices: null`; some orders without `itemStatuses`. */
  hasVariety: z.boolean().default(true),
  maxDateEdits: z.number().int().min(0).default(5),
  maxDateDays: z.number().int().min(0).default(30),
  speeds: speedsSchema.default(DEFAULT_SPEEDS),
})
export type Settings = z.output<typeof settingsSchema>
export type SettingsPatch = Partial<Omit<z.input<typeof settingsSchema>, 'speeds' | 'waits'>> & {
  speeds?: Partial<Settings['speeds']> | undefined
  waits?: Partial<Settings['waits']> | undefined
}

/** Unknown keys and wrong values throw a ZodError; what the patch leaves out stays. */
export function patchSettings(settings: Settings, patch: unknown): Settings {
  const given = z
    .looseObject({ speeds: z.looseObject({}).optional(), waits: z.looseObject({}).optional() })
    .parse(patch)
  return settingsSchema.parse({
    ...settings,
    ...given,
    speeds: { ...settings.speeds, ...given.speeds },
    waits: { ...settings.waits, ...given.waits },
  })
}
