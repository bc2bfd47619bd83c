import { expect, test } from 'vitest'
import { bounded, maskBody } from './excerpt.ts'

test('personal data, codes and tokens are masked; ids, articles and error codes stay', () => {
  const masked = maskBody({
    order_id: 'H1234567890',
    code: '7314',
    customer: { name: 'Иван', contacts: [{ phone: '+7 900 000-00-01' }] },
    cancellation: { slug: 'out_of_stock', description: 'Иван не дозвонился' },
    order: { positions: [{ id: '100245', quantity: 1, markingCode: [{ value: '0104' }] }] },
    note: 'позвонить +7 (900) 000-00-01, 8 900 000-00-01, 89000000001, a.b@c.example, Bearer abc.def, 4689000000001',
  })
  expect(JSON.parse(masked)).toEqual({
    order_id: 'H1234567890',
    code: '***',
    customer: { name: '***', contacts: [{ phone: '***' }] },
    cancellation: { slug: 'out_of_stock', description: '***' },
    order: { positions: [{ id: '100245', quantity: 1, markingCode: [{ value: '***' }] }] },
    note: 'позвонить ***, ***, ***, ***, Bearer *** 4689000000001',
  })
  expect(maskBody({ code: 422, errors: [{ field: null, message: 'no' }] })).toBe(
    '{"code":422,"errors":[{"field":null,"message":"no"}]}',
  )
  expect(maskBody('token eyJhbGciOi.payload.sig')).toBe('token ***')
})

test('at most 2 KiB, no character cut in half', () => {
  expect(bounded('short')).toBe('short')
  for (const text of ['ж'.repeat(2_000), `a${'ж'.repeat(2_000)}`, '😀'.repeat(1_000)]) {
    const cut = bounded(text)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(2_048)
    expect(cut).toMatch(/[ж😀]…$/u)
  }
})

test.each([['a'.repeat(1_000_000)], ['-eyJ'.repeat(250_000)], [{ list: Array(100).fill('a'.repeat(10_000)) }]])(
  'a body that is meant to hurt is masked in no time (%#)',
  (body) => {
    expect(maskBody(body).length).toBeLessThan(1_000_000)
  },
)
