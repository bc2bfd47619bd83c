import { expect, test } from 'vitest'
import { maskBody } from './excerpt.ts'

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
    note: 'позвонить ***, ***, ***, ***, Bearer ***, 4689000000001',
  })
  expect(maskBody({ code: 422, errors: [{ field: null, message: 'no' }] })).toBe(
    '{"code":422,"errors":[{"field":null,"message":"no"}]}',
  )
  expect(maskBody('token eyJhbGciOi.payload.sig')).toBe('token ***')
})
