import type { Timers } from '../timers.ts'
import type { ReturnAction } from './actions.ts'
import type { Announcements } from './announce.ts'
import type { Conversations } from './conversations.ts'
import type { Findings } from './findings.ts'
import { DAY_MS } from './market-time.ts'
import type { MarketOrder } from './order.ts'
import type { ReturnPlan } from './order-plan.ts'
import { graphOf, isAgreed, isKeptByBuyer, type MarketReturn, type ReturnLine, type SentDecision } from './return.ts'
import { isLegal, isWaitingForDecision, nextRefund } from './return-graph.ts'
import type { Settings } from './settings.ts'
import { programOf, type RefundStatus, type ShipmentStatus } from './statuses.ts'
import { nextId, type Store } from './store.ts'

export interface ReturnLifeDeps {
  store: () => Store
  timers: Timers
  settings: () => Settings
  findings: Findings
  announce: Announcements
  conversations: Conversations
  schedule: (delayMs: number, action: ReturnAction) => void
}

export type ReturnLife = ReturnType<typeof createReturnLife>

/** Money and goods of returns, each on its own way (specification 4.8). */
export function createReturnLife(deps: ReturnLifeDeps) {
  const { announce, schedule, timers } = deps
  function create(order: MarketOrder, plan: ReturnPlan, type: MarketReturn['type']): MarketReturn {
    const now = timers.now()
    const store = deps.store()
    const one: MarketReturn = {
      id: nextId(store),
      orderId: order.orderId,
      campaignId: order.campaignId,
      model: order.model,
      type,
      plan,
      createdAt: now,
      updatedAt: now,
      refundStatus: undefined,
      shipmentStatus: plan.fastReturn ? undefined : 'CREATED',
      pickupTillDate: undefined,
      lines: returnedLines(order, plan, () => nextId(store)),
      decisions: [],
      wasDecisionAnswered: false,
      history: [],
    }
    const isAsked = programOf(order.model) !== 'DBS' && plan.decision === 'needed'
    if (type === 'RETURN') one.refundStatus = isAsked ? 'PREMODERATION_DECISION_WAITING' : 'STARTED_BY_USER'
    note(one)
    store.returns.set(one.id, one)
    order.returnIds.push(one.id)
    announce.returnCreated(one)
    if (one.refundStatus !== undefined) {
      announce.returnStatus(one, { refundStatus: one.refundStatus })
      goOnWithMoney(one)
    } else {
      goOnWithGoods(one)
    }
    return one
  }

  function perform(action: ReturnAction) {
    const one = deps.store().returns.get(action.returnId)
    if (one === undefined) return
    switch (action.kind) {
      case 'refund':
        return setRefund(one, action.to)
      case 'shipment':
        return setShipment(one, action.to)
      case 'decision-deadline':
        return expireDecision(one)
    }
  }

  function setRefund(one: MarketReturn, to: RefundStatus): void {
    if (!isLegal(graphOf(one), one.refundStatus, to)) {
      throw new Error(`return ${one.id}: no way from ${one.refundStatus} to ${to}`)
    }
    const wasDisputed = one.refundStatus === 'PREMODERATION_DISPUTE'
    one.refundStatus = to
    one.updatedAt = timers.now()
    note(one)
    announce.returnStatus(one, { refundStatus: to })
    if (wasDisputed) finishDispute(one)
    if (to === 'PREMODERATION_DISPUTE') startDispute(one)
    if (to === 'REJECTED' && one.shipmentStatus === 'CREATED') setShipment(one, 'CANCELLED')
    goOnWithMoney(one)
  }

  function goOnWithMoney(one: MarketReturn) {
    const status = one.refundStatus
    if (status === undefined) return
    if (isWaitingForDecision(status)) {
      const { waits, clockFactor } = deps.settings()
      const dueMs = one.createdAt.getTime() + waits.returnDecisionMs / clockFactor - timers.now().getTime()
      return schedule(Math.max(0, dueMs), { kind: 'decision-deadline', orderId: one.orderId, returnId: one.id })
    }
    if (status === (programOf(one.model) === 'DBS' ? 'REFUND_IN_PROGRESS' : 'STARTED_BY_USER')) goOnWithGoods(one)
    const to = nextRefund(graphOf(one), status, { isAgreed: isAgreed(one), onDecline: one.plan.onDecline })
    if (to === undefined) return
    const { arbitrationMs, returnStepMs } = deps.settings().speeds
    const delayMs = status === 'PREMODERATION_DISPUTE' ? arbitrationMs : returnStepMs
    schedule(delayMs, { kind: 'refund', orderId: one.orderId, returnId: one.id, to })
  }

  function startDispute(one: MarketReturn): void {
    const order = deps.store().orders.get(one.orderId)
    const chat = chatOf(one) ?? deps.conversations.openChat({ type: 'RETURN', order, return: one })
    deps.conversations.startDispute(chat)
  }

  function finishDispute(one: MarketReturn): void {
    const chat = chatOf(one)
    if (chat !== undefined) deps.conversations.finishDispute(chat)
  }

  const chatOf = (one: MarketReturn) =>
    [...deps.store().chats.values()].find(({ context }) => context.returnId === one.id)

  function setShipment(one: MarketReturn, to: ShipmentStatus): void {
    one.shipmentStatus = to
    one.updatedAt = timers.now()
    if (to === 'READY_FOR_PICKUP') one.pickupTillDate = new Date(one.updatedAt.getTime() + 7 * DAY_MS)
    note(one)
    announce.returnStatus(one, { shipmentStatus: to })
    goOnWithGoods(one)
  }

  function goOnWithGoods(one: MarketReturn): void {
    if (one.shipmentStatus === undefined) return
    const to = nextShipment(one)
    if (to === undefined) return
    schedule(deps.settings().speeds.returnStepMs, { kind: 'shipment', orderId: one.orderId, returnId: one.id, to })
  }

  /** Time ran out: the return is confirmed. */
  function expireDecision(one: MarketReturn): void {
    if (!isWaitingForDecision(one.refundStatus)) return
    deps.findings.violation('deadline-missed', one.orderId, `no decision on return ${one.id} within 48 hours`)
    setRefund(one, one.refundStatus === 'WAITING_FOR_DECISION' ? 'REFUND_IN_PROGRESS' : 'PREMODERATION_SELECT_DELIVERY')
  }

  function note(one: MarketReturn): void {
    const { refundStatus, shipmentStatus } = one
    one.history.push({
      at: timers.now().toISOString(),
      ...(refundStatus !== undefined && { refundStatus }),
      ...(shipmentStatus !== undefined && { shipmentStatus }),
    })
  }

  return {
    create,
    perform,
    /** The seller has decided. */
    decide(one: MarketReturn, decisions: SentDecision[]): void {
      one.decisions = decisions
      if (isKeptByBuyer(one)) one.shipmentStatus = undefined
      setRefund(one, one.refundStatus === 'WAITING_FOR_DECISION' ? 'DECISION_MADE' : 'PREMODERATION_DECISION_MADE')
    },
  }
}

/** The goods begin to move when the buyer has sent them; those he never took move at once. */
function nextShipment({ shipmentStatus, plan, type }: MarketReturn): ShipmentStatus | undefined {
  if (shipmentStatus === 'CREATED') return type === 'UNREDEEMED' ? 'IN_TRANSIT' : 'RECEIVED'
  if (shipmentStatus === 'RECEIVED') return 'IN_TRANSIT'
  if (shipmentStatus === 'IN_TRANSIT') return plan.shipment === 'LOST' ? 'LOST' : 'READY_FOR_PICKUP'
  const ends = plan.shipment === 'PICKED' || plan.shipment === 'UTILIZED'
  return shipmentStatus === 'READY_FOR_PICKUP' && ends ? plan.shipment : undefined
}

/** What the plan names, else everything that was handed over. */
function returnedLines(order: MarketOrder, plan: ReturnPlan, newId: () => string): ReturnLine[] {
  return order.lines.flatMap(({ offerId, count, price }) => {
    const wanted = plan.lines === undefined ? count : (plan.lines.find((line) => line.offerId === offerId)?.count ?? 0)
    const returned = Math.min(wanted, count)
    return returned > 0 ? { itemId: newId(), offerId, count: returned, amount: returned * price } : []
  })
}
