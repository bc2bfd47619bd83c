import type { Context } from 'hono'
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { createCallFaultPlayer, cutConnection } from '../call-faults.ts'
import { type Memory, type ReceivedCall, readCall } from '../calls.ts'
import type { Timers } from '../timers.ts'
import type { CallFault, Faults } from './faults.ts'
import { createOperationFinder } from './find-operation.ts'
import type { Findings } from './findings.ts'
import { parseJson } from './json-int64.ts'
import { type Answer, type CallParams, errorBody, failed, type Operation } from './operation.ts'
import { budgetHeaders, type CountedCall, parallelText, type RateLimits, resourceText } from './rate-limits.ts'
import type { ApiKey, Settings } from './settings.ts'

/** One call of the seller at the Partner API, with what became of it. */
export interface MarketCall extends ReceivedCall {
  seq: number
  at: string
  durationMs: number
  /** Null: no operation of the Market. */
  operation: string | null
  campaignId: number | null
  /** What it is about, as far as path and body say so. */
  orderIds: string[]
  /** Null: no answer reached the seller, whether the call was processed or not. */
  answer: { status: number; headers: Record<string, string>; body: unknown } | null
  /** The fault that hit this call; `down` while the Market is out of order. */
  fault: string | null
}

export interface AnswerCallDeps {
  timers: Timers
  settings: () => Settings
  operations: readonly Operation[]
  limits: RateLimits
  faults: Faults
  findings: Findings
  calls: Memory<MarketCall>
  count: (call: MarketCall) => void
  /** How calls are answered while the Market is out of order; undefined: it is not. */
  outage: () => 'cut' | 503 | undefined
}

/** 512 KB. */
const MAX_BODY_BYTES = 512 * 1024

/** What is known of a call once its operation, key and store are. */
interface KnownCall {
  operation: Operation
  params: CallParams
  key: ApiKey
  counted: CountedCall
  query: unknown
  body: unknown
}

type Checked = { kind: 'known'; call: KnownCall } | { kind: 'refused'; answer: Answer }

/**
 * Answers calls as strictly as the Market may: path and method, key, access, parallel limit, budget, media type, size and
 * form of the request, then the operation itself. Whatever a strict Market would object to becomes a violation.
 */
export function createCallAnswerer(deps: AnswerCallDeps) {
  const { findings, limits } = deps
  const player = createCallFaultPlayer(deps.timers)
  const find = createOperationFinder(deps.operations)
  /** Changes under way, by order. */
  const writing = new Map<string, Set<string>>()
  /** Entities with a call that a fault keeps open. */
  let keptOpen = 0

  async function answerCall(c: Context): Promise<Response> {
    const received = await readCall(c.req)
    const { pathname } = new URL(c.req.url)
    const { signal } = c.req.raw
    const found = find(received.method, pathname)
    const params = found.kind === 'found' ? found.params : undefined
    const orderIds = found.kind === 'found' ? ordersOf(found.operation, found.params, received) : []
    const operationId = found.kind === 'found' ? found.operation.id : undefined
    const outage = deps.outage()
    const fault = outage === undefined && operationId ? deps.faults.takeForCall(orderIds, operationId) : undefined

    let headers: Record<string, string> = {}
    const { at, durationMs, answer } = await player.measure(signal, async () => {
      if (outage !== undefined) return outage === 'cut' ? null : failed(503, 'The Market is out of order')
      if (found.kind !== 'found') return refuseRoute(found, received)
      const access = checkAccess(found.operation, found.params, received.headers)
      if ('status' in access) return access
      const counted = countedCall(found.operation, found.params, deps.settings())
      const leave = limits.enter(counted)
      if (leave === undefined) {
        headers = budgetHeaders(limits.budgetOf(counted))
        return refuseParallel(counted)
      }
      const end = beginWriting(found.operation, orderIds)
      if (fault !== undefined) keptOpen += 1
      // A caller that has gone no longer counts.
      signal.addEventListener('abort', () => end(), { once: true })
      try {
        const checked = check(found.operation, found.params, access, counted, received)
        const result = await answerOf(checked, fault, signal)
        headers = result === null ? {} : result.headers
        return result?.answer ?? null
      } finally {
        if (fault !== undefined) keptOpen -= 1
        end()
        leave()
      }
    })

    const { method, path, headers: sent, body } = received
    const remembered = deps.calls.add({
      seq: deps.calls.total() + 1,
      at,
      method,
      path,
      headers: sent,
      body,
      durationMs,
      operation: operationId ?? null,
      campaignId: params?.campaignId || null,
      orderIds,
      answer: answer === null ? null : { status: answer.status, headers, body: answer.body ?? null },
      fault: outage === undefined ? (fault?.fault ?? null) : 'down',
    })
    deps.count(remembered)
    if (answer === null) return cutConnection(c)
    answer.onAnswered?.()
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    if (fault?.fault === 'garble')
      return c.body('{"status":"OK","result":', 200, { 'content-type': 'application/json' })
    return answer.body === undefined
      ? c.body(null, answer.status as StatusCode)
      : c.json(answer.body as object, answer.status as ContentfulStatusCode)
  }

  function refuseRoute(found: Exclude<ReturnType<typeof find>, { kind: 'found' }>, { method, path }: ReceivedCall) {
    const what = `${method} ${path}`
    switch (found.kind) {
      case 'wrong-method':
        findings.violation('unknown-operation', undefined, `${what}: wrong method`)
        return failed(405, `Request method '${method}' not supported`)
      case 'deprecated':
        findings.violation('deprecated', undefined, `${what}: ${found.id}`)
        return failed(403, 'The method is deprecated and is occasionally forbidden. Use another one')
      case 'unknown':
        findings.violation('unknown-operation', undefined, `${what}: no such path`)
        return failed(404, 'Not found')
    }
  }

  /** The key that may do this, or why not. */
  function checkAccess(operation: Operation, params: CallParams, headers: ReceivedCall['headers']): ApiKey | Answer {
    const { apiKeys, businessId, campaigns } = deps.settings()
    const key = apiKeys.find((one) => one.key === headers['api-key'])
    if (key === undefined) {
      findings.violation('unauthorized', undefined, `${operation.id}: Api-Key is missing or wrong`)
      return failed(401, headers['api-key'] === undefined ? 'Api-Key token is missing' : 'Api-Key token is invalid')
    }
    if (headers['x-market-integration'] === undefined) {
      findings.remark('no-integration-header', undefined, operation.id)
    }
    const forbid = (message: string, isViolation = true) => {
      if (isViolation) findings.violation('forbidden', params.orderId || undefined, `${operation.id}: ${message}`)
      return failed(403, message)
    }
    if (!isAllowed(key, operation)) return forbid('Token does not have any of the scopes to access the API method')
    if (operation.path.includes('{businessId}') && params.businessId !== businessId) {
      return forbid(`Access denied to business ${params.businessId}`)
    }
    if (!operation.path.includes('{campaignId}')) return key
    const campaign = campaigns.find(({ campaignId }) => campaignId === params.campaignId)
    if (campaign === undefined) return forbid(`Access denied to campaign ${params.campaignId}`)
    if (campaign.apiAvailability === 'AVAILABLE' || operation.scope === 'settings') return key
    return forbid(disabledText(params.campaignId, campaign.apiAvailability), false)
  }

  function refuseParallel(counted: CountedCall): Answer {
    const message = parallelText(deps.settings().parallelLimit, counted)
    if (keptOpen > 0) findings.remark('parallel-limit', undefined, message)
    else findings.violation('parallel-limit', undefined, message)
    return failed(420, message)
  }

  /** Media type, size and form of query and body. */
  function check(
    operation: Operation,
    params: CallParams,
    key: ApiKey,
    counted: CountedCall,
    received: ReceivedCall & { rawBody: string },
  ): Checked & { counted: CountedCall; cost: number } {
    const refuse = (status: number, message: string) => {
      findings.violation('malformed', params.orderId || undefined, `${operation.id}: ${message}`)
      return { kind: 'refused' as const, answer: failed(status, message), counted, cost: 1 }
    }
    const { headers, rawBody } = received
    if (Buffer.byteLength(rawBody) > MAX_BODY_BYTES) return refuse(413, 'Request body is larger than 512 KB')
    const hasBody = rawBody !== ''
    if (hasBody && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      return refuse(415, `Content type '${headers['content-type'] ?? ''}' not supported`)
    }
    const query = parsed(operation.query ?? z.strictObject({}), queryOf(received.path))
    if (!query.success) return refuse(400, `Query: ${textOf(query.error)}`)
    const body = hasBody ? read(rawBody) : undefined
    if (body === NOT_JSON) return refuse(400, 'Request body is not readable JSON')
    // An empty body where nothing can be said means as much as none.
    if (operation.body === undefined) {
      if (hasBody && JSON.stringify(body) !== '{}') return refuse(400, 'Request body is not expected')
      return {
        kind: 'known',
        call: { operation, params, key, counted, query: query.data, body: undefined },
        counted,
        cost: 1,
      }
    }
    const content = parsed(operation.body, body)
    if (!content.success && !hasBody) return refuse(400, 'Required request body is missing')
    if (!content.success) return refuse(400, textOf(content.error))
    const cost = content.data === undefined ? 1 : operation.costOf(content.data)
    return {
      kind: 'known',
      call: { operation, params, key, counted, query: query.data, body: content.data },
      counted,
      cost,
    }
  }

  /** Null: never answered. */
  async function answerOf(
    checked: ReturnType<typeof check>,
    fault: CallFault | undefined,
    signal: AbortSignal,
  ): Promise<{ answer: Answer; headers: Record<string, string> } | null> {
    const { counted, cost } = checked
    if (!limits.spend(counted, cost)) {
      const budget = limits.budgetOf(counted)
      const message = resourceText(budget.limit, counted)
      findings.remark('budget-used-up', undefined, message)
      return { answer: failed(420, message), headers: budgetHeaders({ ...budget, remaining: 0 }) }
    }
    const withBudget = (answer: Answer) => ({ answer, headers: budgetHeaders(limits.budgetOf(counted)) })
    const process = () =>
      withBudget(checked.kind === 'refused' ? checked.answer : checked.call.operation.handle(checked.call))
    const { latencyMs, parallelLimit } = deps.settings()
    switch (fault?.fault) {
      case undefined:
        return latencyMs > 0 ? await player.play({ fault: 'slow', delayMs: latencyMs }, process, signal) : process()
      case 'garble': {
        const { answer, headers } = process()
        return { answer: { ...answer, onAnswered: undefined }, headers }
      }
      case 'answer':
        return withBudget({ status: fault.status, body: errorBody(fault.status, fault.message) })
      case 'api-disabled':
        return withBudget(failed(403, disabledText(checked.counted.entity.replace(/\D/g, ''), 'MANUALLY_DISABLED')))
      case 'parallel-limit':
        return withBudget(failed(420, parallelText(parallelLimit, counted)))
      case 'resource-limit': {
        const { limit } = limits.budgetOf(counted)
        const until = new Date(Math.ceil((deps.timers.now().getTime() + fault.waitMs) / 1_000) * 1_000)
        return {
          answer: failed(420, resourceText(limit, counted)),
          headers: budgetHeaders({ limit, remaining: 0, until }),
        }
      }
      case 'slow':
      case 'hang':
      case 'lose-answer':
      case 'cut':
        return await player.play(fault, process, signal)
    }
  }

  /** Two changes of one order at the same time are a fault of the seller's. */
  function beginWriting(operation: Operation, orderIds: readonly string[]): () => void {
    if (!operation.isWrite) return () => {}
    const marks = orderIds.map((orderId) => {
      const others = writing.get(orderId) ?? new Set<string>()
      if (others.size > 0) {
        findings.violation('overlap', orderId, `${operation.id} while ${[...others].join(', ')} is under way`)
      }
      others.add(operation.id)
      writing.set(orderId, others)
      return { orderId, others }
    })
    return () => {
      for (const { orderId, others } of marks) {
        others.delete(operation.id)
        if (others.size === 0 && writing.get(orderId) === others) writing.delete(orderId)
      }
    }
  }

  return { answerCall, isIdle: player.isIdle, releaseHanging: player.releaseHanging }
}

function isAllowed({ scopes }: ApiKey, { scope, isWrite }: Operation): boolean {
  if (scope === 'any' || scopes.includes('ALL_METHODS')) return true
  if (!isWrite && scopes.includes('ALL_METHODS_READ_ONLY')) return true
  if (scope === 'orders') return scopes.includes('INVENTORY_AND_ORDER_PROCESSING')
  return scope === 'communication' && scopes.includes('COMMUNICATION')
}

function countedCall(operation: Operation, params: CallParams, { businessId }: Settings): CountedCall {
  const entity = params.campaignId > 0 ? `campaignId ${params.campaignId}` : `businessId ${businessId}`
  return { operation: operation.id, entity, resource: operation.path, hourly: operation.hourly }
}

/** The path names one; query and body may name many, if they can be read. */
function ordersOf(
  operation: Operation,
  params: CallParams,
  { path, rawBody }: { path: string; rawBody: string },
): string[] {
  if (params.orderId !== '') return [params.orderId]
  const body = parsed(operation.body ?? z.undefined(), rawBody === '' ? undefined : read(rawBody))
  const query = parsed(operation.query ?? z.unknown(), queryOf(path))
  return body.success && query.success ? operation.ordersIn(body.data, query.data) : []
}

function disabledText(campaignId: number | string, availability: string): string {
  switch (availability) {
    case 'DISABLED_BY_INACTIVITY':
      return `API for campaign ${campaignId} disabled due to inactivity`
    case 'DISABLED_BY_NO_ACTIVE_CONTRACT':
      return `API for campaign ${campaignId} disabled due to no active contract`
    default:
      return `API for campaign ${campaignId} manually disabled`
  }
}

const NOT_JSON = Symbol('not JSON')

function read(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return NOT_JSON
  }
}

function parsed(schema: z.ZodType, value: unknown) {
  return schema.safeParse(value)
}

/** Repeated names become lists. */
function queryOf(path: string): Record<string, string | string[]> {
  const { searchParams } = new URL(path, 'http://market.invalid')
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name)
      return [name, values.length > 1 ? values : (values[0] ?? '')]
    }),
  )
}

function textOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ')
}
