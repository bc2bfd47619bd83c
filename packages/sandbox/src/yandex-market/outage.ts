import type { Timers } from '../timers.ts'

export interface Outage {
  /** How calls are answered: the connection is cut, or 503. */
  answer: 'cut' | 503
  /** Null: until it is ended. */
  endsAtMs: number | null
}

/** The Market is out of order: every call is refused and nothing is announced, but its orders live on. */
export function createOutage(timers: Timers, onEnd: () => void) {
  let current: Outage | undefined

  function end(): void {
    if (current === undefined) return
    current = undefined
    onEnd()
  }

  function start(answer: Outage['answer'], forMs: number | null): void {
    const started = { answer, endsAtMs: forMs === null ? null : timers.now().getTime() + forMs }
    current = started
    if (forMs === null) return
    timers.schedule(forMs, () => {
      if (current === started) end()
    })
  }

  return {
    start,
    end,
    isOn: () => current !== undefined,
    answer: () => current?.answer,
    snapshot: () => current,
    restore(saved: Outage | undefined, savedAtMs: number): void {
      if (saved === undefined) return
      start(saved.answer, saved.endsAtMs === null ? null : Math.max(0, saved.endsAtMs - savedAtMs))
    },
    clear(): void {
      current = undefined
    },
  }
}
