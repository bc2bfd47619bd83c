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

/**
 * An outage repeats one error many times a second: each reason is logged at most once in `everyMs`. It is the message, unless
 * that names what the error befell.
 */
export function logSeldom<E extends Error>(
  write: (err: E, repeated: number) => void,
  everyMs = 10_000,
): (err: E, reason?: string) => void {
  const seen = new Map<string, { loggedAt: number; repeated: number }>()
  return (err, reason = err.message) => {
    const last = seen.get(reason)
    if (last && Date.now() - last.loggedAt < everyMs) {
      last.repeated += 1
      return
    }
    if (seen.size > 100) seen.clear()
    seen.set(reason, { loggedAt: Date.now(), repeated: 0 })
    write(err, last?.repeated ?? 0)
  }
}
