import { filterFault, fits } from './filter-orders.ts'
import type { Findings } from './findings.ts'
import { int64 } from './json-int64.ts'
import { judgeTransition, type TransitionFacts } from './judge-transition.ts'
import { formatDate } from './market-time.ts'
import { type Answer, type CallParams, failed, ok, operation } from './operation.ts'
import { type Command, codesState, type MarketOrder } from './order.ts'
import type { OrderLife } from './order-life.ts'
import { businessOrder, oldOrder } from './order-wire.ts'
import { pageOf } from './paging.ts'
import * as schema from './request-schemas.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

export interface OperationDeps {
  store: () => Store
  now: () => Date
  findings: Findings
  life: OrderLife
}

/** Reading orders and changing their status. */
export function orderOperations(deps: OperationDeps & { settings: () => Settings }) {
  const { findings, life } = deps
  /** `itemStatuses` is optional: of every fourth order nothing is said. */
  const tellsUnits = ({ orderId }: MarketOrder): boolean => !deps.settings().hasVariety || Number(orderId) % 4 !== 0

  /** One order is changed as the seller wants, or it is said why not. */
  function changeStatus(
    order: MarketOrder,
    wanted: { status: string; substatus?: string | undefined },
  ): { kind: 'changed'; command: Command; operationId?: string } | { kind: 'refused'; message: string } {
    const verdict = judgeTransition(factsOf(order), wanted)
    const name = wanted.substatus === undefined ? wanted.status : `${wanted.status}/${wanted.substatus}`
    switch (verdict.kind) {
      case 'refused':
        noteRefusal(deps, order, { ...wanted, name }, verdict.message)
        return { kind: 'refused', message: verdict.message }
      case 'operation': {
        const isUnderWay = [...deps.store().operations.values()].some(
          ({ orderId, status }) => orderId === order.orderId && status === 'IN_PROGRESS',
        )
        if (isUnderWay) {
          const message = `Transition '${order.status}' -> 'CANCELLED' is not allowed. Reason: it is under way`
          noteRefusal(deps, order, { ...wanted, name }, message)
          return { kind: 'refused', message }
        }
        const operationId = life.startOperation(order)
        return { kind: 'changed', command: addCommand(order, name, deps.now()), operationId }
      }
      case 'set': {
        const command = addCommand(order, name, deps.now())
        life.applyTransition(order, verdict.status, verdict.substatus)
        return { kind: 'changed', command }
      }
    }
  }

  return [
    operation({
      id: 'getBusinessOrders',
      method: 'POST',
      path: '/v1/businesses/{businessId}/orders',
      hourly: 10_000,
      query: schema.ordersQuery,
      body: schema.ordersBody,
      ordersIn: ({ orderIds }) => orderIds ?? [],
      handle({ query, body }): Answer {
        const fault = filterFault(body)
        if (fault !== undefined) return badContent(findings, undefined, fault)
        const found = [...deps.store().orders.values()].filter((order) => fits(order, body, deps.now()))
        const page = pageOf(found, query)
        if (page === undefined) return badContent(findings, undefined, 'Bad page token')
        const onAnswered = () => {
          for (const order of page.items) for (const command of order.commands) command.wasRead = true
        }
        return {
          status: 200,
          body: { orders: page.items.map((order) => businessOrder(order, tellsUnits(order))), paging: page.paging },
          onAnswered,
        }
      },
    }),

    operation({
      id: 'updateOrderStatus',
      method: 'PUT',
      path: '/v2/campaigns/{campaignId}/orders/{orderId}/status',
      hourly: 10_000,
      body: schema.orderStatusBody,
      handle({ params, body }): Answer {
        const order = findOrder(deps, params)
        if (order === undefined) return orderMissing(deps, params)
        const realDate = body.order.delivery?.dates?.realDeliveryDate
        const dateFault =
          realDate === undefined ? undefined : realDateFault(order, body.order.status, realDate, deps.now())
        if (dateFault !== undefined) return badContent(findings, order, dateFault)
        const done = changeStatus(order, body.order)
        if (done.kind === 'refused') return failed(400, done.message)
        if (realDate !== undefined) order.realDeliveryDate = realDate
        const { operationId } = done
        return {
          status: 200,
          body: {
            order: oldOrder(order),
            ...(operationId !== undefined && { operation: { id: operationId, type: 'ORDER_STATUS_UPDATE' } }),
          },
          onAnswered: answered(done.command),
        }
      },
    }),

    operation({
      id: 'updateOrderStatuses',
      method: 'POST',
      path: '/v2/campaigns/{campaignId}/orders/status-update',
      isWrite: true,
      hourly: 10_000,
      body: schema.orderStatusesBody,
      ordersIn: ({ orders }) => orders.map(({ id }) => id),
      costOf: ({ orders }) => orders.length,
      handle({ params, body }): Answer {
        const commands: Command[] = []
        const orders = body.orders.map(({ id, ...wanted }) => {
          const order = findOrder(deps, { ...params, orderId: id })
          if (order === undefined) {
            orderMissing(deps, { ...params, orderId: id })
            return { id: int64(id), updateStatus: 'ERROR', errorDetails: `Order not found: ${id}` }
          }
          const done = changeStatus(order, wanted)
          const now = { id: int64(id), status: order.status, substatus: order.substatus }
          if (done.kind === 'refused') return { ...now, updateStatus: 'ERROR', errorDetails: done.message }
          commands.push(done.command)
          const operationId = done.operationId
          return {
            ...now,
            updateStatus: 'OK',
            ...(operationId !== undefined && { operation: { id: operationId, type: 'ORDER_STATUS_UPDATE' } }),
          }
        })
        return ok({ orders }, () => {
          for (const command of commands) command.wasAnswered = true
        })
      },
    }),

    operation({
      id: 'getOperations',
      method: 'POST',
      path: '/v1/businesses/{businessId}/operations',
      hourly: 1_000,
      body: schema.operationsBody,
      handle({ body }): Answer {
        const operations = body.operationIds.flatMap((id) => {
          const found = deps.store().operations.get(id)
          return found && body.operationType === 'ORDER_STATUS_UPDATE'
            ? { id, type: body.operationType, status: found.status }
            : []
        })
        return ok({ operations })
      },
    }),
  ]
}

export function findOrder(
  { store }: Pick<OperationDeps, 'store'>,
  { campaignId, orderId }: Pick<CallParams, 'campaignId' | 'orderId'>,
): MarketOrder | undefined {
  const order = store().orders.get(orderId)
  return order?.campaignId === campaignId ? order : undefined
}

export function orderMissing({ findings }: Pick<OperationDeps, 'findings'>, { orderId }: CallParams): Answer {
  findings.violation('unknown-subject', orderId, 'no such order in this store')
  return failed(404, `Order not found: ${orderId}`)
}

/** The seller's fault, remembered. */
export function badContent(findings: Findings, order: MarketOrder | undefined, message: string): Answer {
  findings.violation('bad-content', order?.orderId, message)
  return failed(400, message)
}

/** Not in this state; remembered as a race where the Market or the buyer was faster. */
export function notAllowedNow({ findings, now }: RaceDeps, order: MarketOrder, message: string): Answer {
  if (isRace(order, now())) findings.remark('race', order.orderId, message)
  else findings.violation('bad-transition', order.orderId, message)
  return failed(400, message)
}

export function addCommand(order: MarketOrder, name: string, at: Date): Command {
  const command: Command = { at: at.toISOString(), name, wasAnswered: false, wasRead: false }
  order.commands.push(command)
  return command
}

export function answered(command: Command): () => void {
  return () => {
    command.wasAnswered = true
  }
}

export function factsOf(order: MarketOrder): TransitionFacts {
  const { orderId, model, plan, status, substatus } = order
  const { digitalType, buyerWasCalled } = plan.script
  const isCarriedByYandex = plan.script.isCarriedByYandex || plan.isToMarketOutlet
  return {
    orderId,
    model,
    fake: plan.fake,
    status,
    substatus,
    codes: codesState(order),
    isCarriedByYandex,
    digitalType,
    buyerWasCalled,
  }
}

/** What the seller did before is one thing, what it may not do another, and what it could not know a third. */
export function noteRefusal(
  { findings, now }: RaceDeps,
  order: MarketOrder,
  wanted: { status: string; substatus?: string | undefined; name: string },
  message: string,
) {
  const former = order.commands.findLast(({ name }) => name === wanted.name || name === wanted.status)
  if (former?.wasAnswered) return findings.violation('repeated', order.orderId, `${wanted.name}: ${message}`)
  if (former && !former.wasRead) return findings.violation('blind-repeat', order.orderId, `${wanted.name}: ${message}`)
  if (former || isRace(order, now())) return findings.remark('race', order.orderId, `${wanted.name}: ${message}`)
  findings.violation('bad-transition', order.orderId, `${wanted.name}: ${message}`)
}

type RaceDeps = Pick<OperationDeps, 'findings' | 'now'>

/** For so long a seller may not have heard yet what the Market did. */
const RACE_MS = 10_000

/** The buyer or the Market has ended it, or has taken it further just now. */
function isRace({ cancelledBy, history }: MarketOrder, now: Date): boolean {
  const newest = history.at(-1)
  const isNew = newest?.cause === 'the Market' && now.getTime() - Date.parse(newest.at) < RACE_MS
  return cancelledBy === 'buyer' || cancelledBy === 'market' || isNew
}

function realDateFault(order: MarketOrder, status: string, date: string, now: Date): string | undefined {
  if (status !== 'PICKUP' && status !== 'DELIVERED') return `Real delivery date is not allowed for status '${status}'`
  if (date > formatDate(now)) return `Delivery date ${date} can't be in the future`
  if (date >= formatDate(order.createdAt)) return undefined
  return 'Real delivery date should be from order creation date to current date inclusively'
}
