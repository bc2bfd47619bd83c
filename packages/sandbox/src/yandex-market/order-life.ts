import type { Timers } from '../timers.ts'
import type { OrderAction, StepName } from './actions.ts'
import type { Announcements } from './announce.ts'
import type { Conversations } from './conversations.ts'
import type { Findings } from './findings.ts'
import { addDays } from './market-time.ts'
import { createOrder, hasLeft, isEnded, type MarketOrder } from './order.ts'
import type { OrderPlan, Stage } from './order-plan.ts'
import type { ReturnLife } from './return-life.ts'
import type { Settings } from './settings.ts'
import { type OrderStatus, programOf } from './statuses.ts'
import { nextId, type Store } from './store.ts'

export interface OrderLifeDeps {
  store: () => Store
  timers: Timers
  settings: () => Settings
  findings: Findings
  announce: Announcements
  conversations: Conversations
  returns: ReturnLife
  schedule: (delayMs: number, action: OrderAction) => void
}

export type OrderLife = ReturnType<typeof createOrderLife>

/** What the Market, its couriers and the buyer do by themselves, as the order's script says (specification 4). */
export function createOrderLife(deps: OrderLifeDeps) {
  const { timers, announce, schedule } = deps

  /** The Market's own waits pass faster. */
  const wait = (name: keyof Settings['waits']) => deps.settings().waits[name] / deps.settings().clockFactor

  function place(plan: OrderPlan, identity: { orderId: string; campaignId: number }): MarketOrder {
    const store = deps.store()
    store.placed += 1
    const order = createOrder(plan, { seq: store.placed, ...identity, nextId: () => nextId(store) }, timers.now())
    store.orders.set(order.orderId, order)
    const { created, firstStatus } = plan.script
    if (firstStatus === 'before') announce.orderStatus(order)
    if (created === 'sent') announce.orderCreated(order)
    if (firstStatus === 'after') announce.orderStatus(order)
    reach(order, 'created')
    if (order.status === 'PROCESSING') reach(order, 'opened')
    return order
  }

  function perform(action: OrderAction) {
    const order = deps.store().orders.get(action.orderId)
    if (order === undefined) return
    switch (action.kind) {
      case 'step':
        if (order.status !== 'CANCELLED') steps[action.step](order)
        return
      case 'cancel':
        return void cancel(order, action.by, action.substatus)
      case 'expire':
        if (order.status === 'UNPAID' || order.status === 'RESERVED') cancel(order, 'market', action.substatus)
        return
      case 'ask-cancellation':
        return void askCancellation(order)
      case 'cancellation-deadline':
        return expireRequest(order)
      case 'check-codes':
        return checkCodes(order, action.check)
      case 'digital-deadline':
        if (order.digitalCodes !== undefined || isEnded(order)) return
        return deps.findings.violation('deadline-missed', order.orderId, 'no digital codes within 30 minutes')
      case 'script':
        return playScript(order, action)
      case 'operation':
        return endOperation(order, action.operationId)
      case 'return': {
        const plan = order.plan.script.returns[action.index]
        if (plan !== undefined) deps.returns.create(order, plan, 'RETURN')
      }
    }
  }

  /** Records the stage, runs what the script says about it, and goes on by itself. */
  function reach(order: MarketOrder, stage: Stage): void {
    const { script } = order.plan
    const { orderId } = order
    order.stages.push({ at: timers.now().toISOString(), stage })
    if (script.cancelAt === stage) {
      const { substatus } = script.cancellation
      schedule(script.cancelAfterMs, { kind: 'cancel', orderId, substatus, by: 'buyer' })
    }
    if (script.cancellationRequestAt === stage) {
      schedule(script.cancellationRequestAfterMs, { kind: 'ask-cancellation', orderId })
    }
    for (const what of ['chats', 'reviews', 'questions', 'services', 'dateChanges'] as const) {
      for (const [index, { at, afterMs }] of script[what].entries()) {
        if (at === stage) schedule(afterMs, { kind: 'script', orderId, what, index })
      }
    }
    if (stage === 'delivered') {
      for (const [index, { afterMs }] of script.returns.entries()) {
        schedule(afterMs, { kind: 'return', orderId, index })
      }
    }
    if (stage === 'opened' && order.model === 'DIGITAL' && givesCodes(order)) {
      schedule(wait('digitalMs'), { kind: 'digital-deadline', orderId })
    }
    goOn(order)
  }

  /** Schedules the next step of the Market's own. Harmless to repeat: each step is scheduled once. */
  function goOn(order: MarketOrder): void {
    const { model, status, substatus, orderId, plan } = order
    const speeds = { ...deps.settings().speeds, ...withoutUndefined(plan.script.speeds) }
    const step = (name: StepName, delayMs: number, once: string = name) => {
      if (order.steps.has(once)) return
      order.steps.add(once)
      schedule(delayMs, { kind: 'step', orderId, step: name })
    }
    const expire = (substatusThen: string, delayMs: number) => {
      if (order.steps.has('expire')) return
      order.steps.add('expire')
      schedule(delayMs, { kind: 'expire', orderId, substatus: substatusThen })
    }
    const isCarriedByMarket = model === 'FBS' || model === 'FBY' || model === 'LAAS'
    const leavesUnasked = model === 'FBY' || model === 'LAAS'

    if (status === 'PLACING' || status === 'PENDING' || status === 'UNPAID') {
      if (plan.script.opens) step('open', speeds.openMs)
      else if (status === 'UNPAID') expire('USER_NOT_PAID', wait('unpaidMs'))
    }
    if (status === 'RESERVED') expire('RESERVATION_EXPIRED', wait('draftMs'))
    if (status === 'PROCESSING' && isCarriedByMarket) {
      if (substatus === 'READY_TO_SHIP' || (leavesUnasked && substatus === 'STARTED')) step('ship', speeds.shipMs)
      if (substatus === 'SHIPPED') step('depart', speeds.departMs)
    }
    if (status === 'DELIVERY' && isCarriedByMarket) step('arrive', speeds.arriveMs)
    if (status === 'PICKUP' && isCarriedByMarket) step('deliver', speeds.deliverMs)
    if (model === 'EXPRESS') goOnWithCourier(order, step, speeds)
    if (programOf(model) === 'DBS') goOnWithOwnDelivery(order, step, speeds)
  }

  function goOnWithCourier(order: MarketOrder, step: PlanStep, speeds: Settings['speeds']) {
    const { courier, substatus, plan } = order
    const { searches, code } = plan.script.courier
    switch (substatus) {
      case 'READY_TO_SHIP':
        return step('courier-search', speeds.courierMs, 'courier-search-1')
      case 'COURIER_SEARCH':
        return step('courier-find', speeds.courierMs, `courier-find-${courier.searches}`)
      case 'COURIER_FOUND':
        if (courier.searches < searches) {
          return step('courier-search', speeds.courierMs, `courier-search-${courier.searches + 1}`)
        }
        return step('courier-arrive', speeds.courierMs)
      case 'COURIER_ARRIVED_TO_SENDER':
        if (code === 'not-asked' || courier.isVerified) step('courier-receive', speeds.courierMs)
        return
      case 'COURIER_RECEIVED':
        return step('deliver', speeds.deliverMs)
      default:
        return
    }
  }

  function goOnWithOwnDelivery(order: MarketOrder, step: PlanStep, speeds: Settings['speeds']): void {
    const { status, substatus, plan } = order
    const { arbitration, isCarriedByYandex } = plan.script
    if (order.digitalCodes !== undefined) step('send-digital', speeds.digitalMs)
    if (status === 'DELIVERY' && arbitration?.at === 'delivery') {
      step('dispute', speeds.deliverMs)
    } else if (status === 'DELIVERY' && plan.isToMarketOutlet) {
      step('arrive', speeds.arriveMs)
    } else if (status === 'DELIVERY' && isCarriedByYandex) {
      if (substatus === 'USER_RECEIVED') step('deliver', speeds.deliverMs)
      else step('user-receive', speeds.deliverMs)
    }
    if (status === 'PICKUP' && plan.isToMarketOutlet) step('deliver', speeds.deliverMs)
    if (status === 'DELIVERED' && arbitration?.at === 'delivered') step('dispute', speeds.deliverMs)
    if (substatus.endsWith('USER_NOT_RECEIVED')) step('end-dispute', speeds.arbitrationMs)
  }

  const steps: Record<StepName, (order: MarketOrder) => void> = {
    open: (order) => change(order, 'PROCESSING', 'STARTED', 'opened'),
    ship: (order) => {
      if (order.status === 'PROCESSING') change(order, 'PROCESSING', 'SHIPPED', 'shipped')
    },
    depart: (order) => {
      if (order.status === 'PROCESSING') change(order, 'DELIVERY', 'DELIVERY_SERVICE_RECEIVED', 'delivery')
    },
    arrive: (order) => change(order, 'PICKUP', 'PICKUP_SERVICE_RECEIVED', 'pickup'),
    deliver,
    'courier-search': (order) => {
      order.courier.searches += 1
      change(order, courierStatus(), 'COURIER_SEARCH', 'courier-search', order.plan.script.courier.duplicates)
    },
    'courier-find': (order) => {
      const { isFound, searches, duplicates } = order.plan.script.courier
      if (!isFound && order.courier.searches >= searches) return void cancel(order, 'market', 'COURIER_NOT_FOUND')
      change(order, courierStatus(), 'COURIER_FOUND', 'courier-found', duplicates)
    },
    'courier-arrive': (order) => change(order, courierStatus(), 'COURIER_ARRIVED_TO_SENDER', 'courier-arrived'),
    'courier-receive': (order) => change(order, 'DELIVERY', 'COURIER_RECEIVED', 'courier-received'),
    'user-receive': (order) => change(order, 'DELIVERY', 'USER_RECEIVED', 'user-received'),
    dispute: (order) => change(order, order.status, `${order.status}_USER_NOT_RECEIVED`, undefined),
    'end-dispute': (order) => {
      if (order.plan.script.arbitration?.ends === 'CANCELLED') return void cancel(order, 'market', 'DELIVERY_PROBLEMS')
      if (order.status === 'DELIVERED') return change(order, 'DELIVERED', 'DELIVERED_USER_RECEIVED', undefined)
      change(order, 'DELIVERED', 'DELIVERY_SERVICE_DELIVERED', 'delivered')
    },
    'send-digital': (order) => change(order, 'DELIVERED', 'DELIVERY_SERVICE_DELIVERED', 'delivered'),
  }

  const courierStatus = () => deps.settings().courierStatus

  /** The buyer gets the goods, a part of them, or nothing. */
  function deliver(order: MarketOrder): void {
    const { unredeemed } = order.plan.script
    if (unredeemed !== undefined && unredeemed.lines === undefined) {
      return void cancel(order, 'buyer', order.status === 'PICKUP' ? 'PICKUP_EXPIRED' : 'USER_REFUSED_PRODUCT')
    }
    change(order, 'DELIVERED', 'DELIVERY_SERVICE_DELIVERED', 'delivered')
    if (unredeemed !== undefined) giveBack(order)
  }

  function giveBack(order: MarketOrder): void {
    const { lines, shipment } = order.plan.script.unredeemed ?? { shipment: 'PICKED' as const }
    const plan = {
      afterMs: 0,
      lines,
      decision: 'not-needed',
      onDecline: 'accepts',
      comment: '',
      fastReturn: false,
    } as const
    deps.returns.create(order, { ...plan, shipment }, 'UNREDEEMED')
  }

  /** Another status, announced; then the order goes on from there. */
  function change(
    order: MarketOrder,
    status: OrderStatus,
    substatus: string,
    stage: Stage | undefined,
    copies = 0,
  ): void {
    setStatus(order, status, substatus, 'the Market')
    announce.orderStatus(order, copies)
    if (stage === undefined) goOn(order)
    else reach(order, stage)
  }

  function setStatus(order: MarketOrder, status: OrderStatus, substatus: string, cause: string): void {
    order.status = status
    order.substatus = substatus
    order.updatedAt = timers.now()
    order.history.push({ at: order.updatedAt.toISOString(), status, substatus, cause })
  }

  /** The order has changed otherwise. */
  function touch(order: MarketOrder): void {
    order.updatedAt = timers.now()
  }

  /** False when the order has ended already. Goods that the Market has come back. */
  function cancel(order: MarketOrder, by: NonNullable<MarketOrder['cancelledBy']>, substatus: string): boolean {
    const isDisputed = order.substatus === 'DELIVERED_USER_NOT_RECEIVED'
    if (isEnded(order) && !isDisputed) return false
    order.cancelledBy = by
    setStatus(order, 'CANCELLED', substatus, `cancelled by the ${by}`)
    if (by !== 'seller' || deps.settings().echoesSeller) {
      const { cancellationNotices } = deps.settings()
      if (cancellationNotices !== 'status') announce.orderCancelled(order)
      if (cancellationNotices !== 'cancelled') announce.orderStatus(order)
    }
    order.stages.push({ at: timers.now().toISOString(), stage: 'cancelled' })
    const hasMarketGoods = order.model === 'FBS' || order.model === 'EXPRESS'
    if (by !== 'seller' && hasMarketGoods && hasLeft(order)) giveBack(order)
    return true
  }

  /** DBS on its way: the buyer has to ask. False when he cannot. */
  function askCancellation(order: MarketOrder): boolean {
    const isOnItsWay = order.status === 'DELIVERY' || order.status === 'PICKUP'
    if (!isOnItsWay || programOf(order.model) !== 'DBS' || order.plan.isToMarketOutlet) return false
    const requestedAt = timers.now()
    order.cancellationRequest = { requestedAt: requestedAt.toISOString(), answer: undefined }
    touch(order)
    announce.cancellationRequested(order, requestedAt)
    schedule(wait('cancellationAnswerMs'), { kind: 'cancellation-deadline', orderId: order.orderId })
    reach(order, 'cancellation-requested')
    return true
  }

  function expireRequest(order: MarketOrder): void {
    const { cancellationRequest } = order
    if (cancellationRequest === undefined || cancellationRequest.answer !== undefined || isEnded(order)) return
    cancellationRequest.answer = 'expired'
    deps.findings.violation('deadline-missed', order.orderId, 'no answer to the cancellation request within 48 hours')
    cancel(order, 'market', 'USER_CHANGED_MIND')
  }

  /** Codes were given: the Market looks at them a little later. */
  function expectCodeCheck(order: MarketOrder): void {
    order.codeChecks += 1
    const { codeCheckMs } = { ...deps.settings().speeds, ...withoutUndefined(order.plan.script.speeds) }
    schedule(codeCheckMs, { kind: 'check-codes', orderId: order.orderId, check: order.codeChecks })
  }

  function checkCodes(order: MarketOrder, check: number): void {
    // Other codes were given meanwhile.
    if (check !== order.codeChecks) return
    const { codeCheck } = order.plan.script
    const isBad = codeCheck !== 'ok' && check === 1
    for (const line of order.lines) {
      for (const code of line.codes) {
        if (code.state === 'IN_PROGRESS')
          code.state = isBad ? (codeCheck === 'invalid-once' ? 'INVALID' : 'FAILED') : 'OK'
      }
    }
  }

  function playScript(order: MarketOrder, { what, index }: Extract<OrderAction, { kind: 'script' }>): void {
    const { script } = order.plan
    const { conversations } = deps
    switch (what) {
      case 'chats': {
        const plan = script.chats[index]
        if (plan !== undefined) conversations.chat(plan, order)
        return
      }
      case 'reviews': {
        const plan = script.reviews[index]
        if (plan !== undefined) conversations.review(plan, order)
        return
      }
      case 'questions': {
        const plan = script.questions[index]
        if (plan !== undefined) conversations.ask(plan, order)
        return
      }
      case 'services': {
        const plan = script.services[index]
        const line = order.lines.find(({ service }) => service !== undefined)
        if (plan !== undefined && line !== undefined) announce.lineService(order, line, plan)
        return
      }
      case 'dateChanges': {
        const plan = script.dateChanges[index]
        if (plan === undefined || isEnded(order)) return
        if (plan.kind === 'shipment') order.shipmentDate = addDays(order.shipmentDate, plan.days)
        else order.deliveryDate = addDays(order.deliveryDate, plan.days)
        touch(order)
        announce.orderUpdated(order, plan.kind === 'shipment' ? 'SHIPMENT_DATE_UPDATED' : 'DELIVERY_DATE_UPDATED')
      }
    }
  }

  function endOperation(order: MarketOrder, operationId: string): void {
    const operation = deps.store().operations.get(operationId)
    if (operation === undefined) return
    const isDone = order.plan.script.operation === 'DONE' && cancel(order, 'seller', 'SHOP_FAILED')
    operation.status = isDone ? 'DONE' : 'FAILED'
  }

  return {
    place,
    perform,
    cancel,
    askCancellation,
    touch,
    goOn,
    reach,
    expectCodeCheck,
    dateLimits: () => deps.settings(),
    /** The seller has moved the delivery. */
    announceDate(order: MarketOrder): void {
      if (deps.settings().echoesSeller) announce.orderUpdated(order, 'DELIVERY_DATE_UPDATED')
    },

    /** The effect of a transition that was found legal. */
    applyTransition(order: MarketOrder, status: OrderStatus, substatus: string): void {
      if (status === 'CANCELLED') return void cancel(order, 'seller', substatus)
      setStatus(order, status, substatus, 'the seller')
      if (deps.settings().echoesSeller) announce.orderStatus(order)
      const stage = STAGES[substatus]
      if (stage === undefined) goOn(order)
      else reach(order, stage)
    },

    /** LaaS: it is done later. */
    startOperation(order: MarketOrder): string {
      const store = deps.store()
      const id = nextId(store)
      store.operations.set(id, { id, orderId: order.orderId, status: 'IN_PROGRESS' })
      schedule(deps.settings().speeds.operationMs, { kind: 'operation', orderId: order.orderId, operationId: id })
      return id
    },
  }
}

type PlanStep = (name: StepName, delayMs: number, once?: string) => void

const STAGES: Partial<Record<string, Stage>> = {
  STARTED: 'opened',
  READY_TO_SHIP: 'ready-to-ship',
  SHIPPED: 'shipped',
  DELIVERY_SERVICE_RECEIVED: 'delivery',
  PICKUP_SERVICE_RECEIVED: 'pickup',
  DELIVERY_SERVICE_DELIVERED: 'delivered',
}

/** Whether its codes are given through the API; gifts and chats are handed over elsewhere. */
export function givesCodes({ plan }: MarketOrder): boolean {
  const { digitalType } = plan.script
  return digitalType === 'EMAIL' || digitalType === 'ACTIVATION_CODE'
}

function withoutUndefined<T extends object>(partial: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
