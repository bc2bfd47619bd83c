import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { Timers } from './timers.ts'

/** What may happen to the connection of any call, whatever is asked. */
export type ConnectionFault =
  /** Not processed; never answers. */
  | { fault: 'hang' }
  /** Processed, then the connection is cut without an answer. */
  | { fault: 'lose-answer' }
  /** Not processed, the connection is cut. */
  | { fault: 'cut' }
  /** Processed at once, answered late. */
  | { fault: 'slow'; delayMs: number }

/** Plays the faults of connections, and knows which calls are being answered. */
export function createCallFaultPlayer(timers: Timers) {
  const hanging = new Set<() => void>()
  let running = 0

  /** Ends when the time is over, the client has gone, or the simulator stops. */
  function wait(signal: AbortSignal, delayMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        hanging.delete(end)
        cancel?.()
        resolve()
      }
      const cancel = delayMs === undefined ? undefined : timers.schedule(delayMs, end)
      hanging.add(end)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }

  return {
    /** Null: no answer reaches the caller. */
    async play<A>(fault: ConnectionFault, process: () => A, signal: AbortSignal): Promise<A | null> {
      switch (fault.fault) {
        case 'slow': {
          const answer = process()
          await wait(signal, fault.delayMs)
          return answer
        }
        case 'hang':
          await wait(signal)
          return null
        case 'lose-answer':
          process()
          return null
        case 'cut':
          return null
      }
    },

    /** Answers a call, with how long it took; an answer that the caller did not wait for is null. */
    async measure<A>(
      signal: AbortSignal,
      answerCall: () => Promise<A | null>,
    ): Promise<{ at: string; durationMs: number; answer: A | null }> {
      const startedMs = performance.now()
      const at = timers.now().toISOString()
      running += 1
      try {
        const answer = await answerCall()
        return { at, durationMs: millisecondsSince(startedMs), answer: signal.aborted ? null : answer }
      } finally {
        running -= 1
      }
    },

    isIdle: () => running === 0,
    /** Lets go of everything that hangs. */
    releaseHanging(): void {
      for (const end of hanging) end()
    },
  }
}

/** To a thousandth. */
export function millisecondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1000
}

/** Destroys the socket under the answer. Without a socket (in-process calls) the answer is an unreadable body. */
export function cutConnection(c: Context): Response {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  if (outgoing !== undefined) {
    outgoing.destroy()
    return RESPONSE_ALREADY_SENT
  }
  return new Response(new ReadableStream({ start: (controller) => controller.error(new Error('connection cut')) }), {
    status: 599,
  })
}
