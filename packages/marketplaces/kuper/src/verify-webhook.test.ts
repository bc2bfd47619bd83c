import { expect, test } from 'vitest'
import { verifyWebhook } from './verify-webhook.ts'

const first = {
  id: 'first',
  inbound: {
    clientTokens: ['token-new', 'token-old'],
    basic: [{ user: 'kuper', password: 'pass:word' }],
    bearer: ['bearer-1'],
  },
}
const second = { id: 'second', inbound: { clientTokens: ['token-2'], basic: [], bearer: [] } }
const accounts = [first, second]
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

test.each([
  ['the new client token', { 'Client-Token': 'token-new' }, first],
  ['the old client token in the other spelling', { 'Client-token': 'token-old' }, first],
  ['another account’s client token', { 'Client-Token': 'token-2' }, second],
  ['basic, with a colon in the password', { Authorization: basic('kuper:pass:word') }, first],
  ['bearer', { Authorization: 'bearer bearer-1' }, first],
  ['a wrong and a right one together', { 'Client-Token': 'no', Authorization: 'Bearer bearer-1' }, first],
])('%s opens its account', (_name, headers, account) => {
  expect(verifyWebhook(new Headers(headers), accounts)).toEqual({ kind: 'ok', account })
})

test.each([
  ['nothing', {}],
  ['empty headers', { 'Client-Token': ' ', Authorization: '' }],
])('%s is missing', (_name, headers) => {
  expect(verifyWebhook(new Headers(headers), accounts)).toEqual({ kind: 'missing' })
})

test.each([
  ['an unknown client token', { 'Client-Token': 'token' }],
  ['a longer client token', { 'Client-Token': 'token-new2' }],
  ['a bearer token as client token', { 'Client-Token': 'bearer-1' }],
  ['a client token as bearer', { Authorization: 'Bearer token-new' }],
  ['a wrong password', { Authorization: basic('kuper:pass') }],
  ['broken base64', { Authorization: 'Basic %%%' }],
  ['an unknown scheme', { Authorization: 'Digest bearer-1' }],
  ['a scheme alone', { Authorization: 'Bearer' }],
  ['a scheme within a scheme', { Authorization: 'client-token token-new' }],
])('%s is wrong', (_name, headers) => {
  expect(verifyWebhook(new Headers(headers), accounts)).toEqual({ kind: 'wrong' })
})
