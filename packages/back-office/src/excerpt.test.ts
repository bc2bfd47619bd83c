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

it.each([
  [
    { type: 'courier_code.rejected', data: { code: '1234', detail: '2 attempts left' } },
    { type: 'courier_code.rejected', data: { code: '***', detail: '2 attempts left' } },
  ],
  [
    {
      conversation: 'YM-chat-123',
      data: {
        topic: 'chat',
        message: {
          id: '42',
          author: 'customer',
          text: 'I am ill',
          files: [{ name: 'me.jpg', url: 'https://f.example/42' }],
        },
        orderNumber: 'YM-1',
        about: { buyer: 'Anna' },
      },
    },
    {
      conversation: 'YM-chat-123',
      data: {
        topic: 'chat',
        message: { id: '42', author: 'customer', text: '***', files: [{ name: '***', url: '***' }] },
        orderNumber: 'YM-1',
        about: { buyer: '***' },
      },
    },
  ],
  [
    { order: { digital: 'by-hand', handOver: { kind: 'gift', profileLink: 'https://p.example/anna' } } },
    { order: { digital: 'by-hand', handOver: { kind: 'gift', profileLink: '***' } } },
  ],
  [
    { lines: [{ sku: 'G1', codes: ['AAAA-BBBB'], slip: 'type AAAA-BBBB', activateUntil: '2027-12-31' }] },
    { lines: [{ sku: 'G1', codes: ['***'], slip: '***', activateUntil: '2027-12-31' }] },
  ],
])('masks the codes of couriers, keys and what customers write: %j', (body, masked) => {
  expect(JSON.parse(excerptOf(body))).toEqual(masked)
})

it('keeps error codes and masks telephone numbers in text', () => {
  expect(excerptOf({ code: 'already_used' })).toBe('{"code":"already_used"}')
  expect(excerptOf('no client with +7 (999) 000-00-00 here')).toBe('no client with *** here')
  expect(excerptOf(undefined)).toBe('')
})

it('masks what opens a door or calls a person in their own sentences, and keeps dates and articles', () => {
  const message =
    'client +79991112233, 8 (999) 111-22-33, a.b@c.example, Bearer abc.def, 4601234567890 until 2027-01-01 KU-89991112233'
  expect(JSON.parse(excerptOf({ message }))).toEqual({
    message: 'client ***, ***, ***, Bearer ***, 4601234567890 until 2027-01-01 KU-89991112233',
  })
  expect(excerptOf('<p>write to a.b@c.example, Basic dXNlcjpw</p>')).toBe('<p>write to ***, Basic ***')
})

it('is at most 2 KiB and cuts no character in half', () => {
  const excerpt = excerptOf('я'.repeat(5_000))
  expect(Buffer.byteLength(excerpt)).toBeLessThanOrEqual(2_048)
  expect(excerpt).toMatch(/^я+…$/)
})

it.each([['a'.repeat(1_000_000)], ['-eyJ'.repeat(250_000)], [{ list: Array(100).fill('a'.repeat(10_000)) }]])(
  'is made in no time of a body that is meant to hurt (%#)',
  (body) => {
    expect(Buffer.byteLength(excerptOf(body))).toBeLessThanOrEqual(2_048)
  },
)
