import { expect, test } from 'vitest'
import { z } from 'zod'
import { yandexMarketAccountSchema } from './settings-schema.ts'

const api = { apiKey: 'ACMA:key' }

test('cabinet and key are all that has to be said', () => {
  expect(yandexMarketAccountSchema.parse({ businessId: 4312876, api })).toEqual({
    businessId: '4312876',
    inbound: {
      sources: ['5.45.207.0/25', '141.8.142.0/25', '5.255.253.0/25'],
      trustedProxies: [],
      forwardedHeader: 'x-forwarded-for',
      pathSegments: [],
    },
    api: {
      apiKey: 'ACMA:key',
      baseUrl: 'https://api.partner.market.yandex.ru',
      integrationName: 'Sluice',
      integrationVersion: '0.1.0',
      timeoutMs: 10_000,
      parallel: 4,
      hourlyBudgets: {},
      sendOrderNumber: true,
      readBuyer: true,
      deliveryUtcOffset: '+03:00',
    },
    catchUp: { expressMinutes: 10, otherMinutes: 60, overlapMinutes: 5 },
  })
})

test('everything can be said otherwise', () => {
  const settings = {
    businessId: '9007199254740993',
    inbound: {
      sources: ['10.0.0.1', '2001:db8::/32'],
      trustedProxies: ['::1'],
      forwardedHeader: 'X-Real-IP',
      pathSegments: ['0123456789abcdef'],
    },
    api: { ...api, hourlyBudgets: { getChat: 5_000 }, deliveryUtcOffset: '+10:00' },
    catchUp: { expressMinutes: 5 },
  }
  expect(yandexMarketAccountSchema.parse(settings)).toMatchObject({
    businessId: '9007199254740993',
    inbound: { ...settings.inbound, forwardedHeader: 'x-real-ip' },
    api: settings.api,
    catchUp: { expressMinutes: 5, otherMinutes: 60 },
  })
})

const segments = (...pathSegments: string[]) => ({ businessId: 1, inbound: { pathSegments }, api })
const sources = (...ranges: string[]) => ({ businessId: 1, inbound: { sources: ranges }, api })

test.each([
  ['no key', { businessId: 1, api: {} }, 'apiKey'],
  ['an empty key', { businessId: 1, api: { apiKey: '' } }, 'must not be empty'],
  ['a key with a line break', { businessId: 1, api: { apiKey: 'k\n' } }, 'must not begin or end with spaces'],
  ['a key that no header can carry', { businessId: 1, api: { apiKey: 'ключ' } }, 'must be printable ASCII'],
  ['no cabinet', { api }, 'must be a number'],
  ['a cabinet by name', { businessId: 'shop', api }, 'digits only'],
  ['a cabinet whose digits YAML has cut', { businessId: 2 ** 53, api }, 'a long one in quotes'],
  ['a range beyond 32 bits', sources('5.45.207.0/33'), 'must be an IP address or a range'],
  ['a range without an end', sources('5.45.207.0/'), 'must be an IP address or a range'],
  ['a host name', sources('market.yandex.ru'), 'must be an IP address or a range'],
  ['no range at all', sources(), 'needs at least one range'],
  ['a short path segment', segments('secret'), 'must have at least 16 characters'],
  ['a path segment with a slash', segments('0123456789/abcdef'), 'must be letters, digits'],
  ['a name in other letters', { businessId: 1, api: { ...api, integrationName: 'Шлюз' } }, 'must be printable ASCII'],
  ['a name with a slash', { businessId: 1, api: { ...api, integrationName: 'a/b' } }, 'must not contain /'],
  ['a long version', { businessId: 1, api: { ...api, integrationVersion: '1'.repeat(101) } }, 'not be longer than 100'],
  ['a budget for no operation', { businessId: 1, api: { ...api, hourlyBudgets: { getOrder: 1 } } }, 'hourlyBudgets'],
  ['a query in the address', { businessId: 1, api: { ...api, baseUrl: 'https://x?k=p' } }, 'must have no login, query'],
  ['an unknown offset', { businessId: 1, api: { ...api, deliveryUtcOffset: 'MSK' } }, 'must be an offset'],
  ['a misspelt setting', { businessId: 1, api, catchUp: { minutes: 5 } }, 'minutes'],
])('%s is refused', (_name, settings, message) => {
  const parsed = yandexMarketAccountSchema.safeParse(settings)
  expect(parsed.error && z.prettifyError(parsed.error)).toContain(message)
})
