import { expect, test } from 'vitest'
import { bounded, excerptOf, maskBody, maskText } from './excerpt.ts'

const personal = {
  names: ['customer', 'phone', 'code', 'markingCode'],
  isHarmless: (field: string, value: unknown) => field === 'code' && typeof value === 'number',
}

test('personal fields are masked to their last leaf, in any case of letters; what is harmless and all else stays', () => {
  const masked = maskBody(
    {
      id: 'H1',
      code: '7314',
      Customer: { name: 'Anna', contacts: [{ phone: '1', code: 7, email: null }], isLoyal: true },
      positions: [{ id: '100245', quantity: 1, markingCode: [{ value: '0104' }] }],
      error: { code: 422, message: null },
    },
    personal,
  )
  expect(JSON.parse(masked)).toEqual({
    id: 'H1',
    code: '***',
    Customer: { name: '***', contacts: [{ phone: '***', code: '***', email: null }], isLoyal: '***' },
    positions: [{ id: '100245', quantity: 1, markingCode: [{ value: '***' }] }],
    error: { code: 422, message: null },
  })
  expect(maskBody(undefined, personal)).toBe('')
})

test.each([
  ['+7 900 000-00-01, 8 (900) 000-00-01, 89000000001.', '***, ***, ***.'],
  ['to a.b@c.example now', 'to *** now'],
  ['Bearer abc.def, Basic dXNlcjpw; bearer a,b', 'Bearer ***, Basic ***; bearer ***'],
  ['token eyJhbGciOi.payload.sig', 'token ***'],
  ['4601234567890 until 2027-01-01 KU-89991112233', '4601234567890 until 2027-01-01 KU-89991112233'],
])('in free text phones, addresses and tokens are masked, dates and articles stay: %s', (text, expected) => {
  expect(maskText(text)).toBe(expected)
  expect(maskBody(text, personal)).toBe(expected)
  expect(JSON.parse(maskBody({ note: text }, personal))).toEqual({ note: expected })
})

test('at most 2 KiB, no character cut in half', () => {
  expect(bounded('short')).toBe('short')
  for (const text of ['ж'.repeat(2_000), `a${'ж'.repeat(2_000)}`, '😀'.repeat(1_000)]) {
    const cut = bounded(text)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(2_048)
    expect(cut).toMatch(/[ж😀]…$/u)
    expect(excerptOf(text, personal)).toBe(cut)
  }
})

test.each([
  ['a'.repeat(1_000_000)],
  ['-eyJ'.repeat(250_000)],
  ['bearer ,'.repeat(100_000)],
  [`basic ${','.repeat(1_000_000)}`],
  [{ list: Array(100).fill('a'.repeat(10_000)) }],
])('a body that is meant to hurt is masked in no time (%#)', (body) => {
  expect(maskBody(body, personal).length).toBeLessThan(1_000_000)
})
