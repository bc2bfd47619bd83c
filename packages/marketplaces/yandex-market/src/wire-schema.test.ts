import { parseWireJson } from '@sluice/wire'
import { expect, test } from 'vitest'
import { customerReturn, fbsOrder } from './example-answers.ts'
import { orderSchema, ordersAnswerSchema, returnsAnswerSchema } from './wire-schema.ts'

test('an order that cannot be read costs only itself, and is named', () => {
  const orders = [fbsOrder, { ...fbsOrder, orderId: 2, status: 5 }, { ...fbsOrder, orderId: null }, 'order']
  const answer = ordersAnswerSchema.parse({ orders, paging: { nextPageToken: 'next' } })
  expect(answer.orders.read.map(({ orderId }) => orderId)).toEqual(['700100200300'])
  expect(answer.orders.unreadable).toEqual([
    { id: '2', fault: expect.stringContaining('status') },
    { fault: expect.stringContaining('orderId') },
    { fault: expect.any(String) },
  ])
  expect(answer.paging?.nextPageToken).toBe('next')
})

test('a line that cannot be read is not simply left out', () => {
  const items = [...fbsOrder.items, { id: 9, offerId: 'x', count: -1 }]
  expect(orderSchema.safeParse({ ...fbsOrder, items }).success).toBe(false)
})

test('faults never repeat a value', () => {
  const answer = returnsAnswerSchema.parse({ result: { returns: [{ ...customerReturn, items: '+79000000001' }] } })
  expect(JSON.stringify(answer.result.returns)).not.toContain('+7900')
})

test('no digit of an id or of money is lost', () => {
  const text = JSON.stringify(fbsOrder)
    .replaceAll('700100200300', '9223372036854775807')
    .replace('"value":1700.5,', '"value":90071992547409931.50,')
  const order = orderSchema.parse(parseWireJson(text))
  expect(order.orderId).toBe('9223372036854775807')
  expect(order.prices?.payment).toBe('90071992547409931.50')
})

test.each(['1.0E3', '1e3'])('money in the form %s is a decimal', (value) => {
  const order = orderSchema.parse(
    parseWireJson(JSON.stringify(fbsOrder).replace('"value":1700.5,', `"value":${value},`)),
  )
  expect(order.prices?.payment).toBe('1000')
})
