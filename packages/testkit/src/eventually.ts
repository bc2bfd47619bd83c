import { setTimeout as delay } from 'node:timers/promises'

/** The one patience of all tests. */
const timeoutMs = 10_000
const pauseMs = 10

/** Repeats an assertion until it holds, and returns what it returns; after the central time-out it fails with the last error. */
export async function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    try {
      return await assertion()
    } catch (err) {
      if (performance.now() > giveUpAt) throw err
    }
    await delay(pauseMs)
  }
}
