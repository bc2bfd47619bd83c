import { expect, test } from 'vitest'
import { z } from 'zod'
import { kuperAccountSchema } from './settings-schema.ts'

const inbound = { clientTokens: ['t'] }
const oauth = { baseUrl: 'https://kuper.example', clientId: 'id', clientSecret: 's' }

test('OAuth is the default and little has to be said', () => {
  expect(kuperAccountSchema.parse({ inbound, api: oauth })).toEqual({
    inbound: { clientTokens: ['t'], basic: [], bearer: [] },
    api: {
      ...oauth,
      scheme: 'oauth',
      notificationsPath: '/ofm/api/v1/notifications',
      shipmentsPath: '/ofm/api/v1/shipments',
      apiVersion: '3.0',
      requestsPerSecond: 5,
      timeoutMs: 10_000,
      sendCancellationReason: true,
      estimatedDeliveryField: 'estimated_delivery_at',
    },
  })
})

test('the older scheme needs its token only', () => {
  const api = { baseUrl: 'https://kuper.example', scheme: 'client-token', clientToken: 'x' }
  expect(kuperAccountSchema.parse({ inbound, api }).api).toMatchObject({ scheme: 'client-token', clientToken: 'x' })
})

test.each([
  ['no secret at all', { inbound: {}, api: oauth }, 'needs at least one secret'],
  ['an empty secret', { inbound: { bearer: [''] }, api: oauth }, 'must not be empty'],
  ['a secret of spaces', { inbound: { bearer: [' '] }, api: oauth }, 'must not begin or end with spaces'],
  [
    'a secret with a line break',
    { inbound: { clientTokens: ['t\n'] }, api: oauth },
    'must not begin or end with spaces',
  ],
  ['a client token that no header brings', { inbound: { clientTokens: ['клю́ч'] }, api: oauth }, 'printable ASCII'],
  ['a bearer token that no header brings', { inbound: { bearer: ['clé'] }, api: oauth }, 'printable ASCII'],
  [
    'a client token that no header carries',
    { inbound, api: { baseUrl: oauth.baseUrl, scheme: 'client-token', clientToken: 'clé' } },
    'printable ASCII',
  ],
  ['no client secret', { inbound, api: { ...oauth, clientSecret: undefined } }, 'clientSecret'],
  ['no client token', { inbound, api: { baseUrl: oauth.baseUrl, scheme: 'client-token' } }, 'clientToken'],
  ['a misspelt setting', { inbound, api: { ...oauth, timeout: 5 } }, 'timeout'],
  ['another protocol', { inbound, api: { ...oauth, baseUrl: 'ftp://x' } }, 'must be an http or https address'],
  ['a login in the address', { inbound, api: { ...oauth, baseUrl: 'https://u:p@x' } }, 'must have no login'],
  [
    'a query in the address of tokens',
    { inbound, api: { ...oauth, tokenUrl: 'https://x/t?k=p' } },
    'must have no login',
  ],
])('%s is refused', (_name, settings, message) => {
  const parsed = kuperAccountSchema.safeParse(settings)
  expect(parsed.error && z.prettifyError(parsed.error)).toContain(message)
})
