import { expect, test } from 'vitest'
import { type JobHistory, type JobOutcome, type Move, nextMove } from './job-result.ts'

const history: JobHistory = { attemptsMade: 0, maxAttempts: 8, ageMs: 1_000, maxAgeMs: 3_600_000 }
const threw: JobOutcome = { kind: 'threw', error: 'Error: boom' }
const wait: JobOutcome = { kind: 'wait', delayMs: 5_000, reason: 'breaker open' }

test.each<[string, JobOutcome, Partial<JobHistory>, Move]>([
  ['done', { kind: 'done' }, {}, { kind: 'complete' }],
  ['done at last, however old', { kind: 'done' }, { ageMs: 9e9, attemptsMade: 7 }, { kind: 'complete' }],
  ['done although interrupted', { kind: 'done' }, { interruption: 'stopping' }, { kind: 'complete' }],
  [
    'can never succeed',
    { kind: 'dead', fault: 'theirs', error: 'refused 422' },
    {},
    { kind: 'bury', fault: 'theirs', error: 'refused 422' },
  ],
  ['waits', wait, { attemptsMade: 7 }, { kind: 'wait', delayMs: 5_000 }],
  ['waits without a pause', { ...wait, delayMs: 0 }, {}, { kind: 'wait', delayMs: 100 }],
  [
    'waits for ever',
    wait,
    { ageMs: 3_600_001 },
    { kind: 'bury', fault: 'ours', error: 'not done within 1 h, last: still waiting: breaker open' },
  ],
  ['throws for the first time', threw, {}, { kind: 'retry' }],
  ['throws for the seventh time', threw, { attemptsMade: 6 }, { kind: 'retry' }],
  [
    'throws for the last time',
    threw,
    { attemptsMade: 7 },
    { kind: 'bury', fault: 'ours', error: 'failed 8 times, last: Error: boom' },
  ],
  [
    'throws when too old',
    threw,
    { ageMs: 3_600_001 },
    { kind: 'bury', fault: 'ours', error: 'not done within 1 h, last: Error: boom' },
  ],
  [
    'is told to stop, on its last try',
    threw,
    { attemptsMade: 7, interruption: 'stopping' },
    { kind: 'wait', delayMs: 0 },
  ],
  ['has lost its lock, on its last try', threw, { attemptsMade: 7, interruption: 'lock-lost' }, { kind: 'let-go' }],
])('a job that %s', (_, outcome, past, move) => {
  expect(nextMove(outcome, { ...history, ...past })).toEqual(move)
})
