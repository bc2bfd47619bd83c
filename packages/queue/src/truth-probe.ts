/**
 * Tells a worker that looks healthy from one that works: jobs wait, places are free, and yet nothing was fetched for
 * `stuckMs`. Known to happen with blocking connections after outages of Redis (bullmq#4585).
 */
export interface TruthProbe {
  /** A job was fetched. */
  fetched(): void
  /** Judges one look at the queue; true once the worker is stuck. `at`: milliseconds of any steady clock. */
  isStuck(look: { waiting: number; isPaused: boolean; freePlaces: number }, at: number): boolean
}

export function createTruthProbe(stuckMs: number): TruthProbe {
  /** The first of an unbroken row of looks that found work left lying. */
  let idleSince: number | undefined
  return {
    fetched() {
      idleSince = undefined
    },
    isStuck({ waiting, isPaused, freePlaces }, at) {
      if (waiting === 0 || isPaused || freePlaces === 0) {
        idleSince = undefined
        return false
      }
      idleSince ??= at
      return at - idleSince >= stuckMs
    },
  }
}
