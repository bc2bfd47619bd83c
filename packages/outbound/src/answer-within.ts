/**
 * The promise's value, or undefined when it fails or takes longer. For Redis calls that have a fallback: a client without
 * connection queues commands, so waiting for the error could take minutes.
 */
export async function answerWithin<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, timeoutMs, undefined)
  try {
    return await Promise.race([promise, timeout])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
