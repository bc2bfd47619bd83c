import { LedgerError } from '@sluice/ledger'
import { expect, test } from 'vitest'
import { waitForLedger } from './handle-event.ts'

const away = new LedgerError('unavailable', 'record events: connection refused')

test.each([
  [0, 2_500],
  [0.5, 5_000],
  [0.999, 7_495],
])('what meets a Postgres that is away comes back at different times (random %f: %i ms)', (random, delayMs) => {
  expect(waitForLedger(away, random)).toMatchObject({ kind: 'wait', delayMs })
})

test('what is no outage of Postgres is thrown', () => {
  const bug = new TypeError('bug')
  expect(() => waitForLedger(bug)).toThrow(bug)
})
