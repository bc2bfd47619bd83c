import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { createCallFaultPlayer, cutConnection } from '../call-faults.ts'
import type { Memory, ReceivedCall } from '../calls.ts'
import type { Timers } from '../timers.ts'
import type { CallFault, Faults } from './faults.ts'

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
  const player = createCallFaultPlayer(deps.timers)

  async function answerCall(c: Context, call: CallToAnswer): Promise<Response> {
    const { signal } = c.req.raw
    const fault = deps.faults.takeForCall(call.on, call.orderId, call.type)
    const stateBefore = call.readState?.() ?? null

    const { at, durationMs, answer } = await player.measure(signal, () => answerOf(call, fault, signal))
    const { method, path, headers, body } = call.received
    const remembered = deps.calls.add({
      seq: deps.calls.total() + 1,
      at,
      method,
      path,
      headers,
      body,
      durationMs,
      on: call.on,
      orderId: call.orderId ?? null,
      type: call.type ?? null,
      answer,
      fault: fault === undefined ? null : fault.fault,
      stateBefore,
      stateAfter: call.readState?.() ?? null,
    })
    deps.count(remembered)
    if (answer === null) return cutConnection(c)
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
        return call.process()
      case 'answer':
        return { status: fault.status, body: faultBody(call.on, fault.status, fault.reason) }
      case 'code-in-body':
        return { status: 200, body: errorBody(fault.code, 'internal', null, 'sandbox fault') }
      case 'slow':
      case 'hang':
      case 'lose-answer':
      case 'cut':
        return await player.play(fault, call.process, signal)
    }
  }

  return { answerCall, releaseHanging: player.releaseHanging }
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
