import { isBaseUrl, NO_BASE_URL } from '@sluice/outbound'
import { z } from 'zod'

/** Goes into a header, which carries nothing else. */
const token = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces, and not empty')

/** The `backOffice` part of sluice.config.yaml. */
export const backOfficeSettingsSchema = z
  .strictObject({
    /** Where the merchant's system answers, with the path of its HTTP service: `https://1c.example/pharmacy/hs/sluice`. */
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .refine(isBaseUrl, `${NO_BASE_URL}. A login stands under basic`)
      .transform((url) => url.replace(/\/+$/, '')),
    /** Ours towards the back office, as Bearer. */
    token: token.exactOptional(),
    /** Or as Basic, where the web server before it asks for a login. */
    basic: z
      .strictObject({
        user: z.string().regex(/^[^:\p{Cc}]+$/u, 'must not be empty or contain a colon'),
        password: z.string().regex(/^\P{Cc}+$/u, 'must not be empty'),
      })
      .exactOptional(),
    /** Theirs towards our ingress; several while one is being changed. */
    inboundTokens: z.array(token).min(1),
    /** For one call as a whole. */
    timeoutMs: z.int().min(100).max(120_000).default(10_000),
  })
  .refine((settings) => (settings.token === undefined) !== (settings.basic === undefined), {
    path: ['token'],
    error: 'is what we show the back office: give it, or basic with user and password, but not both',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })

export type BackOfficeSettings = z.infer<typeof backOfficeSettingsSchema>
