import { z } from 'zod'

const ms = z.number().int().min(0)

/** How fast an order lives at Kuper, milliseconds from the step named first to the step named last. */
export const speedsSchema = z.strictObject({
  /** order.ready_for_delivery -> ready_to_ship. */
  readyToShipMs: ms,
  /** order.in_work -> courier.assigned. */
  courierAssignedMs: ms,
  /** courier.assigned -> courier.arrived. */
  courierArrivedMs: ms,
  /** ready_to_ship -> order.paid. */
  paidMs: ms,
  /** order.paid -> order.received. */
  receivedMs: ms,
  /** order.received -> order.delivering. */
  deliveringMs: ms,
  /** order.delivering -> order.delivered. */
  deliveredMs: ms,
})

const DEFAULT_SPEEDS: z.output<typeof speedsSchema> = {
  readyToShipMs: 2_000,
  courierAssignedMs: 1_000,
  courierArrivedMs: 2_000,
  paidMs: 500,
  receivedMs: 1_500,
  deliveringMs: 1_000,
  deliveredMs: 2_000,
}

/** How Kuper presents itself at our webhook (specification 4.4). */
const webhookAuthSchema = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('client-token'), token: z.string() }),
  z.strictObject({ scheme: z.literal('basic'), user: z.string(), password: z.string() }),
  z.strictObject({ scheme: z.literal('bearer'), token: z.string() }),
])
export type WebhookAuth = z.output<typeof webhookAuthSchema>

export const settingsSchema = z.strictObject({
  /** Null: webhooks are remembered, but go nowhere. */
  webhookUrl: z.url().nullable().default(null),
  webhookAuth: webhookAuthSchema.default({ scheme: 'client-token', token: 'sandbox-client-token' }),
  webhookTimeoutMs: ms.default(5_000),
  /** Waits before the second, third ... try of a webhook that was not answered 2xx; the last one repeats for ever. */
  webhookRetryMs: z.array(ms).min(1).default([500, 1_000, 2_000, 4_000, 8_000, 15_000]),
  clientId: z.string().default('sandbox-client'),
  clientSecret: z.string().default('sandbox-secret'),
  tokenTtlSeconds: z.number().positive().default(300),
  /** Older scheme (specification 4.3): when set, `Client-Token` with `Api-Version: 3.0` is accepted as well. */
  legacyClientToken: z.string().nullable().default(null),
  repeatStatus: z.union([z.literal(202), z.literal(422)]).default(202),
  acceptedState: z.enum(['ready', 'accepted']).default('ready'),
  assembledState: z.enum(['collecting', 'assembled']).default('collecting'),
  pickupCodeAfterReady: z.boolean().default(true),
  /** Restaurant orders without order.accepted are canceled by Kuper after this time; null: never. */
  acceptTimeoutMs: ms.nullable().default(null),
  /** Whether Kuper sends order.canceled back after the merchant's own cancellation. */
  echoCancellation: z.boolean().default(false),
  /** Notifications above this many a second answer 429; null: no limit. */
  rateLimitPerSecond: z.number().int().positive().nullable().default(null),
  speeds: speedsSchema.default(DEFAULT_SPEEDS),
})
export type Settings = z.output<typeof settingsSchema>
export type SettingsPatch = Partial<Omit<z.input<typeof settingsSchema>, 'speeds'>> & {
  speeds?: Partial<Settings['speeds']> | undefined
}

/** Unknown keys and wrong values throw a ZodError; what the patch leaves out stays. */
export function patchSettings(settings: Settings, patch: unknown): Settings {
  const given = z.looseObject({ speeds: z.looseObject({}).optional() }).parse(patch)
  return settingsSchema.parse({ ...settings, ...given, speeds: { ...settings.speeds, ...given.speeds } })
}
