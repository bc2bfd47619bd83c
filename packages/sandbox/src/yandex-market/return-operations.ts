import { formatDate } from './market-time.ts'
import { type Answer, failed, ok, operation } from './operation.ts'
import { badContent, findOrder, type OperationDeps, orderMissing } from './order-operations.ts'
import { roubles } from './order-wire.ts'
import { pageOf } from './paging.ts'
import * as schema from './request-schemas.ts'
import { isKeptByBuyer, type MarketReturn, returnOnWire } from './return.ts'
import { isWaitingForDecision } from './return-graph.ts'
import type { ReturnLife } from './return-life.ts'
import { DECLINE_REASONS, type DecisionType, programOf } from './statuses.ts'

/** Returns and what the seller decides about them. */
export function returnOperations(deps: OperationDeps & { returns: ReturnLife }) {
  const { findings } = deps
  const returnMissing = (returnId: string, orderId: string | undefined): Answer => {
    findings.violation('unknown-subject', orderId, `no such return: ${returnId}`)
    return failed(404, `Return ${returnId} for order ${orderId ?? '?'} is not found`)
  }

  return [
    operation({
      id: 'getReturns',
      method: 'GET',
      path: '/v2/campaigns/{campaignId}/returns',
      hourly: 5_000,
      query: schema.returnsQuery,
      handle({ params, query }): Answer {
        const found = [...deps.store().returns.values()].filter(
          (one) => one.campaignId === params.campaignId && fits(one, query),
        )
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        return ok({ paging: page.paging, returns: page.items.map(returnOnWire) })
      },
    }),

    operation({
      id: 'getReturn',
      method: 'GET',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/returns/{returnId}',
      hourly: 7_000,
      handle({ params }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const one = deps.store().returns.get(params.returnId)
        return one?.orderId === order.orderId ? ok(returnOnWire(one)) : returnMissing(params.returnId, order.orderId)
      },
    }),

    operation({
      id: 'getReturnAvailableDecisions',
      method: 'POST',
      path: '/v1/businesses/{businessId}/returns/decisions',
      hourly: 5_000,
      body: schema.availableDecisionsBody,
      handle({ body }): Answer {
        const one = deps.store().returns.get(body.returnId)
        if (one === undefined || one.campaignId !== body.campaignId) return returnMissing(body.returnId, one?.orderId)
        return ok({ availableDecisions: availableDecisions(one) })
      },
    }),

    operation({
      id: 'submitReturnDecision',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/returns/{returnId}/decision/submit',
      isWrite: true,
      hourly: 5_000,
      body: schema.decisionBody,
      handle({ params, body }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const one = deps.store().returns.get(params.returnId)
        if (one?.orderId !== order.orderId) return returnMissing(params.returnId, order.orderId)
        const decisions = body.returnItemDecisions
        if (!isWaitingForDecision(one.refundStatus)) {
          const message = `Decision is not allowed for return ${one.id} with status ${one.refundStatus ?? 'none'}`
          if (one.wasDecisionAnswered) findings.violation('repeated', order.orderId, message)
          else if (one.decisions.length === 0) findings.violation('bad-transition', order.orderId, message)
          return failed(400, message)
        }
        const fault = decisionFault(one, decisions)
        if (fault !== undefined) return badContent(findings, order, fault)
        deps.returns.decide(one, decisions)
        return ok(undefined, () => {
          one.wasDecisionAnswered = true
        })
      },
    }),
  ]
}

function fits(one: MarketReturn, query: schema.ReturnsFilter): boolean {
  const updated = formatDate(one.updatedAt)
  const has = <T>(wanted: readonly T[] | undefined, value: T | undefined) =>
    wanted === undefined || (value !== undefined && wanted.includes(value))
  return (
    has(query.orderIds, one.orderId) &&
    has(query.statuses, one.refundStatus) &&
    has(query.shipmentStatuses, one.shipmentStatus) &&
    (query.type === undefined || query.type === one.type) &&
    (query.fromDate === undefined || updated >= query.fromDate) &&
    (query.toDate === undefined || updated <= query.toDate)
  )
}

interface AvailableDecision {
  decisionType: DecisionType
  decisionReasonTypes?: readonly string[]
  partialCompensationBounds?: { minAmount: object; maxAmount: object; maxPercent: number }
}

/** What may be decided now; nothing where nobody waits. */
function availableDecisions(one: MarketReturn): AvailableDecision[] {
  if (!isWaitingForDecision(one.refundStatus)) return []
  const amount = one.lines.reduce((sum, line) => sum + line.amount, 0)
  const decline = { decisionType: 'DECLINE_REFUND', decisionReasonTypes: DECLINE_REASONS } as const
  const partial = {
    decisionType: 'PARTIAL_MONEY_REFUND',
    partialCompensationBounds: {
      minAmount: roubles(Math.round(amount * 0.1)),
      maxAmount: roubles(Math.round(amount * 0.5)),
      maxPercent: 50,
    },
  } as const
  if (isKeptByBuyer(one)) return [{ decisionType: 'FAST_REFUND_MONEY' }, decline]
  if (programOf(one.model) !== 'DBS') return [{ decisionType: 'REFUND_MONEY' }, decline, partial]
  return [
    { decisionType: 'REFUND_MONEY' },
    { decisionType: 'REFUND_MONEY_INCLUDING_SHIPMENT' },
    { decisionType: 'REPAIR' },
    { decisionType: 'REPLACE' },
    { decisionType: 'SEND_TO_EXAMINATION' },
    decline,
    { decisionType: 'OTHER_DECISION' },
  ]
}

const WITH_COMMENT: readonly string[] = [
  'REFUND_MONEY_INCLUDING_SHIPMENT',
  'REPAIR',
  'DECLINE_REFUND',
  'OTHER_DECISION',
] satisfies DecisionType[]

type SentDecision = (typeof schema.decisionBody)['_output']['returnItemDecisions'][number]

function decisionFault(one: MarketReturn, decisions: readonly SentDecision[]): string | undefined {
  const available = availableDecisions(one)
  const amount = one.lines.reduce((sum, line) => sum + line.amount, 0) / 100
  const open = one.lines.filter(({ itemId }) => !decisions.some(({ returnItemId }) => returnItemId === itemId))
  if (open.length > 0) return `No decision for return items ${open.map(({ itemId }) => itemId).join(', ')}`
  for (const decision of decisions) {
    const { returnItemId, decisionType, decisionReasonType, comment, compensation } = decision
    if (!one.lines.some(({ itemId }) => itemId === returnItemId)) return `Return item ${returnItemId} is not found`
    if (!available.some((known) => known.decisionType === decisionType))
      return `Decision ${decisionType} is not available`
    if (decisionType === 'DECLINE_REFUND' && decisionReasonType === undefined) return 'decisionReasonType is required'
    if (WITH_COMMENT.includes(decisionType) && !comment) return `A comment is required for ${decisionType}`
    const isPartial = decisionType === 'PARTIAL_MONEY_REFUND'
    if (isPartial !== (compensation !== undefined)) return 'compensation goes with PARTIAL_MONEY_REFUND'
    if (compensation !== undefined && (compensation.value < amount * 0.1 || compensation.value > amount * 0.5)) {
      return 'compensation is out of its bounds'
    }
  }
  return undefined
}
