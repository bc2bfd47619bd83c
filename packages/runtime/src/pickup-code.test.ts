import { describe, expect, test } from 'vitest'
import { pickupCodeOf } from './pickup-code.ts'

describe('pickupCodeOf', () => {
  test('never changes for a number and a secret, and is another one with another secret', () => {
    expect(pickupCodeOf('KU-H1234567890', 'secret')).toBe('3241')
    expect(pickupCodeOf('KU-H1234567890', 'secret', 6)).toBe('863241')
    expect(pickupCodeOf('KU-H1234567890', 'other', 6)).not.toBe('863241')
  })

  test('has the digits asked for, leading zeros kept', () => {
    for (const digits of [4, 5, 6] as const) {
      const codes = Array.from({ length: 500 }, (_, n) => pickupCodeOf(`KU-H${n}`, 'secret', digits))
      expect(codes.every((code) => new RegExp(`^\\d{${digits}}$`).test(code))).toBe(true)
      expect(codes.some((code) => code.startsWith('0'))).toBe(true)
    }
  })

  test('no digit is likelier than another in any place', () => {
    const counts = Array.from({ length: 4 }, () => Array<number>(10).fill(0))
    for (let n = 0; n < 20_000; n += 1) {
      for (const [place, digit] of pickupCodeOf(`KU-H${n}`, 'secret').split('').entries()) {
        counts[place]![Number(digit)]! += 1
      }
    }
    for (const count of counts.flat()) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })
})
