import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseWireJson } from './parse-wire-json.ts'

test.each([
  ['an id beyond 2^53', '12345678901234567890', '12345678901234567890'],
  ['an amount with its zeros', '58.00', '58.00'],
  ['a number too great for a float', '1e999', '1e999'],
  ['an ordinary number', '2', 2],
  ['a fraction', '0.1', 0.1],
])('%s keeps its digits', (_name, json, expected) => {
  expect(parseWireJson(json)).toBe(expected)
})

test('strings lose what Postgres refuses and nothing else', () => {
  expect(parseWireJson('"a\\u0000b\\ud800 \\u001d№ 😀"')).toBe('ab\ufffd \u001d№ 😀')
})

test('a byte order mark is skipped', () => {
  expect(parseWireJson('\ufeff{}')).toEqual({})
})

const yandex = {
  textFields: new Set(['id', 'orderId', 'orderIds']),
  decimalFields: new Set(['value', 'prices']),
}

test('ids written as numbers become text with every digit, in lists too', () => {
  const json = '{"orderId":9223372036854775807,"orderIds":[1,9007199254740993,"x",null],"items":[{"id":12,"count":2}]}'
  expect(parseWireJson(json, yandex)).toEqual({
    orderId: '9223372036854775807',
    orderIds: ['1', '9007199254740993', 'x', null],
    items: [{ id: '12', count: 2 }],
  })
})

test.each([
  ['1290.50', '1290.50'],
  ['0.1', '0.1'],
  ['1290', '1290'],
  ['-5.00', '-5.00'],
  ['1.0E7', '10000000'],
  ['1.234567895E8', '123456789.5'],
  ['1.29050e+3', '1290.50'],
  ['12e-1', '1.2'],
  ['1.5E-3', '0.0015'],
  ['0E+2', '0'],
  ['-1E30', `-1${'0'.repeat(30)}`],
  // Nobody's price: left for the schema to refuse.
  ['1e31', '1e31'],
  ['1e999999999', '1e999999999'],
  ['1e-999999999', '1e-999999999'],
])('the amount %s becomes decimal text without a digit more or less: %s', (json, expected) => {
  expect(parseWireJson(`{"value":${json},"prices":[${json}]}`, yandex)).toEqual({ value: expected, prices: [expected] })
})

test('amounts given as text stay as they are', () => {
  expect(parseWireJson('{"value":"1e3"}', yandex)).toEqual({ value: '1e3' })
})

test('fields that are not named are kept as without options', () => {
  const json = '{"count":2,"big":12345678901234567890,"list":[1,58.00,[9007199254740993]],"note":"a\\u0000b"}'
  expect(parseWireJson(json, yandex)).toEqual(parseWireJson(json))
  expect(parseWireJson('[9007199254740993, 1]', yandex)).toEqual(['9007199254740993', 1])
})

test('the lenient ways: "" in named fields and null in any count as left out, other values stay plain', () => {
  const options = {
    textFields: new Set(['sku']),
    emptyMeansAbsent: new Set(['series']),
    nullMeansAbsent: true,
    others: 'plain',
  } as const
  const json = '{"sku":5.0,"series":"","name":"","gone":null,"list":[null,""],"quantity":2.0,"note":"a\\u0000b"}'
  expect(parseWireJson(json, options)).toEqual({
    sku: '5.0',
    name: '',
    list: [null, ''],
    quantity: 2,
    note: 'a\u0000b',
  })
  expect(parseWireJson('null', options)).toBeUndefined()
})

/** Numbers in every spelling, strings with every escape, and texts that look like either. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constantFrom('0', '1', '58', '9007199254740993'), fc.maxSafeNat().map(String)),
    fc.oneof(
      fc.constantFrom('', '.0', '.5', '.50', '.000000', '.0000001', '.1234567890123456'),
      fc.nat().map((n) => `.${n}`),
    ),
    fc.constantFrom('', '', '', 'e5', 'E-7', 'e+400'),
  )
  .map((parts) => parts.join(''))
const string = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '"\\udc00"',
    '"\\u041f"',
    '"\\\\u0000"',
    '"\ud800"',
    '"2026-05-01T10:00:00.000Z"',
  ),
)
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    number,
    string,
    fc.constantFrom('null', 'true', '{}', '[]'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(string, tie('value')), { maxLength: 4 })
      .map((entries) => `{${entries.map((one) => one.join(': ')).join(',\n')}}`),
  ),
})).value

test('the short way and the careful way of parsing come to the same', () => {
  // So long a text is always parsed the careful way.
  const careful = ' '.repeat(20_000)
  fc.assert(
    fc.property(json, (text) => {
      expect(parseWireJson(text)).toEqual(parseWireJson(text + careful))
    }),
    { numRuns: 2_000 },
  )
})
