import { z } from 'zod'
import type { Timers } from '../timers.ts'
import { composeFinally } from './composition.ts'
import { formatKopecks } from './money.ts'
import { formatMoscow } from './moscow-time.ts'
import type { NotificationPayload } from './notifications-schema.ts'
import {
  createOrder,
  type DueAction,
  isEnded,
  type KuperOrder,
  orderBody,
  orderedLine,
  orderFlow,
  positionOf,
  type StepName,
} from './order.ts'
import type { OrderBook } from './order-book.ts'
import type { Cancellation, OrderPlan, OrderUpdate, Stage } from './order-plan.ts'
import type { KuperState, NotificationType } from './orders-state.ts'
import type { Settings } from './settings.ts'
import type { Findings } from './violations.ts'
import type { WebhookDelivery, Webhooks } from './webhooks.ts'

export interface OrderLifeDeps {
  book: OrderBook
  timers: Timers
  settings: () => Settings
  findings: Findings
  webhooks: Pick<Webhooks, 'send'>
}

/** What Kuper does by itself: it sends, charges, finds couriers, delivers and cancels as the order's script says. */
export function createOrderLife(deps: OrderLifeDeps) {
  const { timers, findings } = deps

  function place(plan: OrderPlan, identity: { seq: number; originalOrderId: string }): KuperOrder {
    const order = createOrder(plan, identity, timers.now())
    deps.book.add(order)
    reach(order, 'before-created')
    // A cancellation before order.created goes first and alone: order.created follows its acknowledgement.
    if (plan.script.created === 'sent' && plan.script.cancelAt !== 'before-created') {
      schedule(order, 0, { kind: 'created' })
    }
    return order
  }

  function schedule(order: KuperOrder, delayMs: number, action: DueAction) {
    const due = { atMs: timers.now().getTime() + delayMs, action }
    order.due.add(due)
    timers.schedule(delayMs, () => {
      order.due.delete(due)
      perform(order, action)
    })
  }

  function perform(order: KuperOrder, action: DueAction) {
    switch (action.kind) {
      case 'created':
        return sendCreated(order)
      case 'update':
        return void updateOrder(order, action.update)
      case 'webhook':
        return send(order, action.eventType, action.payload)
      case 'cancel':
        return void cancelByKuper(order, action.cancellation)
      case 'cancel-unless-accepted':
        return cancelUnlessAccepted(order)
      case 'step':
        if (order.state === 'canceled') return
        // Not possible any more, for example since an update took the order out of D: it may become due again.
        if (!steps[action.step](order)) order.steps.delete(action.step)
    }
  }

  /** What was due goes on after a restart, with the waits that were left at `savedAtMs`. */
  function resume(order: KuperOrder, savedAtMs: number) {
    const due = [...order.due]
    order.due.clear()
    for (const { atMs, action } of due) schedule(order, Math.max(0, atMs - savedAtMs), action)
  }

  function sendCreated(order: KuperOrder) {
    if (order.steps.has('created')) return
    order.steps.add('created')
    send(order, 'order.created', orderBody(order))
  }

  /** Records the stage, runs what the script says about it, and goes on by itself. */
  function reach(order: KuperOrder, stage: Stage) {
    order.stages.push({ at: timers.now().toISOString(), stage })
    const { script } = order.plan
    for (const { at, afterMs, ...update } of script.updates) {
      if (at === stage) schedule(order, afterMs, { kind: 'update', update })
    }
    for (const { at, afterMs, eventType, payload } of script.webhooks) {
      if (at === stage) schedule(order, afterMs, { kind: 'webhook', eventType, payload })
    }
    if (script.cancelAt === stage) {
      schedule(order, script.cancelAfterMs, { kind: 'cancel', cancellation: script.cancellation })
    }
    if (stage === 'created') watchAcceptance(order)
    goOn(order)
  }

  /** Schedules every next step that is due now. Harmless to repeat: each step is scheduled once. */
  function goOn(order: KuperOrder) {
    const flow = orderFlow(order)
    const has = (stage: Stage) => order.stages.some((one) => one.stage === stage)
    const isPaid = order.paymentState === 'paid'
    const speeds = { ...deps.settings().speeds, ...withoutUndefined(order.plan.script.speeds) }
    const courierDue = {
      'before-in-work': has('created'),
      'after-in-work': has('in_work'),
      'after-paid': isPaid,
      none: false,
    }[order.plan.script.courier]

    if (flow === 'D' && courierDue) step(order, 'courier.assigned', speeds.courierAssignedMs)
    if (flow === 'D' && has('courier.assigned')) {
      step(order, 'courier.arrived', speeds.courierArrivedMs)
    }
    if (has('ready_for_delivery')) step(order, 'ready_to_ship', speeds.readyToShipMs)
    if (has('ready_to_ship') && isPaidThroughKuper(order)) step(order, 'paid', speeds.paidMs)
    if (flow === 'D' && isPaid && has('ready_to_ship')) step(order, 'received', speeds.receivedMs)
    if (has('received')) step(order, 'delivering', speeds.deliveringMs)
    if (has('received') && has('delivering')) step(order, 'delivered', speeds.deliveredMs)
  }

  function step(order: KuperOrder, name: StepName, delayMs: number) {
    if (order.steps.has(name)) return
    order.steps.add(name)
    schedule(order, delayMs, { kind: 'step', step: name })
  }

  /** False: the step is not possible now. */
  const steps: Record<StepName, (order: KuperOrder) => boolean> = {
    'courier.assigned': assignCourier,
    'courier.arrived': courierArrived,
    ready_to_ship: becomeReady,
    paid: pay,
    received: handToCourier,
    delivering: startDelivery,
    delivered: deliver,
  }

  function assignCourier(order: KuperOrder): boolean {
    if (orderFlow(order) !== 'D') return false
    send(order, 'courier.assigned', { courier: COURIER })
    reach(order, 'courier.assigned')
    return true
  }

  function courierArrived(order: KuperOrder): boolean {
    if (orderFlow(order) !== 'D') return false
    send(order, 'courier.arrived', { courier: COURIER })
    reach(order, 'courier.arrived')
    return true
  }

  function becomeReady(order: KuperOrder): boolean {
    order.isBecomingReady = false
    setState(order, 'ready_to_ship', 'order.ready_for_delivery took effect')
    reach(order, 'ready_to_ship')
    return true
  }

  function pay(order: KuperOrder): boolean {
    const amount = order.actualTotal ?? 0
    order.paymentState = 'paid'
    order.chargedTotal = amount
    setState(order, order.state, 'order.paid')
    send(order, 'order.paid', { payment: { amount: formatKopecks(amount), currency: 'RUB', method: 'card' } })
    reach(order, 'paid')
    return true
  }

  function handToCourier(order: KuperOrder): boolean {
    if (orderFlow(order) !== 'D' || order.state !== 'ready_to_ship') return false
    setState(order, 'shipping', 'order.received')
    send(order, 'order.received', { courier: COURIER })
    reach(order, 'received')
    return true
  }

  function startDelivery(order: KuperOrder): boolean {
    const { deliveredMs } = deps.settings().speeds
    const estimate = new Date(timers.now().getTime() + deliveredMs)
    send(order, 'order.delivering', { estimatedDeliveryTime: formatMoscow(estimate) })
    reach(order, 'delivering')
    return true
  }

  function deliver(order: KuperOrder): boolean {
    setState(order, 'shipped', 'order.delivered')
    send(order, 'order.delivered', { deliveredAt: formatMoscow(timers.now()) })
    reach(order, 'delivered')
    return true
  }

  function watchAcceptance(order: KuperOrder) {
    const { script, restaurant } = order.plan
    const timeoutMs = script.acceptTimeoutMs === undefined ? deps.settings().acceptTimeoutMs : script.acceptTimeoutMs
    if (!restaurant || timeoutMs === null) return
    schedule(order, timeoutMs, { kind: 'cancel-unless-accepted' })
  }

  function cancelUnlessAccepted(order: KuperOrder) {
    if (order.state !== 'ready' || order.processed.has('order.accepted')) return
    cancelByKuper(order, { slug: 'not_accepted', description: 'Ресторан не принял заказ вовремя' })
  }

  /** False when the order has ended already. */
  function cancelByKuper(order: KuperOrder, cancellation: Cancellation): boolean {
    if (isEnded(order)) return false
    cancel(order, { ...cancellation, by: 'kuper' })
    send(order, 'order.canceled', { cancellation })
    return true
  }

  function cancel(order: KuperOrder, cancellation: NonNullable<KuperOrder['cancellation']>) {
    order.cancellation = cancellation
    order.isBecomingReady = false
    order.refundedTotal = order.chargedTotal
    setState(order, 'canceled', `canceled by ${cancellation.by}`)
    order.stages.push({ at: timers.now().toISOString(), stage: 'canceled' })
  }

  /** Changes a live order and says so in order.updated. False when the order has ended already. */
  function updateOrder(order: KuperOrder, update: OrderUpdate): boolean {
    if (isEnded(order)) return false
    const payload: Record<string, unknown> = update.kind === undefined ? {} : { kind: update.kind }
    if (update.delivery !== undefined) {
      order.delivery = { ...order.delivery, ...update.delivery }
      payload.delivery = update.delivery
    }
    if (update.shipmentMethod !== undefined) {
      order.shipmentMethod = update.shipmentMethod
      payload.shipmentMethod = update.shipmentMethod
    }
    if (update.comment !== undefined) {
      order.comment = update.comment
      payload.comment = update.comment
    }
    if (update.lines !== undefined) {
      const former = order.lines
      order.formerLines.push(former)
      order.lines = update.lines.map((plan) =>
        orderedLine(
          plan,
          former.find((one) => one.id === plan.id),
        ),
      )
      payload.positions = order.lines.map((line) => positionOf(line))
    }
    setState(order, order.state, `order.updated: ${Object.keys(payload).join(', ')}`)
    send(order, 'order.updated', payload)
    goOn(order)
    return true
  }

  /** The effect of a notification that was found legal. */
  function applyNotification(
    order: KuperOrder,
    type: NotificationType,
    payload: NotificationPayload,
    verdict: { state: KuperState; later?: 'ready_to_ship' },
  ) {
    order.processed.set(type, { at: timers.now().toISOString(), wasAnswered: false })
    if (payload.handoutCode !== undefined) order.handoutCode = payload.handoutCode
    if (type === 'order.pickup_code_created') order.pickupCode = payload.code
    if (type === 'order.estimated_delivery_time') order.estimatedDeliveryAt = payload.estimated_delivery_at
    if (type === 'order.canceled') {
      cancel(order, {
        slug: payload.cancellation?.slug ?? '',
        description: payload.cancellation?.description ?? '',
        by: 'merchant',
      })
      if (deps.settings().echoCancellation)
        send(order, 'order.canceled', { cancellation: payload.cancellation ?? null })
      return
    }
    if ((type === 'order.ready_for_delivery' || type === 'order.delivered') && payload.order !== undefined) {
      takeComposition(order, payload.order)
    }
    order.isBecomingReady = verdict.later !== undefined || order.isBecomingReady
    setState(order, verdict.state, type)
    reach(order, STAGES[type])
  }

  function takeComposition(order: KuperOrder, sent: NonNullable<NotificationPayload['order']>) {
    const composition = composeFinally(order.lines, sent)
    order.composition = composition
    order.actualTotal = composition.actualTotal
    // What was paid for and not handed over after all goes back to the customer.
    order.refundedTotal = Math.max(0, order.chargedTotal - composition.actualTotal)
    for (const { kind, detail } of composition.objections) {
      const isCrossing = order.formerLines.some((former) => composeFinally(former, sent).objections.length === 0)
      if (isCrossing) findings.remark('crossed-update', order.originalOrderId, detail)
      else findings.violation('composition', order.originalOrderId, `${kind}: ${detail}`)
    }
  }

  function onAcknowledged(order: KuperOrder | undefined, delivery: WebhookDelivery, answer: unknown) {
    if (order === undefined) return
    if (delivery.eventType === 'order.created') takeCreatedAnswer(order, answer)
    const isWaitingForCancellation = order.plan.script.cancelAt === 'before-created'
    if (delivery.eventType === 'order.canceled' && isWaitingForCancellation && order.plan.script.created === 'sent') {
      sendCreated(order)
    }
  }

  function takeCreatedAnswer(order: KuperOrder, answer: unknown) {
    const parsed = createdAnswerSchema.safeParse(answer)
    if (!parsed.success) {
      findings.violation('created-answer', order.originalOrderId, z.prettifyError(parsed.error))
      return
    }
    const { number } = parsed.data
    if (order.number !== undefined && order.number !== number) {
      findings.violation('number-changed', order.originalOrderId, `${order.number}, then ${number}`)
    }
    if (order.number !== undefined) return
    order.number = number
    reach(order, 'created')
  }

  function setState(order: KuperOrder, state: KuperState, cause: string) {
    order.state = state
    order.updatedAt = timers.now()
    order.history.push({ at: order.updatedAt.toISOString(), state, paymentState: order.paymentState, cause })
  }

  function send(order: KuperOrder, eventType: string, payload: Record<string, unknown>) {
    deps.webhooks.send({ order, eventType, payload })
  }

  return { place, resume, updateOrder, cancelByKuper, applyNotification, onAcknowledged }
}
export type OrderLife = ReturnType<typeof createOrderLife>

export function isPaidThroughKuper(order: KuperOrder): boolean {
  return order.plan.script.paidThroughKuper ?? orderFlow(order) !== 'P'
}

const COURIER = { name: 'Курьер 12', phone: '+79000000012' }

const createdAnswerSchema = z.looseObject({
  status: z.literal('created'),
  number: z.string().min(1).max(255),
  expectedAssemblyTime: z.iso.datetime({ offset: true }).optional(),
})

const STAGES: Record<Exclude<NotificationType, 'order.canceled'>, Stage> = {
  'order.accepted': 'accepted',
  'order.in_work': 'in_work',
  'order.assembled': 'assembled',
  'order.pickup_code_created': 'pickup_code_created',
  'order.ready_for_delivery': 'ready_for_delivery',
  'order.estimated_delivery_time': 'estimated_delivery_time',
  'order.delivering': 'delivering',
  'order.delivered': 'delivered',
}

function withoutUndefined<T extends object>(partial: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
