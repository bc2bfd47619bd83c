import { z } from 'zod'

const token = z.string().regex(/^\S+$/, 'must not be empty or contain spaces')

/** The `backOffice` part of sluice.config.yaml. */
export const backOfficeSettingsSchema = z.strictObject({
  /** Where the merchant's system answers, with the path of its HTTP service: `https://1c.example/pharmacy/hs/sluice`. */
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .transform((url) => url.replace(/\/+$/, '')),
  /** Ours towards the back office. */
  token,
  /** Theirs towards our ingress; several while one is being changed. */
  inboundTokens: z.array(token).min(1),
  /** For one call as a whole. */
  timeoutMs: z.int().min(100).max(120_000).default(10_000),
})

export type BackOfficeSettings = z.infer<typeof backOfficeSettingsSchema>
