import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Memory, ReceivedCall } from '../calls.ts'
import type { CallFault, Faults } from './faults.ts'
import type { Timers } from './timers.ts'

/** One call of the merchant at Kuper's API, with what became of it. */
export interface KuperCall extends ReceivedCall {
  seq: number
  at: string
  durationMs: number
  on: CallFault['on']
  orderId: string | null
  /** Notification type. */
  type: string | null
  /** Null: no answer reached the merchant, whether the call was processed or not. */
  answer: { status: number; body: unknown } | null
  /** The fault that hit this call. */
  fault: string | null
  stateBefore: string | null
  stateAfter: string | null
}

export interface Answer {
  status: number
  body: unknown
}

export interface AnswerCallDeps {
  timers: Timers
  faults: Faults
  calls: Memory<KuperCall>
  /** Counts `on`, type and status of each answer. */
  count: (call: KuperCall) => void
}

interface CallToAnswer {
  on: CallFault['on']
  received: ReceivedCall
  orderId?: string | undefined
  type?: string | undefined
  /** Read before and after, for the log. */
  readState?: () => string | undefined
  process: () => Answer
  /** The merchant has the answer in hand, as far as can be known here. */
  onAnswered?: (answer: Answer) => void
}

/** Answers a call the way the armed faults want it, and remembers it. */
export function createCallAnswerer(deps: AnswerCallDeps) {
  const hanging = new Set<() => void>()

  async function answerCall(c: Context, call: CallToAnswer): Promise<Response> {
    const startedMs = performance.now()
    const at = deps.timers.now().toISOString()
    const { signal } = c.req.raw
    const fault = deps.faults.takeForCall(call.on, call.orderId, call.type)
    const stateBefore = call.readState?.() ?? null

    const answer = await answerOf(call, fault, signal)
    const isLost = answer === null || fault?.fault === 'lose-answer' || signal.aborted
    const { method, path, headers, body } = call.received
    const remembered = deps.calls.add({
      seq: deps.calls.total() + 1,
      at,
      method,
      path,
      headers,
      body,
      durationMs: Math.round((performance.now() - startedMs) * 1000) / 1000,
      on: call.on,
      orderId: call.orderId ?? null,
      type: call.type ?? null,
      answer: isLost ? null : answer,
      fault: fault === undefined ? null : fault.fault,
      stateBefore,
      stateAfter: call.readState?.() ?? null,
    })
    deps.count(remembered)
    if (isLost || answer === null) return cutConnection(c)
    call.onAnswered?.(answer)
    if (fault?.fault === 'answer' && fault.retryAfterSeconds !== undefined) {
      c.header('retry-after', String(fault.retryAfterSeconds))
    }
    return c.json(answer.body as object, answer.status as ContentfulStatusCode)
  }

  /** Null: never answered. */
  async function answerOf(
    call: CallToAnswer,
    fault: CallFault | undefined,
    signal: AbortSignal,
  ): Promise<Answer | null> {
    switch (fault?.fault) {
      case undefined:
      case 'lose-answer':
        return call.process()
      case 'answer':
        return { status: fault.status, body: faultBody(call.on, fault.status, fault.reason) }
      case 'code-in-body':
        return { status: 200, body: errorBody(fault.code, 'internal', null, 'sandbox fault') }
      case 'slow': {
        const answer = call.process()
        await wait(signal, fault.delayMs)
        return answer
      }
      case 'hang':
        await wait(signal)
        return null
      case 'cut':
        return null
    }
  }

  /** Ends when the time is over, the client has gone, or the simulator stops. */
  function wait(signal: AbortSignal, delayMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        hanging.delete(end)
        cancel?.()
        resolve()
      }
      const cancel = delayMs === undefined ? undefined : deps.timers.schedule(delayMs, end)
      hanging.add(end)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }

  return {
    answerCall,
    /** Lets go of everything that hangs. */
    releaseHanging() {
      for (const end of hanging) end()
    },
  }
}
export type CallAnswerer = ReturnType<typeof createCallAnswerer>

/** The operator's ErrorsObject (specification 6.5). */
export function errorBody(code: number, type: string, field: string | null, message: string) {
  return { code, errors: [{ type, field, message }] }
}

function faultBody(on: CallFault['on'], status: number, reason: 'state' | 'field'): unknown {
  if (on === 'token') return { error: status === 401 ? 'unauthorized_client' : 'server_error' }
  if (status === 429) return { error: { type: 'too-many-requests', title: 'Too many requests.', status } }
  if (status === 401) return errorBody(status, 'unauthorized', null, 'unauthorized')
  if (status === 403) return errorBody(status, 'forbidden', null, 'forbidden')
  if (status === 422 && reason === 'state') return errorBody(status, 'invalid_state', 'event.type', 'sandbox fault')
  if (status === 422) return errorBody(status, 'required', 'event.payload.order_id', 'sandbox fault')
  return errorBody(status, 'internal', null, 'sandbox fault')
}

/** Destroys the socket under the answer. Without a socket (in-process calls) the answer is an unreadable body. */
function cutConnection(c: Context): Response {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  if (outgoing !== undefined) {
    outgoing.destroy()
    return RESPONSE_ALREADY_SENT
  }
  return new Response(new ReadableStream({ start: (controller) => controller.error(new Error('connection cut')) }), {
    status: 599,
  })
}
