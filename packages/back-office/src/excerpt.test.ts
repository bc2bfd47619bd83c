import { expect, it } from 'vitest'
import { excerptOf } from './excerpt.ts'

it('masks people and codes, and nothing else', () => {
  const body = {
    orderNumber: 'KU-H1',
    lines: [{ sku: 'A', name: 'Ibuprofen', markingCodes: ['0104'] }],
    order: {
      customer: { name: 'Anna', phone: '+79990000000' },
      address: 'Lenina 1',
      comment: 'ring twice',
      total: { price: '1' },
    },
    data: { code: '4711', courier: { name: 'Pavel' } },
  }
  expect(JSON.parse(excerptOf(body))).toEqual({
    orderNumber: 'KU-H1',
    lines: [{ sku: 'A', name: 'Ibuprofen', markingCodes: ['***'] }],
    order: { customer: { name: '***', phone: '***' }, address: '***', comment: '***', total: { price: '1' } },
    data: { code: '***', courier: { name: '***' } },
  })
})

it('keeps error codes and masks telephone numbers in text', () => {
  expect(excerptOf({ code: 'already_used' })).toBe('{"code":"already_used"}')
  expect(excerptOf('no client with +7 (999) 000-00-00 here')).toBe('no client with *** here')
  expect(excerptOf(undefined)).toBe('')
})

it('is at most 2 KiB and cuts no character in half', () => {
  const excerpt = excerptOf('я'.repeat(5_000))
  expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(2_048)
  expect(excerpt).toMatch(/^я+…$/)
})
