import { expect, test } from 'vitest'
import { fingerprintOf } from './fingerprint.ts'

test('letters of one cause have one fingerprint, whatever ids and values they quote', () => {
  const one = fingerprintOf('notify-marketplace', 'theirs', 'refused 422: order H1234567890 has  wrong state "ready"')
  const two = fingerprintOf('notify-marketplace', 'theirs', 'Refused 422: order H99 has wrong state "new"')
  expect(one).toBe(two)
})

test('kind, fault and wording tell causes apart', () => {
  const prints = [
    fingerprintOf('a', 'theirs', 'refused'),
    fingerprintOf('b', 'theirs', 'refused'),
    fingerprintOf('a', 'ours', 'refused'),
    fingerprintOf('a', 'theirs', 'unavailable'),
  ]
  expect(new Set(prints).size).toBe(4)
})
