import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LogLine } from './create-logger.ts'
import { runEvery } from './run-every.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const quiet = { error: () => {} }

test('runs at once and then an interval after the end of each run: runs never overlap', async () => {
  let running = 0
  let runs = 0
  const loop = runEvery(
    'sweep',
    1_000,
    async () => {
      running += 1
      expect(running).toBe(1)
      runs += 1
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      running -= 1
    },
    { log: quiet, random: () => 0.5 },
  )
  expect(runs).toBe(1)
  await vi.advanceTimersByTimeAsync(5_999)
  expect(runs).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(runs).toBe(2)
  await vi.advanceTimersByTimeAsync(5_000)
  await loop.stop()
})

test.each([
  [0, 900],
  [0.5, 1_000],
])('the pause is jittered by a tenth: random %d gives %d ms', async (random, pauseMs) => {
  const runOnce = vi.fn(async () => {})
  const loop = runEvery('sweep', 1_000, runOnce, { log: quiet, random: () => random })
  await vi.advanceTimersByTimeAsync(pauseMs - 1)
  expect(runOnce).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(runOnce).toHaveBeenCalledTimes(2)
  await loop.stop()
})

test('a run that throws is logged with how often in a row, and the loop goes on', async () => {
  const lines: LogLine[] = []
  let runs = 0
  const runOnce = async () => {
    runs += 1
    if (runs !== 3) throw new Error('gone')
  }
  const loop = runEvery('sweep', 10, runOnce, { log: { error: (line) => void lines.push(line) }, random: () => 0.5 })
  await vi.advanceTimersByTimeAsync(35)
  await loop.stop()
  expect(lines).toEqual(
    [1, 2, 1].map((failures) => ({ event: 'loop.failed', loop: 'sweep', failures, err: expect.any(Error) })),
  )
})

test('stop tells the running run, waits for it, and no other begins', async () => {
  const runOnce = vi.fn(
    (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  )
  const loop = runEvery('sweep', 10, runOnce, { log: quiet })
  await loop.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(runOnce).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})
