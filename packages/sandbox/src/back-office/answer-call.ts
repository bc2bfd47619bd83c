import type { Context } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { createCallFaultPlayer, cutConnection } from '../call-faults.ts'
import type { Memory, ReceivedCall } from '../calls.ts'
import type { Timers } from '../timers.ts'
import type { CallFault, CallKind, Faults } from './faults.ts'
import type { Findings } from './findings.ts'
import type { Answer } from './order-desk.ts'

/** One call of Sluice, with what became of it. */
export interface BackOfficeCall extends ReceivedCall {
  seq: number
  at: string
  durationMs: number
  kind: CallKind
  orderNumber: string | null
  newsType: string | null
  /** Null: no answer reached Sluice, whether the call was processed or not. */
  answer: { status: number; body: unknown } | null
  /** The fault that hit this call. */
  fault: CallFault['fault'] | null
}

export interface CallToAnswer<B> {
  kind: CallKind
  received: ReceivedCall
  orderNumber?: string | undefined
  schema?: z.ZodType<B>
  /** What may not change under one idempotency key. */
  meaning?: (body: B) => unknown
  process: (body: B) => Answer
}

interface Deps {
  token: () => string
  timers: Timers
  faults: Faults
  findings: Findings
  calls: Memory<BackOfficeCall>
}

const MAX_KEYS = 20_000
/** How many of them outlive the process. */
const KEPT_KEYS = 5_000

type KeyMemory = Map<string, { meaning: string; answer: Answer }>

/** Answers a call as strictly as a back office may, the way the armed faults want it, and remembers it. */
export function createCallAnswerer(deps: Deps) {
  const { findings } = deps
  const player = createCallFaultPlayer(deps.timers)
  /** Idempotency key -> what it meant, and the answer where the same key must get the same answer. */
  const keys: KeyMemory = new Map()
  /** Calls being answered, by order and lane. */
  const busy = new Map<string, number>()

  async function answerCall<B>(c: Context, call: CallToAnswer<B>): Promise<Response> {
    const { signal } = c.req.raw
    const { received } = call
    const named = (received.body ?? {}) as { orderNumber?: unknown; conversation?: unknown; type?: unknown }
    const { type } = named
    // A conversation stands in the place of an order.
    const orderNumber = call.orderNumber ?? textOrUndefined(named.orderNumber) ?? textOrUndefined(named.conversation)
    const newsType = call.kind === 'news' ? textOrUndefined(type) : undefined
    const fault = deps.faults.takeForCall(call.kind, orderNumber, newsType)

    const leave = enterLane(call.kind, orderNumber)
    const { at, durationMs, answer } = await player.measure(signal, () => answerOf(call, orderNumber, fault, signal))
    leave()
    const { method, path, headers, body } = received
    deps.calls.add({
      seq: deps.calls.total() + 1,
      at,
      method,
      path,
      headers,
      body,
      durationMs,
      kind: call.kind,
      orderNumber: orderNumber ?? null,
      newsType: newsType ?? null,
      answer: answer === null ? null : { status: answer.status, body: answer.body ?? null },
      fault: fault?.fault ?? null,
    })
    if (answer === null) return cutConnection(c)
    if (fault?.fault === 'answer' && fault.retryAfterSeconds !== undefined) {
      c.header('retry-after', String(fault.retryAfterSeconds))
    }
    return answer.body === undefined
      ? c.body(null, answer.status as StatusCode)
      : c.json(answer.body as object, answer.status as ContentfulStatusCode)
  }

  /** Null: never answered. */
  async function answerOf<B>(
    call: CallToAnswer<B>,
    orderNumber: string | undefined,
    fault: CallFault | undefined,
    signal: AbortSignal,
  ): Promise<Answer | null> {
    const process = () => processStrictly(call, orderNumber)
    switch (fault?.fault) {
      case undefined:
        return process()
      case 'answer':
        if (fault.isProcessed) process()
        return {
          status: fault.status,
          body: fault.body ?? { code: 'sandbox_fault', message: 'switched on in the sandbox' },
        }
      case 'short':
        return { status: 409, body: { code: 'short', lines: shortLines(call.received.body) } }
      case 'garble':
        process()
        return { status: 200, body: { unexpected: 'this is no answer' } }
      case 'slow':
      case 'hang':
      case 'lose-answer':
      case 'cut':
        return await player.play(fault, process, signal)
    }
  }

  function processStrictly<B>(call: CallToAnswer<B>, orderNumber: string | undefined): Answer {
    const { headers, body } = call.received
    if (headers.authorization !== `Bearer ${deps.token()}`) {
      findings.remark('unauthorized', orderNumber, `${call.kind} without the right token`)
      return { status: 401, body: { code: 'unauthorized', message: 'the token is not valid' } }
    }
    const parsed = call.schema?.safeParse(body)
    if (parsed && !parsed.success) {
      const message = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
      findings.violation('malformed', orderNumber, `${call.kind}: ${message}`)
      return { status: 422, body: { code: 'invalid', message } }
    }
    const read = parsed?.data as B
    if (call.kind === 'stock') return call.process(read)
    return processOnce(call, orderNumber, headers['idempotency-key'], read)
  }

  /** Writes: the same key must mean the same. Goods that come back are counted once per key. */
  function processOnce<B>(
    call: CallToAnswer<B>,
    orderNumber: string | undefined,
    key: string | undefined,
    body: B,
  ): Answer {
    if (!key) {
      findings.violation('idempotency-key-missing', orderNumber, call.kind)
      return { status: 400, body: { code: 'invalid', message: 'the header Idempotency-Key is missing' } }
    }
    const meaning = JSON.stringify([call.kind, orderNumber, call.meaning?.(body) ?? body ?? null])
    const known = keys.get(key)
    if (known && known.meaning !== meaning) {
      findings.violation('idempotency-key-changed', orderNumber, `${key}: ${meaning} after ${known.meaning}`)
      return { status: 422, body: { code: 'idempotency_key_reused', message: 'this key came with another body' } }
    }
    if (known && call.kind === 'return') return known.answer
    const answer = call.process(body)
    // What was refused may be asked again otherwise: fewer goods after a 409.
    if (answer.status >= 300) return answer
    if (keys.size >= MAX_KEYS) keys.delete([...keys.keys()][0] ?? '')
    keys.set(key, { meaning, answer })
    return answer
  }

  function enterLane(kind: CallKind, orderNumber: string | undefined): () => void {
    if (kind === 'stock' || orderNumber === undefined) return () => {}
    const lane = `${kind === 'news' ? 'news' : 'stock'} ${orderNumber}`
    const others = busy.get(lane) ?? 0
    if (others > 0) findings.violation('overlap', orderNumber, `${kind} while another call of its lane was running`)
    busy.set(lane, others + 1)
    return () => {
      const left = (busy.get(lane) ?? 1) - 1
      if (left > 0) busy.set(lane, left)
      else busy.delete(lane)
    }
  }

  return {
    answerCall,
    isIdle: player.isIdle,
    releaseHanging: player.releaseHanging,
    snapshot: (): KeyMemory => new Map([...keys].slice(-KEPT_KEYS)),
    restore(saved: KeyMemory): void {
      for (const [key, known] of saved) keys.set(key, known)
    },
    clear(): void {
      keys.clear()
    },
  }
}

export type CallAnswerer = ReturnType<typeof createCallAnswerer>

/** The first line is said to be gone. */
function shortLines(body: unknown) {
  const { lines = [] } = (body ?? {}) as { lines?: { sku: string; quantity: number }[] }
  return lines.slice(0, 1).map(({ sku, quantity }) => ({ sku, requested: quantity, available: 0 }))
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
