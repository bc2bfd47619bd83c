import { expect, test } from 'vitest'
import { storableJson, storableText } from './storable.ts'

test('NUL and lone surrogates become U+FFFD, everything else stays', () => {
  expect(storableText('a\0b\ud800c\u001d😀')).toBe('a\ufffdb\ufffdc\u001d😀')
  const value = { 'k\0': ['x\0', { deep: '\udfff' }], code: '01046\u001d21', n: 1, none: null }
  expect(JSON.parse(storableJson(value))).toEqual({
    'k\ufffd': ['x\ufffd', { deep: '\ufffd' }],
    code: '01046\u001d21',
    n: 1,
    none: null,
  })
})

test('text that only looks like an escape is kept', () => {
  const value = { path: 'C:\\u0000\\ud800' }
  expect(JSON.parse(storableJson(value))).toEqual(value)
})
