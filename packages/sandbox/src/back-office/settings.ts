import { z } from 'zod'
import { type Plan, type PlanPatch, patchPlan, planSchema } from './plan.ts'

const ms = z.number().int().min(0)

export const settingsSchema = z.strictObject({
  /** What we must be called with. */
  token: z.string().min(1).default('sandbox-back-office'),
  /** Sluice's `POST /back-office/events`. Null: events are remembered, but go nowhere. */
  eventsUrl: z.url().nullable().default(null),
  eventsToken: z.string().default('sandbox-events'),
  eventTimeoutMs: ms.default(10_000),
  /** Waits before the second, third ... try of an event that was not answered; the last one repeats for ever. */
  eventRetryMs: z.array(ms).min(1).default([500, 1_000, 2_000, 4_000, 8_000, 15_000]),
  /** `list`: what waits for an order goes out as one list. */
  sendAs: z.enum(['single', 'list']).default('single'),
  /** The answer to news that was told before. */
  repeatedNewsStatus: z.union([z.literal(200), z.literal(409)]).default(409),
  /** Before each step of the staff, unless the plan says otherwise. */
  stepMs: ms.default(500),
  /** What articles are supplied with that nobody stocked by hand. Null: nothing. */
  supply: z
    .strictObject({ quantity: z.number().positive(), expiresInDays: z.number().int().positive() })
    .nullable()
    .default({ quantity: 1_000, expiresInDays: 365 }),
  /** For orders without a plan of their own. */
  plan: planSchema.prefault({}),
})
export type Settings = z.output<typeof settingsSchema>
export type SettingsPatch = Partial<Omit<z.input<typeof settingsSchema>, 'plan'>> & { plan?: PlanPatch }

/** Unknown keys and wrong values throw a ZodError; what the patch leaves out stays. */
export function patchSettings(settings: Settings, patch: unknown): Settings {
  const { plan, ...given } = z.looseObject({ plan: z.unknown().optional() }).parse(patch)
  const patched: Plan = plan === undefined ? settings.plan : patchPlan(settings.plan, plan)
  return settingsSchema.parse({ ...settings, ...given, plan: patched })
}
