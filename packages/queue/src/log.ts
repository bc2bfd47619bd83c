/** What this package writes to; the logger of packages/runtime fits. */
export interface QueueLog {
  info(line: QueueLogLine): void
  warn(line: QueueLogLine): void
  error(line: QueueLogLine): void
}

export interface QueueLogLine {
  event: string
  err?: unknown
  [field: string]: unknown
}

/** An outage repeats one error many times a second: each message is logged at most once in `everyMs`. */
export function logSeldom(write: (err: Error, repeated: number) => void, everyMs = 10_000): (err: Error) => void {
  const seen = new Map<string, { loggedAt: number; repeated: number }>()
  return (err) => {
    const last = seen.get(err.message)
    if (last && Date.now() - last.loggedAt < everyMs) {
      last.repeated += 1
      return
    }
    if (seen.size > 100) seen.clear()
    seen.set(err.message, { loggedAt: Date.now(), repeated: 0 })
    write(err, last?.repeated ?? 0)
  }
}
