import { setTimeout as wait } from 'node:timers/promises'
import type { Performed } from '@sluice/marketplace-port'
import type { Outcome } from '@sluice/orders'
import {
  createHttpClient,
  createRateBudget,
  type HttpCall,
  type HttpResult,
  type RateBudgetOptions,
  type Redis,
} from '@sluice/outbound'
import { parseWireJson } from '@sluice/wire'
import {
  type Answer,
  bodyOf,
  classifyAnswer,
  classifyBeforeRepeat,
  classifyByState,
  classifyState,
  type ReadFailure,
  readFailure,
  type StateRead,
  type TokenFailure,
  unwrapAnswer,
} from './classify.ts'
import { createCredentials } from './credentials.ts'
import { type Exchange, toEvidence } from './exchange.ts'
import { type KuperReport, type ReportedOrder, type ReportPolicy, toNotification } from './notification.ts'
import { isVisible } from './order-state.ts'
import type { KuperApiSettings } from './settings-schema.ts'
import { type Shipment, type ShipmentQuery, toShipmentPage, toShipmentQuery } from './shipment.ts'

export interface KuperClient {
  /** Sends one report and says what it came to; reads the order's state where the answer alone does not tell. */
  notify(report: KuperReport, order: ReportedOrder, attempt: ReportAttempt): Promise<Performed>
  /** One page; `nextPageToken` is absent on the last. Shipments that name no order are left out. */
  listShipments(
    page: ShipmentQuery,
    signal?: AbortSignal,
  ): Promise<
    { kind: 'page'; shipments: Shipment[]; nextPageToken?: string } | { kind: 'unreadable'; outcome: ReadFailure }
  >
  close(): Promise<void>
}

export interface ReportAttempt {
  idempotencyKey: string
  /** Any earlier attempt may have arrived (its outcome was unclear, or was never recorded): the state is read first. */
  wasUnclear: boolean
  /** When `ready_for_delivery` of this order was taken by Kuper. */
  readyReportedAt?: Date
  policy: ReportPolicy
  signal?: AbortSignal
}

export interface KuperClientDeps {
  redis: Redis
  /** Calls go out uncounted because Redis does not answer. */
  onRateBudgetUnavailable?: RateBudgetOptions['onUnavailable']
  now?: () => number
}

/** The second call of an attempt (state after 422, repeat after 401) waits so long for the rate budget. */
const PATIENCE_MS = 5_000

/** Token and rate budget are shared with every process of the account; connections and breaker belong to this client. */
export function createKuperClient(account: { id: string; api: KuperApiSettings }, deps: KuperClientDeps): KuperClient {
  const { api } = account
  const now = deps.now ?? Date.now
  const http = createHttpClient(
    {
      name: `Kuper ${account.id}`,
      baseUrl: api.baseUrl,
      timeoutMs: api.timeoutMs,
      headers: { 'api-version': api.apiVersion },
    },
    {
      rateBudget: createRateBudget(deps.redis, {
        key: `kuper:${account.id}`,
        perSecond: api.requestsPerSecond,
        burst: Math.ceil(api.requestsPerSecond),
        ...(deps.onRateBudgetUnavailable && { onUnavailable: deps.onRateBudgetUnavailable }),
      }),
    },
  )
  const credentials = createCredentials(account, deps.redis)

  return {
    async notify(report, order, attempt) {
      const exchanges: Exchange[] = []
      const call: HttpCall = {
        method: 'POST',
        path: api.notificationsPath,
        json: toNotification(report, order, { ...attempt.policy, ...api }),
        idempotencyKey: attempt.idempotencyKey,
        ...(attempt.signal && { signal: attempt.signal }),
      }
      const outcome = await perform(report, order, attempt, call, exchanges)
      const evidence = toEvidence(call, exchanges)
      // What was unclear stays unclear until the state has been seen: a 429 to the repeat says nothing about the first.
      return outcome.kind === 'unavailable' && attempt.wasUnclear
        ? { outcome: { ...outcome, isUnclear: true }, evidence }
        : { outcome, evidence }
    },
    async listShipments(asked, signal) {
      const answer = await send({ ...get(api.shipmentsPath, signal), query: toShipmentQuery(asked) }, [], 0)
      const failure = readFailure(answer)
      if (failure === 'unknown-order') {
        return { kind: 'unreadable', outcome: { kind: 'refused', fault: 'ours', status: 404, detail: 'no such list' } }
      }
      if (failure) return { kind: 'unreadable', outcome: failure }
      const page = toShipmentPage(bodyOf(answer))
      if (page) return { kind: 'page', ...page }
      return { kind: 'unreadable', outcome: { kind: 'refused', fault: 'theirs', detail: 'the answer is no list' } }
    },
    async close() {
      await Promise.all([http.close(), credentials.close()])
    },
  }

  /**
   * Crash or lost answer at any point: the effect is tried again with `wasUnclear`, the state shows what was done; steps
   * that no state shows are repeated, which Kuper answers 202 (or 422, taken as done then).
   */
  async function perform(
    { step }: KuperReport,
    { externalId }: ReportedOrder,
    attempt: ReportAttempt,
    call: HttpCall,
    exchanges: Exchange[],
  ): Promise<Outcome> {
    const { wasUnclear, readyReportedAt, signal } = attempt
    if (wasUnclear && isVisible(step)) {
      const settled = classifyBeforeRepeat(step, await readState(externalId, signal, exchanges, 0))
      if (settled) return settled
    }
    const verdict = classifyAnswer(step, await send(call, exchanges, exchanges.length > 0 ? PATIENCE_MS : 0))
    if (verdict.kind !== 'look-up') return verdict
    return classifyByState(step, verdict, await readState(externalId, signal, exchanges, PATIENCE_MS), {
      wasUnclear,
      ...(readyReportedAt && { sinceReadyMs: now() - readyReportedAt.getTime() }),
    })
  }

  async function readState(
    externalId: string,
    signal: AbortSignal | undefined,
    exchanges: Exchange[],
    patienceMs: number,
  ): Promise<StateRead> {
    const path = `${api.shipmentsPath}/${encodeURIComponent(externalId)}/state`
    return classifyState(await send(get(path, signal), exchanges, patienceMs))
  }

  /** With credentials; new ones once after 401 or 403 (specification 4.2). */
  async function send(call: HttpCall, exchanges: Exchange[], patienceMs: number): Promise<Answer> {
    const first = await sendOnce(call, exchanges, patienceMs)
    if (!('answer' in first)) return first
    const { answer, token } = first
    if (answer.kind !== 'answered' || (answer.status !== 401 && answer.status !== 403)) return answer
    if (!(await credentials.renew(token))) return answer
    const second = await sendOnce(call, exchanges, PATIENCE_MS)
    return 'answer' in second ? second.answer : second
  }

  async function sendOnce(
    call: HttpCall,
    exchanges: Exchange[],
    patienceMs: number,
  ): Promise<{ answer: HttpResult; token: string } | TokenFailure> {
    const credential = await credentials.get()
    if (credential.kind !== 'token') return credential
    const headers = credentials.toHeaders(credential.token)
    const answer = unwrapAnswer(await callPatiently({ ...call, headers, parse: parseWireJson }, patienceMs))
    if (answer.kind !== 'not-tried') exchanges.push({ call, result: answer })
    return { answer, token: credential.token }
  }

  async function callPatiently(call: HttpCall, patienceMs: number): Promise<HttpResult> {
    const until = now() + patienceMs
    for (;;) {
      const result = await http.call(call)
      if (result.kind !== 'not-tried' || result.cause !== 'rate-budget' || now() + result.waitMs > until) return result
      // Ends early when stopping; the next call then says so.
      await wait(result.waitMs, undefined, { ...(call.signal && { signal: call.signal }) }).catch(() => {})
    }
  }

  function get(path: string, signal: AbortSignal | undefined): HttpCall {
    return { method: 'GET', path, ...(signal && { signal }) }
  }
}
