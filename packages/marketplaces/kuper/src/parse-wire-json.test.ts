import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
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

test('the same value has one canonical text, whatever the order of its keys', () => {
  const a = parseWireJson('{"b":[1,{"y":null,"x":"1"}],"a":58.00,"__proto__":{"z":1}}')
  const b = parseWireJson('{ "__proto__": {"z": 1}, "a": 58.00, "b": [1, {"x": "1", "y": null}] }')
  expect(canonicalJson(a)).toBe(canonicalJson(b))
  expect(canonicalJson(a)).toBe('{"__proto__":{"z":1},"a":"58.00","b":[1,{"x":"1","y":null}]}')
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
