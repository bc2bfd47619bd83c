import { describe, expect, it } from 'vitest'
import { int64, parseJson } from './json-int64.ts'

describe('ids of 64 bits', () => {
  it.each(['1', '58214036417', '9007199254740991', '9007199254740993', '9223372036854775807'])(
    'keep all digits: %s',
    (id) => {
      const text = JSON.stringify({ id: int64(id) })
      expect(text).toBe(`{"id":${id}}`)
      expect(String((parseJson(text) as { id: unknown }).id)).toBe(id)
    },
  )

  it('leave all other numbers alone', () => {
    expect(parseJson('{"a":1.5,"b":1e21,"c":-3,"d":"9007199254740993"}')).toEqual({
      a: 1.5,
      b: 1e21,
      c: -3,
      d: '9007199254740993',
    })
  })
})
