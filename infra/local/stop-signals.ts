/** How the user asks a launcher to stop. */
export interface StopSignals {
  /** Aborts with the first Ctrl-C (SIGINT, SIGTERM, SIGHUP, or the end of the bootstrap that started us). */
  stopping: AbortSignal
  /** Aborts with the second one: stop faster. */
  hurry: AbortSignal
}

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm and the bootstrap. */
const SAME_MS = 500

/** From here on signals no longer end the process by themselves. */
export function listenForStop(): StopSignals {
  const stopping = new AbortController()
  const hurry = new AbortController()
  let firstAt = 0
  const onSignal = (): void => {
    if (!stopping.signal.aborted) {
      firstAt = Date.now()
      stopping.abort(new Stopped())
    } else if (Date.now() - firstAt > SAME_MS) hurry.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  process.once('disconnect', onSignal)
  // Listened to, but no reason to go on living.
  process.channel?.unref()
  return { stopping: stopping.signal, hurry: hurry.signal }
}

/** The user asked to stop: no fault. */
export class Stopped extends Error {
  override name = 'Stopped'
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
