import { isBaseUrl, NO_BASE_URL } from '@sluice/outbound'
import { z } from 'zod'

/** A header loses the spaces around its value: such a secret would never match. */
const secret = z
  .string()
  .min(1, 'must not be empty')
  .refine((value) => value === value.trim(), 'must not begin or end with spaces')

/** Goes into a header, or comes out of one: other characters would be refused, or read as others. */
const headerSecret = secret.regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')

const inbound = z
  .strictObject({
    clientTokens: z.array(headerSecret).default([]),
    basic: z.array(z.strictObject({ user: secret, password: secret })).default([]),
    bearer: z.array(headerSecret).default([]),
  })
  .refine(({ clientTokens, basic, bearer }) => clientTokens.length + basic.length + bearer.length > 0, {
    error: 'needs at least one secret in clientTokens, basic or bearer: Kuper could not call us',
  })

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine(isBaseUrl, NO_BASE_URL)

const apiParts = {
  baseUrl: address,
  notificationsPath: z.string().startsWith('/').default('/ofm/api/v1/notifications'),
  shipmentsPath: z.string().startsWith('/').default('/ofm/api/v1/shipments'),
  apiVersion: z.string().min(1).default('3.0'),
  /** Of all processes together. Kuper's own limit is unknown; its sister APIs allow 10. */
  requestsPerSecond: z.number().positive().max(1_000).default(5),
  timeoutMs: z.int().min(100).max(60_000).default(10_000),
  /** `cancellation{slug, description}` is not in the official payload. */
  sendCancellationReason: z.boolean().default(true),
  /** The official documents do not name this field. */
  estimatedDeliveryField: z.string().min(1).default('estimated_delivery_at'),
}

const api = z.discriminatedUnion('scheme', [
  z.strictObject({
    ...apiParts,
    scheme: z.literal('oauth').default('oauth'),
    /** Default: `/auth/token` at the host of `baseUrl`. */
    tokenUrl: address.exactOptional(),
    clientId: secret,
    clientSecret: secret,
  }),
  /** The older one: `Client-Token` and `Api-Version` headers. */
  z.strictObject({ ...apiParts, scheme: z.literal('client-token'), clientToken: headerSecret }),
])

/** What an account of `sluice.config.yaml` says about Kuper alone. */
export const kuperAccountSchema = z.object({ inbound, api })

export type KuperAccountSettings = z.infer<typeof kuperAccountSchema>
export type KuperApiSettings = KuperAccountSettings['api']
