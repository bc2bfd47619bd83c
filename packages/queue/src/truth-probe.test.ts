import { expect, test } from 'vitest'
import { createTruthProbe } from './truth-probe.ts'

const lying = { waiting: 3, isPaused: false, freePlaces: 10 }

test('a worker that leaves work lying for long enough is stuck', () => {
  const probe = createTruthProbe(60_000)
  expect(probe.isStuck(lying, 0)).toBe(false)
  expect(probe.isStuck(lying, 59_999)).toBe(false)
  expect(probe.isStuck(lying, 60_000)).toBe(true)
})

test.each([
  ['work only came after a long pause', { ...lying, waiting: 0 }],
  ['the queue was paused', { ...lying, isPaused: true }],
  ['all places were taken', { ...lying, freePlaces: 0 }],
])('a worker is not stuck when %s', (_, look) => {
  const probe = createTruthProbe(60_000)
  probe.isStuck(lying, 0)
  probe.isStuck(look, 59_000)
  expect(probe.isStuck(lying, 61_000)).toBe(false)
})

test('a worker that fetches now and then is not stuck', () => {
  const probe = createTruthProbe(60_000)
  probe.isStuck(lying, 0)
  probe.fetched()
  expect(probe.isStuck(lying, 61_000)).toBe(false)
})
