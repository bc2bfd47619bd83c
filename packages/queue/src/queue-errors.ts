/** Nothing was promised: the jobs may or may not be in Redis, and enqueuing them again is harmless. */
export class QueueUnavailable extends Error {
  readonly code = 'queue-unavailable'
  readonly reason: 'away' | 'timeout' | 'refused' | 'unfit' | 'closing'

  constructor(reason: QueueUnavailable['reason'], detail: string, cause?: unknown) {
    super(`enqueue: ${detail}`, { cause })
    this.name = 'QueueUnavailable'
    this.reason = reason
  }
}

/** More waits to be enqueued than this process may hold. Nothing was sent to Redis. */
export class QueueOverloaded extends Error {
  readonly code = 'queue-overloaded'

  constructor(maxPending: number) {
    super(`enqueue: ${maxPending} jobs already wait to be written`)
    this.name = 'QueueOverloaded'
  }
}
