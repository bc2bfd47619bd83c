import { expect, test } from 'vitest'
import { areSameSecret, digestSecret } from './secret.ts'

test.each([
  ['token', 'token', true],
  ['token', 'Token', false],
  ['token', 'token ', false],
  ['token', 'a-much-longer-token', false],
  ['token', '', false],
  ['', '', true],
  ['пароль', 'пароль', true],
])('%j and %j are the same: %s', (one, other, isSame) => {
  expect(areSameSecret(digestSecret(one), digestSecret(other))).toBe(isSame)
})

test('a digest cannot be looked up in a table of digests', () => {
  // sha256('token')
  const known = '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0'
  expect(digestSecret('token').toString('hex')).not.toBe(known)
})
