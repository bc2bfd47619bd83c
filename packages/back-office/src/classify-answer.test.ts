import type { Outcome } from '@sluice/orders'
import type { HttpResult } from '@sluice/outbound'
import { describe, expect, it } from 'vitest'
import { classifyNews, classifyRelease, classifyReservation, classifyReturn, classifyStock } from './classify-answer.ts'

const answered = (status: number, body?: unknown): HttpResult => ({
  kind: 'answered',
  status,
  headers: {},
  body,
})

const calls = {
  stock: classifyStock,
  reserve: classifyReservation,
  release: classifyRelease,
  return: classifyReturn,
  tell: classifyNews,
}
type Call = keyof typeof calls
const all = Object.keys(calls) as Call[]

const reserved = { status: 'reserved', lines: [{ sku: 'A', quantity: 2, lots: [{ quantity: 2 }] }] }
const short = { code: 'short', lines: [{ sku: 'A', requested: 2, available: 1 }] }
const used = { code: 'already_used' }

describe('what an answer means', () => {
  it.each<[Call[], number, unknown, Partial<Outcome> | { kind: 'lots'; lots: unknown[] }]>([
    [['stock'], 200, { lots: [{ sku: 'A', quantity: 2, x: 1 }] }, { kind: 'lots', lots: [{ sku: 'A', quantity: 2 }] }],
    [['stock'], 200, { lots: [{ sku: 'A' }] }, { kind: 'refused', fault: 'theirs' }],
    [['stock'], 404, undefined, { kind: 'refused', fault: 'theirs' }],
    [['reserve'], 200, reserved, { kind: 'reserved', lines: reserved.lines }],
    [['reserve'], 201, reserved, { kind: 'reserved', lines: reserved.lines }],
    [['reserve'], 200, undefined, { kind: 'refused', fault: 'theirs', status: 200 }],
    [['reserve'], 200, '<html>', { kind: 'refused', fault: 'theirs' }],
    [['reserve'], 409, short, { kind: 'short', lines: short.lines }],
    [['reserve'], 409, used, { kind: 'already-done' }],
    [['reserve'], 409, undefined, { kind: 'refused', fault: 'theirs' }],
    [['reserve'], 404, undefined, { kind: 'refused', fault: 'theirs' }],
    [['release'], 200, undefined, { kind: 'done' }],
    [['release'], 204, undefined, { kind: 'done' }],
    [['release'], 404, undefined, { kind: 'already-done' }],
    [['release'], 409, used, { kind: 'already-used' }],
    [['release'], 409, undefined, { kind: 'refused', fault: 'theirs' }],
    [['return'], 204, undefined, { kind: 'done' }],
    [['return'], 404, undefined, { kind: 'refused', fault: 'theirs' }],
    [['return'], 409, undefined, { kind: 'refused', fault: 'theirs' }],
    [['tell'], 200, undefined, { kind: 'done' }],
    [['tell'], 404, undefined, { kind: 'unavailable' }],
    [['tell'], 409, undefined, { kind: 'already-done' }],
    [all, 401, undefined, { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 401 }],
    [all, 403, undefined, { kind: 'unavailable', cause: 'credentials', isUnclear: false, status: 403 }],
    [all, 400, undefined, { kind: 'refused', fault: 'data', status: 400 }],
    [
      all,
      422,
      { code: 'unknown_store', message: 'store 77' },
      {
        kind: 'refused',
        fault: 'data',
        detail: 'back office answered 422, it refuses the data (unknown_store: store 77)',
      },
    ],
    [all, 302, undefined, { kind: 'refused', fault: 'theirs', status: 302 }],
    [all, 405, undefined, { kind: 'refused', fault: 'theirs', status: 405 }],
    [all, 408, undefined, { kind: 'unavailable', cause: 'timeout', isUnclear: true }],
  ])('%j %i %j', (names, status, body, outcome) => {
    for (const name of names) expect(calls[name](answered(status, body)), name).toMatchObject(outcome)
  })

  it.each(all)('%s: no answer may succeed later', (name) => {
    const timeout: HttpResult = { kind: 'unavailable', cause: 'timeout', isUnclear: true }
    expect(calls[name](timeout)).toEqual({
      kind: 'unavailable',
      cause: 'timeout',
      isUnclear: true,
      detail: 'back office: timeout',
    })
    const closed: HttpResult = {
      kind: 'unavailable',
      cause: '5xx',
      isUnclear: true,
      status: 503,
      retryAfterMs: 60_000,
    }
    expect(calls[name](closed)).toMatchObject({ kind: 'unavailable', cause: '5xx', status: 503, retryAfterMs: 60_000 })
    const open: HttpResult = { kind: 'not-tried', cause: 'breaker-open', waitMs: 500 }
    expect(calls[name](open)).toEqual(open)
  })
})

it('passes on what they say without telephone numbers, mail addresses and tokens', () => {
  const message = 'client +79991112233, 89991112233, a.b@c.example, Bearer abc.def'
  for (const call of all) {
    const said = JSON.stringify(calls[call](answered(422, { code: 'no', message })))
    expect(said).toContain('no: client ***, ***, ***, Bearer ***')
  }
})
