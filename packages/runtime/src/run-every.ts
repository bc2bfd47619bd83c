import type { Logger } from './create-logger.ts'

export interface Loop {
  /** No further run begins; resolves once the running one has ended. */
  stop(): Promise<void>
}

/**
 * Calls `runOnce` at once and then `intervalMs` after the end of each run, give or take a tenth, so that processes
 * started together drift apart and runs never overlap. A run that throws is logged, and the loop goes on. `signal` is
 * aborted by `stop`, for runs that can end early.
 */
export function runEvery(
  name: string,
  intervalMs: number,
  runOnce: (signal: AbortSignal) => Promise<unknown>,
  { log, random = Math.random }: { log: Pick<Logger, 'error'>; random?: () => number },
): Loop {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let failures = 0

  async function run(): Promise<void> {
    try {
      await runOnce(stopping.signal)
      failures = 0
    } catch (err) {
      failures += 1
      if (!stopping.signal.aborted) log.error({ event: 'loop.failed', loop: name, failures, err })
    }
    if (stopping.signal.aborted) return
    timer = setTimeout(
      () => {
        running = run()
      },
      intervalMs * (0.9 + random() * 0.2),
    )
  }

  let running = run()
  return {
    stop() {
      stopping.abort()
      clearTimeout(timer)
      return running
    },
  }
}
