import { LedgerError } from './ledger-error.ts'

/** The driver waits for ever on a connection of which the other end is gone; nobody else should. */
export async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new LedgerError('unavailable', `no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
