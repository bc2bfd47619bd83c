import { isIP } from 'node:net'
import { isBaseUrl, NO_BASE_URL } from '@sluice/outbound'
import { z } from 'zod'
import { type Operation, operations } from './client/market-calls.ts'

/** Goes into a header: spaces around it would be lost, other characters refused. */
const secret = z
  .string()
  .min(1, 'must not be empty')
  .refine((value) => value === value.trim(), 'must not begin or end with spaces')
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')

/** int64: a number that YAML may have cut is refused. */
const digits = z
  .union([z.string(), z.int().transform(String)], { error: 'must be a number; a long one in quotes' })
  .pipe(z.string().regex(/^\d{1,19}$/, 'must be the number of the cabinet, digits only'))

const addressRange = z.string().refine(isAddressRange, 'must be an IP address or a range, like 5.45.207.0/25')

/** Printable ASCII: both stand in a header and in the Market's log. */
const signature = z
  .string()
  .min(1, 'must not be empty')
  .max(100, 'must not be longer than 100 characters')
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII')

/** Where the Market's notifications come from (its documentation, 2026). */
const OFFICIAL_SOURCES = ['5.45.207.0/25', '141.8.142.0/25', '5.255.253.0/25']

const inbound = z
  .strictObject({
    /** Who may send notifications: addresses and ranges. The Market signs nothing, so this is what tells it from others. */
    sources: z.array(addressRange).min(1, 'needs at least one range').default(OFFICIAL_SOURCES),
    /** Our own proxies: only from them is `forwardedHeader` believed. */
    trustedProxies: z.array(addressRange).default([]),
    /** Header in which our proxies list the addresses they were called from, the nearest last. */
    forwardedHeader: z
      .string()
      .regex(/^[\w-]+$/, 'must be the name of a header')
      .toLowerCase()
      .default('x-forwarded-for'),
    /** Unguessable parts of the address, several while one is being changed: `/yandex-market/<segment>`. None: not asked for. */
    pathSegments: z
      .array(
        z
          .string()
          .min(16, 'must have at least 16 characters')
          .regex(/^[\w.~-]*$/, 'must be letters, digits, - . _ ~'),
      )
      .default([]),
  })
  .prefault({})

const operation = z.enum(Object.keys(operations) as [Operation, ...Operation[]])
const hourly = z.int().min(1).max(1_000_000)

const api = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .refine(isBaseUrl, NO_BASE_URL)
    .default('https://api.partner.market.yandex.ru'),
  /** Of this cabinet: `ACMA:…`, with the access groups of orders and of communication. */
  apiKey: secret,
  /** With the version: `X-Market-Integration`, and what the Market's log shows of our answers. */
  integrationName: signature.regex(/^[^/]*$/, 'must not contain /').default('Sluice'),
  integrationVersion: signature.default('0.1.0'),
  /** Of one call. The Market gives up after 10 s. */
  timeoutMs: z.int().min(100).max(60_000).default(10_000),
  /** Calls at a time per cabinet and per store, all processes together. The Market allows 4. */
  parallel: z.int().min(1).max(100).default(4),
  /** Calls per hour by operation id (`getChat: 5000`), where the tariff allows others than the standard ones. */
  hourlyBudgets: z.partialRecord(operation, hourly).default({}),
  /** Tell the Market our order number, once per order. */
  sendOrderNumber: z.boolean().default(true),
  /** Ask for name and phone of a DBS customer when his order opens. */
  readBuyer: z.boolean().default(true),
  /** The Market writes times of day for deliveries without saying where. */
  deliveryUtcOffset: z
    .string()
    .regex(/^(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/, 'must be an offset, like +03:00')
    .default('+03:00'),
})

const minutes = z.number().positive().max(1_440)

const catchUp = z
  .strictObject({
    /** Changed orders are asked for so often: which stores are Express only their orders tell. */
    expressMinutes: minutes.default(10),
    /** Returns and waiting cancellation requests. */
    otherMinutes: minutes.default(60),
    /** Each time begins so long before the last one ended. */
    overlapMinutes: minutes.default(5),
  })
  .prefault({})

/** What an account of `sluice.config.yaml` says about Yandex Market alone. An account is one cabinet, its stores are campaigns. */
export const yandexMarketAccountSchema = z.object({ businessId: digits, inbound, api, catchUp })

export type YandexMarketAccountSettings = z.infer<typeof yandexMarketAccountSchema>
export type YandexMarketApiSettings = YandexMarketAccountSettings['api']

function isAddressRange(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}
