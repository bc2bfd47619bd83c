import { parseWireJson } from '@sluice/wire'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('the same value has one canonical text, whatever the order of its keys', () => {
  const a = parseWireJson('{"b":[1,{"y":null,"x":"1"}],"a":58.00,"__proto__":{"z":1}}')
  const b = parseWireJson('{ "__proto__": {"z": 1}, "a": 58.00, "b": [1, {"x": "1", "y": null}] }')
  expect(canonicalJson(a)).toBe(canonicalJson(b))
  expect(canonicalJson(a)).toBe('{"__proto__":{"z":1},"a":"58.00","b":[1,{"x":"1","y":null}]}')
})
