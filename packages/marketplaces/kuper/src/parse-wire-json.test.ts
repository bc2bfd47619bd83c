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
