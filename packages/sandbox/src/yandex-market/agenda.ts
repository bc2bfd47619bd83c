import type { Timers } from '../timers.ts'

export interface Due<A> {
  atMs: number
  action: A
}

/** What will happen by itself, and when. Actions are data, so that they outlive the process. */
export function createAgenda<A>(timers: Timers, perform: (action: A) => void) {
  const due = new Set<Due<A>>()

  function schedule(delayMs: number, action: A): void {
    const one = { atMs: timers.now().getTime() + delayMs, action }
    due.add(one)
    timers.schedule(delayMs, () => {
      if (due.delete(one)) perform(action)
    })
  }

  return {
    schedule,
    snapshot: (isKept: (action: A) => boolean): Due<A>[] => [...due].filter(({ action }) => isKept(action)),
    /** With the waits that were left at `savedAtMs`. */
    restore(saved: readonly Due<A>[], savedAtMs: number): void {
      for (const { atMs, action } of saved) schedule(Math.max(0, atMs - savedAtMs), action)
    },
    clear(): void {
      due.clear()
    },
  }
}
