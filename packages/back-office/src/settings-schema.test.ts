import { expect, test } from 'vitest'
import { z } from 'zod'
import { backOfficeSettingsSchema } from './settings-schema.ts'

const settings = { url: 'https://1c.example/hs/sluice/', token: 't', inboundTokens: ['i'] }
const { token: _, ...withoutToken } = settings

test('the address loses the slash at its end, and a login may take the place of the token', () => {
  expect(backOfficeSettingsSchema.parse(settings)).toEqual({
    ...settings,
    url: 'https://1c.example/hs/sluice',
    timeoutMs: 10_000,
  })
  const basic = { user: 'Обмен', password: 'па:роль' }
  expect(backOfficeSettingsSchema.parse({ ...withoutToken, basic })).toMatchObject({ basic })
})

test.each([
  ['no credentials', withoutToken, 'give it, or basic'],
  ['both kinds of credentials', { ...settings, basic: { user: 'u', password: 'p' } }, 'but not both'],
  ['no credentials, among other faults', { ...withoutToken, inboundTokens: [] }, 'give it, or basic'],
  ['a token that no header carries', { ...settings, token: 'токен' }, 'printable ASCII'],
  ['a token that no header brings', { ...settings, inboundTokens: ['clé'] }, 'printable ASCII'],
  ['a token with a space', { ...settings, token: 'a b' }, 'without spaces'],
  ['a colon in the user', { ...withoutToken, basic: { user: 'a:b', password: 'p' } }, 'colon'],
  ['a login in the address', { ...settings, url: 'https://u:p4ss@1c.example/hs' }, 'A login stands under basic'],
  ['a query in the address', { ...settings, url: 'https://1c.example/hs?key=p4ss' }, 'no login, query or fragment'],
  ['a fragment in the address', { ...settings, url: 'https://1c.example/hs#p4ss' }, 'no login, query or fragment'],
  ['no address', { ...settings, url: '1c.example' }, 'must be an http or https address'],
])('%s: refused, in words that show no secret', (_name, given, message) => {
  const { error } = backOfficeSettingsSchema.safeParse(given)
  expect(error && z.prettifyError(error)).toContain(message)
  expect(error && z.prettifyError(error)).not.toContain('p4ss')
})
