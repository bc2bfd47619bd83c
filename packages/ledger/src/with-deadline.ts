import { LedgerError } from './ledger-error.ts'

/** Waits no longer for `work`, which goes on: the driver would wait for ever on a connection of which the other end is gone. */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number, onTimeout?: () => void): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new LedgerError('unavailable', `no answer within ${timeoutMs} ms`))
    onTimeout?.()
  }, timeoutMs)
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
