/** The simulator's only source of time. `schedule` runs `run` once after `delayMs` and returns its cancellation. */
export interface Timers {
  now(): Date
  schedule(delayMs: number, run: () => void): () => void
  /** Cancels whatever is still scheduled. */
  clear(): void
}

/** The same timers; `onUse` hears of everything that is scheduled and of everything that has run. */
export function watchTimers(timers: Timers, onUse: () => void): Timers {
  return {
    ...timers,
    schedule(delayMs, run) {
      onUse()
      return timers.schedule(delayMs, () => {
        run()
        onUse()
      })
    },
  }
}

export function createRealTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>()
  return {
    now: () => new Date(),
    schedule(delayMs, run) {
      const timeout = setTimeout(() => {
        pending.delete(timeout)
        run()
      }, delayMs)
      pending.add(timeout)
      return () => {
        clearTimeout(timeout)
        pending.delete(timeout)
      }
    },
    clear() {
      for (const timeout of pending) clearTimeout(timeout)
      pending.clear()
    },
  }
}

export interface ManualTimers extends Timers {
  /** Moves the clock, running what falls due in its order; lets pending promises finish after each step. */
  advance(ms: number): Promise<void>
}

/** A clock that stands still until it is moved: tests of delays need no sleep. */
export function createManualTimers(startAt: Date): ManualTimers {
  let nowMs = startAt.getTime()
  let entries: { dueMs: number; run: () => void }[] = []
  return {
    now: () => new Date(nowMs),
    schedule(delayMs, run) {
      const entry = { dueMs: nowMs + delayMs, run }
      entries.push(entry)
      return () => {
        entries = entries.filter((one) => one !== entry)
      }
    },
    clear() {
      entries = []
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await settlePromises()
      for (;;) {
        const next = entries.reduce<{ dueMs: number; run: () => void } | undefined>(
          (first, one) => (first === undefined || one.dueMs < first.dueMs ? one : first),
          undefined,
        )
        if (next === undefined || next.dueMs > untilMs) break
        entries = entries.filter((one) => one !== next)
        nowMs = Math.max(nowMs, next.dueMs)
        next.run()
        await settlePromises()
      }
      nowMs = untilMs
    },
  }
}

/** A few turns of the event loop: enough for chains of already resolved promises, not for input or output. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
