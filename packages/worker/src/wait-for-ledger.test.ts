import { LedgerError } from '@sluice/ledger'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWaitForLedger, waitForLedger } from './wait-for-ledger.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

const away = new LedgerError('unavailable', 'record events: connection refused')

/** As the ledger throws it: its message names what was asked. */
function refused(dedupKey: string, message: string, code: string): LedgerError {
  const cause = Object.assign(new Error(message), { code })
  return new LedgerError('unavailable', `record event (${dedupKey}): ${message}`, { cause })
}

function createLog() {
  const lines: [level: string, line: Record<string, unknown>][] = []
  const logAs = (level: string) => (line: Record<string, unknown>) => void lines.push([level, line])
  return { lines, log: { warn: logAs('warn'), error: logAs('error') } }
}

test.each([
  [0, 2_500],
  [0.5, 5_000],
  [0.999, 7_495],
])('what meets a Postgres that is away comes back at different times (random %f: %i ms)', (random, delayMs) => {
  expect(waitForLedger(away, random)).toMatchObject({ kind: 'wait', delayMs })
})

test('what is no outage of Postgres is thrown', () => {
  const bug = new TypeError('bug')
  const { lines, log } = createLog()
  expect(() => createWaitForLedger(log)(bug)).toThrow(bug)
  expect(lines).toEqual([])
})

test.each([
  ['a right that is missing', '42501', 'error'],
  ['a table that is missing', '42P01', 'error'],
  ['a login that is refused', '28P01', 'error'],
  ['a database that is missing', '3D000', 'error'],
  ['a table that somebody keeps locked', '55P03', 'warn'],
  ['a Postgres that is away', 'ECONNREFUSED', 'warn'],
])('%s (%s) is waited for, and told as %s', (_, code, level) => {
  const { lines, log } = createLog()
  const err = refused('1', 'postgres', code)
  expect(createWaitForLedger(log)(err)).toMatchObject({ kind: 'wait' })
  expect(lines).toEqual([[level, { event: 'ledger.unavailable', err, repeated: 0 }]])
})

test('of one reason there is one line in ten seconds, whatever it befell; the next says how often it was', () => {
  const { lines, log } = createLog()
  const wait = createWaitForLedger(log)
  for (let n = 1; n <= 50; n++) wait(refused(`event ${n}`, 'permission denied for table orders', '42501'))
  wait(refused('event 51', 'relation "orders" does not exist', '42P01'))
  expect(lines).toHaveLength(2)
  vi.advanceTimersByTime(10_000)
  wait(refused('event 52', 'permission denied for table orders', '42501'))
  expect(lines[2]).toMatchObject(['error', { repeated: 49 }])
})

test('a ledger that closes because we stop is no news', () => {
  const { lines, log } = createLog()
  expect(createWaitForLedger(log)(new LedgerError('closed', 'write: the ledger is closed'))).toMatchObject({
    kind: 'wait',
  })
  expect(lines).toEqual([])
})
