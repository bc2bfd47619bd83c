import { setTimeout as wait } from 'node:timers/promises'
import { type CallPriority, createCallBudget, createHttpClient, type HttpResult, type Redis } from '@sluice/outbound'
import { parseWireJson } from '@sluice/wire'
import type { YandexMarketApiSettings } from '../settings-schema.ts'
import { type Answer, classifyAnswer, limitsOf } from './classify-answer.ts'
import type { Exchange } from './exchange.ts'
import { type CallEntity, type MarketCall, type Operation, operations } from './market-calls.ts'

export interface SendOptions {
  priority: CallPriority
  /** How long the call may wait for the budget. After that it is `not-tried`. */
  patienceMs: number
  /** See `classifyAnswer`. */
  secrets?: readonly string[]
  signal?: AbortSignal
}

export interface Sent {
  answer: Answer
  /** Absent when nothing was sent. */
  exchange?: Exchange
}

/** Makes calls within the limits that all processes share (specification 3.2). */
export interface MarketCaller {
  send(call: MarketCall, options: SendOptions): Promise<Sent>
  /** `build` is asked for the call once the budget has granted it. */
  sendLater(
    target: { operation: Operation; entity: CallEntity },
    build: () => MarketCall,
    options: SendOptions,
  ): Promise<Sent>
  close(): Promise<void>
}

export interface MarketCallerDeps {
  redis: Redis
  /** Calls go out uncounted because Redis does not answer. */
  onBudgetUnavailable?: () => void
  now: () => number
}

/** A time-out bounds the call; the rest is for slow clocks and busy processes. */
const LEASE_MARGIN_MS = 10_000
/** 50 orders of hundreds of articles each. */
const MAX_BODY_BYTES = 16 * 1_048_576
/** Nobody is sent away for longer: the allowance may come back sooner, and asking again costs nothing. */
const MAX_WAIT_MS = 300_000
const STOPPING_WAIT_MS = 1_000

export function createMarketCaller(
  account: { id: string; api: YandexMarketApiSettings },
  deps: MarketCallerDeps,
): MarketCaller {
  const { now } = deps
  const { api } = account
  const http = createHttpClient(
    {
      name: `Yandex Market ${account.id}`,
      baseUrl: api.baseUrl,
      timeoutMs: api.timeoutMs,
      headers: {
        'api-key': api.apiKey,
        'x-market-integration': `${api.integrationName}/${api.integrationVersion}`,
      },
    },
    { maxBodyBytes: MAX_BODY_BYTES },
  )
  // The Market counts for cabinets and stores, whatever the account is called: accounts of one cabinet share its budget.
  const budget = createCallBudget(deps.redis, {
    key: 'yandex-market',
    parallel: api.parallel,
    leaseMs: api.timeoutMs + LEASE_MARGIN_MS,
    ...(deps.onBudgetUnavailable && { onUnavailable: deps.onBudgetUnavailable }),
  })

  return {
    send: (call, options) => sendLater(call, () => call, options),
    sendLater,
    close: () => http.close(),
  }

  /**
   * Crash while a call is out: its slot is free again after its lease, it stays counted, and the effect's next attempt is
   * told that this one is unclear.
   */
  async function sendLater(
    target: { operation: Operation; entity: CallEntity },
    build: () => MarketCall,
    options: SendOptions,
  ): Promise<Sent> {
    const { priority, patienceMs, signal } = options
    const giveUpAt = now() + patienceMs
    let sent: Exchange | undefined
    for (;;) {
      if (signal?.aborted) return toSent(notTried('stopping', STOPPING_WAIT_MS), sent)
      const once = await sendOnce(target, build, options, priority)
      if ('answer' in once) return once
      sent = once.exchange ?? sent
      if (now() + once.waitMs > giveUpAt) return toSent(notTried('rate-budget', once.waitMs), sent)
      // Ends early when stopping; the next look at the signal then says so.
      await wait(once.waitMs, undefined, { ...(signal && { signal }) }).catch(() => {})
    }
  }

  async function sendOnce(
    { operation, entity }: { operation: Operation; entity: CallEntity },
    build: () => MarketCall,
    { secrets, signal }: SendOptions,
    priority: CallPriority,
  ): Promise<Sent | { waitMs: number; exchange?: Exchange }> {
    const perHour = api.hourlyBudgets[operation] ?? operations[operation].perHour
    const grant = await budget.take({ entity, resource: operation, perHour, priority })
    if (grant.kind === 'wait') return { waitMs: grant.waitMs }
    let result: HttpResult | undefined
    let call: MarketCall
    try {
      call = build()
      result = await http.call(toHttpCall(call, signal))
    } finally {
      await grant.release(seenIn(result))
    }
    const answer = classifyAnswer(result, now(), secrets)
    const exchange = result.kind === 'not-tried' ? undefined : { call, result }
    if (answer.kind !== 'limited') return toSent(answer, exchange)
    await budget.block(entity, operation, answer.untilMs)
    const waitMs = Math.min(Math.max(answer.untilMs - now(), 0), MAX_WAIT_MS)
    return { waitMs, ...(exchange && { exchange }) }
  }
}

function toHttpCall({ method, path, query, json }: MarketCall, signal: AbortSignal | undefined) {
  return {
    method,
    path,
    ...(query && { query }),
    ...(json !== undefined && { json }),
    ...(signal && { signal }),
    parse: (text: string) => parseWireJson(text),
  }
}

/** A call that failed before its first byte is not counted by the Market. */
function seenIn(result: HttpResult | undefined) {
  switch (result?.kind) {
    case 'answered':
      return limitsOf(result.headers)
    case 'unavailable':
      return { isUnsent: !result.isUnclear && result.status === undefined }
    case 'not-tried':
    case undefined:
      return { isUnsent: true }
  }
}

function notTried(cause: 'stopping' | 'rate-budget', waitMs: number): Answer {
  return { kind: 'not-tried', cause, waitMs }
}

function toSent(answer: Answer, exchange: Exchange | undefined): Sent {
  return { answer, ...(exchange && { exchange }) }
}
