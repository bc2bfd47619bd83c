import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhenResult } from 'cockatiel'
import { type Dispatcher, Pool } from 'undici'
import type { RateBudget } from './rate-budget.ts'
import { parseRetryAfterMs } from './retry-after.ts'

export interface Destination {
  /** Named in errors. */
  name: string
  /** Origin and, if any, the path prefix of every call. */
  baseUrl: string
  /** For one call as a whole: waiting for a connection, connecting, sending, reading the answer. */
  timeoutMs: number
  /** Sent with every call. */
  headers?: Record<string, string>
}

export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Begins with `/` (or is empty); the caller encodes what it puts into it. */
  path: string
  query?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
  headers?: Record<string, string>
  idempotencyKey?: string
  signal?: AbortSignal
  /** How the answer's text becomes `body`; JSON.parse when absent. Where it throws, `body` is the text. */
  parse?: (text: string) => unknown
}

export type HttpResult =
  /** Any status but 429 and 5xx; redirects are answers too and not followed. `body`: parsed JSON, else text, undefined when empty. */
  | { kind: 'answered'; status: number; headers: Record<string, string>; body: unknown }
  /**
   * `isUnclear`: the request may have reached the destination, and its answer is missing or says nothing. `stopped`: cut by
   * the call's own signal.
   */
  | {
      kind: 'unavailable'
      cause: 'timeout' | 'network' | '5xx' | 'rate-limited' | 'stopped'
      isUnclear: boolean
      status?: number
      retryAfterMs?: number
      body?: unknown
    }
  | { kind: 'not-tried'; cause: 'breaker-open' | 'rate-budget' | 'stopping'; waitMs: number }

export interface HttpLimits {
  /** Parallel connections of this process; further calls wait within their own time-out. Default 16. */
  connections?: number
  /** Default 3000. */
  connectTimeoutMs?: number
  /** What is read of an answer; the rest is thrown away and `body` is then the cut text. Default 1 MiB. */
  maxBodyBytes?: number
  /** After so many failures in a row nothing is tried for `openMs`, then one call probes. Default 5 and 10 s. */
  breaker?: { failures: number; openMs: number }
  /** Shared with other processes. */
  rateBudget?: RateBudget
}

export interface HttpClient {
  /** Never throws for what the network or the destination does; throws for a request that cannot be written down. */
  call(call: HttpCall): Promise<HttpResult>
  /** Waits for running calls; later ones are `not-tried`. */
  close(): Promise<void>
}

const MIB = 1_048_576
/** While a probe decides whether the breaker closes again. */
const PROBE_WAIT_MS = 1_000
const STOPPING_WAIT_MS = 1_000

/** A client for one destination with its own connections and breaker: one slow destination never starves another. */
export function createHttpClient(destination: Destination, limits: HttpLimits = {}): HttpClient {
  const base = new URL(destination.baseUrl)
  const pathPrefix = base.pathname.replace(/\/+$/, '')
  const pool = new Pool(base.origin, {
    connections: limits.connections ?? 16,
    connectTimeout: limits.connectTimeoutMs ?? 3_000,
    // The signal of each call bounds the whole; the parser's own clocks are too coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })
  const { failures, openMs } = limits.breaker ?? { failures: 5, openMs: 10_000 }
  const breaker = circuitBreaker(handleWhenResult(isFailure), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  let openUntil = 0
  breaker.onBreak(() => {
    openUntil = Date.now() + openMs
  })
  let isClosed = false

  /** Undefined when a call may be tried now. */
  function breakerWaitMs(): number | undefined {
    if (breaker.state === CircuitState.HalfOpen) return PROBE_WAIT_MS
    const waitMs = openUntil - Date.now()
    return breaker.state === CircuitState.Open && waitMs > 0 ? waitMs : undefined
  }

  return {
    async call(call) {
      if (isClosed || call.signal?.aborted) return notTried('stopping', STOPPING_WAIT_MS)
      const waitMs = breakerWaitMs()
      if (waitMs !== undefined) return notTried('breaker-open', waitMs)
      const budgetWaitMs = (await limits.rateBudget?.take()) ?? 0
      if (budgetWaitMs > 0) return notTried('rate-budget', budgetWaitMs)
      // Asked again: while the budget was taken another call may have become the probe.
      const laterWaitMs = breakerWaitMs()
      if (laterWaitMs !== undefined) return notTried('breaker-open', laterWaitMs)
      try {
        return await breaker.execute(() => judgeable(call))
      } catch (err) {
        if (err instanceof Stopped) return err.result
        if (err instanceof BrokenCircuitError) return notTried('breaker-open', breakerWaitMs() ?? PROBE_WAIT_MS)
        throw err
      }
    },
    async close() {
      isClosed = true
      await pool.close()
    },
  }

  /**
   * A call that we cut ourselves says nothing about the destination: thrown past the breaker, it neither opens it nor counts
   * as a success. Only of a probe an answer is needed: without one the breaker stays open for another `openMs`.
   */
  async function judgeable(call: HttpCall): Promise<HttpResult> {
    const isProbe = breaker.state === CircuitState.HalfOpen
    const result = await exchange(call)
    if (wasStopped(result) && !isProbe) throw new Stopped(result)
    return result
  }

  async function exchange(call: HttpCall): Promise<HttpResult> {
    const timeout = AbortSignal.timeout(destination.timeoutMs)
    const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout
    let wasSent = false
    let status: number | undefined
    try {
      const response = await pool
        .compose(onStart(() => (wasSent = true)))
        .request({ ...toRequest(call), origin: base.origin, signal })
      status = response.statusCode
      const headers = flattenHeaders(response.headers)
      const text = await readBounded(response.body, limits.maxBodyBytes ?? MIB)
      const body = parseBody(text, call.parse ?? JSON.parse)
      const kind = status === 429 ? 'rate-limited' : status >= 500 ? '5xx' : undefined
      if (!kind) return { kind: 'answered', status, headers, body }
      const retryAfterMs = parseRetryAfterMs(headers['retry-after'], Date.now())
      return {
        kind: 'unavailable',
        cause: kind,
        isUnclear: kind === '5xx',
        status,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        body,
      }
    } catch (err) {
      if (isInvalidRequest(err)) throw new Error(`call ${destination.name}: the request is invalid`, { cause: err })
      // Whichever came first gave its reason.
      const isStopped = call.signal?.aborted === true && signal.reason === call.signal.reason
      if (isStopped && !wasSent) return notTried('stopping', STOPPING_WAIT_MS)
      const isTimeout = timeout.aborted || hasCode(err, 'UND_ERR_CONNECT_TIMEOUT')
      return {
        kind: 'unavailable',
        cause: isStopped ? 'stopped' : isTimeout ? 'timeout' : 'network',
        isUnclear: wasSent,
        ...(status !== undefined && { status }),
      }
    }
  }

  function toRequest(call: HttpCall): Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'headers' | 'body'> {
    const query = call.query ? `?${new URLSearchParams(call.query).toString()}` : ''
    const [contentType, body] =
      call.json !== undefined
        ? ['application/json', JSON.stringify(call.json)]
        : call.form !== undefined
          ? ['application/x-www-form-urlencoded', new URLSearchParams(call.form).toString()]
          : [undefined, null]
    return {
      method: call.method,
      path: `${pathPrefix}${call.path}${query}` || '/',
      headers: {
        accept: 'application/json',
        ...(contentType && { 'content-type': contentType }),
        ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
        ...destination.headers,
        ...call.headers,
      },
      body,
    }
  }
}

function notTried(cause: Extract<HttpResult, { kind: 'not-tried' }>['cause'], waitMs: number): HttpResult {
  return { kind: 'not-tried', cause, waitMs }
}

/** Being told to slow down says nothing against the destination. */
function isFailure(result: unknown): boolean {
  const { kind, cause } = result as HttpResult & { cause?: string }
  return kind !== 'answered' && cause !== 'rate-limited'
}

function wasStopped(result: HttpResult): boolean {
  return result.kind === 'not-tried' || (result.kind === 'unavailable' && result.cause === 'stopped')
}

class Stopped extends Error {
  readonly result: HttpResult

  constructor(result: HttpResult) {
    super('stopped by us')
    this.result = result
  }
}

/** Tells when the first byte is about to be written: before that, a failure has certainly not reached the destination. */
function onStart(notify: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (controller, context) => {
      notify()
      start?.(controller, context)
    }
    return dispatch(options, handler)
  }
}

async function readBounded(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8')
}

function parseBody(text: string, parse: (text: string) => unknown): unknown {
  if (text === '') return undefined
  try {
    return parse(text)
  } catch {
    return text
  }
}

function flattenHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}

function isInvalidRequest(err: unknown): boolean {
  return hasCode(err, 'UND_ERR_INVALID_ARG')
}

function hasCode(err: unknown, code: string): boolean {
  return err instanceof Error && 'code' in err && err.code === code
}
