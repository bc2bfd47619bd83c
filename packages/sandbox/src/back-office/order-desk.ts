import { withoutOldest } from '../state-file.ts'
import type { Timers } from '../timers.ts'
import { boxGoods, composeGoods, type LineToCompose } from './compose-goods.ts'
import { ONCE_ONLY, type OrderNews, type ReservationBody, type ReturnBody } from './contract-schema.ts'
import type { Delivery, EventSender } from './event-sender.ts'
import type { Findings } from './findings.ts'
import { type ComposedLine, type Plan, patchPlan } from './plan.ts'
import type { Settings } from './settings.ts'
import { type Next, nextStep, type StaffFacts, type Step } from './staff.ts'
import type { Stock } from './stock.ts'

export interface Answer {
  status: number
  body?: unknown
}

export interface OrderDeskDeps {
  settings: () => Settings
  timers: Timers
  stock: Stock
  findings: Findings
  sender: EventSender
  /** Begins the ids of our events: another run must not repeat them. */
  runId: string
}

/** An event before it has an id and a time. */
interface Announcement {
  type: string
  [field: string]: unknown
}

interface DeskOrder {
  request: ReservationBody
  fulfilment: StaffFacts['fulfilment']
  isShort: boolean
  lines: LineToCompose[]
  done: Set<string>
  /** News by id, and the types heard. */
  newsIds: Set<string>
  heard: Set<string>
  pickupCode: string | undefined
  /** Codes of the marketplace's courier. */
  courierCodes: StaffFacts['courierCodes']
  /** The customer's returns, as they were told last. */
  returns: Map<string, { refund: string | undefined; shipment: string | undefined; decideBy: string | undefined }>
  wasOnTheRoad: boolean
  composed: ComposedLine[] | undefined
  deliveries: Delivery[]
  history: { at: string; what: string; detail?: unknown }[]
  lastEventMs: number
  cancelTimer: (() => void) | undefined
  next: Next
}

const MAX_ORDERS = 5_000
const MAX_PLANS = 20_000
const MAX_HISTORY = 300
/** How many orders that are over outlive the process. */
const MAX_ORDERS_OVER = 1_000

export interface DeskSnapshot {
  orders: Map<string, DeskOrder>
  plans: Map<string, unknown>
  events: number
  documents: number
  pickupCodes: number
}

export type OrderDesk = ReturnType<typeof createOrderDesk>

/** The merchant's system: takes the calls, keeps orders and stock, and lets the staff work them off by their plans. */
export function createOrderDesk(deps: OrderDeskDeps) {
  const orders = new Map<string, DeskOrder>()
  const plans = new Map<string, unknown>()
  let events = 0
  let documents = 0
  let pickupCodes = 0
  let changes = 0
  let generation = 0

  function planOf({ request }: Pick<DeskOrder, 'request'>): Plan {
    const own = plans.get(request.orderNumber) ?? plans.get(request.externalId)
    return own === undefined ? deps.settings().plan : patchPlan(deps.settings().plan, own)
  }

  function reserve(body: ReservationBody): Answer {
    const known = orders.get(body.orderNumber)
    if (known?.done.has('stopped') && deps.stock.reservationOf(body.orderNumber)?.state === 'released') {
      deps.findings.violation('reserved-after-release', body.orderNumber, 'reserved again after it had been released')
    }
    const result = deps.stock.reserve(body.orderNumber, body.storeId, body.lines, body.minExpiresOn)
    checkBooks()
    if (result.kind === 'already-used') {
      deps.findings.remark('already-used', body.orderNumber, 'reservation after the sales document')
      return { status: 409, body: { code: 'already_used', message: 'the sales document is already made' } }
    }
    const order = known ?? remember(body)
    order.request = body
    order.fulfilment = body.fulfilment
    order.isShort = result.kind === 'short'
    if (result.kind === 'short') {
      note(order, 'reservation.short', result.lines)
      work(order)
      return { status: 409, body: { code: 'short', lines: result.lines } }
    }
    if (!result.isRepeat) {
      order.lines = body.lines.map((line, index) => ({ ...line, lots: result.lines[index]?.lots ?? [] }))
      // Other goods: what was picked so far is picked again.
      for (const step of order.done) if (step.startsWith('pick:')) order.done.delete(step)
    }
    note(order, result.isRepeat ? 'reservation.repeated' : 'reservation.held', result.lines)
    work(order)
    return { status: known ? 200 : 201, body: { status: 'reserved', lines: result.lines } }
  }

  function release(orderNumber: string): Answer {
    const result = deps.stock.release(orderNumber)
    checkBooks()
    const order = orders.get(orderNumber)
    if (order) {
      order.done.add('stopped')
      note(order, `release.${result}`)
      work(order)
    }
    switch (result) {
      case 'released':
        return { status: 204 }
      case 'unknown':
        return { status: 404, body: { code: 'not_found', message: 'nothing is reserved under this number' } }
      case 'already-used':
        deps.findings.remark('already-used', orderNumber, 'release after the sales document')
        return { status: 409, body: { code: 'already_used', message: 'the sales document is already made' } }
    }
  }

  function takeBack(body: ReturnBody): Answer {
    const order = orders.get(body.orderNumber)
    if (!order) {
      deps.findings.violation('unknown-order', body.orderNumber, 'goods of an unknown order')
      return { status: 404, body: { code: 'not_found', message: 'the order is not known' } }
    }
    const excess = deps.stock.takeBack(body.orderNumber, body.lines)
    checkBooks()
    note(order, excess.length > 0 ? 'return.refused' : 'return.taken', body.lines)
    if (excess.length === 0) return { status: 201, body: { status: 'taken' } }
    deps.findings.violation('returned-too-much', body.orderNumber, excess.join('; '))
    return { status: 422, body: { code: 'returned_too_much', message: excess.join('; ') } }
  }

  function hear(body: OrderNews): Answer {
    const known = orders.get(body.orderNumber)
    // Out of the marketplace's own warehouse: we meet it when it comes back.
    const order = known ?? (body.type === 'return.changed' ? remember(strangeRequest(body.orderNumber)) : undefined)
    if (!order) {
      // The lanes of stock and news do not wait for each other: no fault, but worth a look.
      deps.findings.remark('news-before-reservation', body.orderNumber, `${body.type} for an unknown order`)
      return { status: 404, body: { code: 'not_found', message: 'the order is not known' } }
    }
    if (order.newsIds.has(body.id)) {
      note(order, 'news.repeated', body.type)
      const status = deps.settings().repeatedNewsStatus
      return { status, body: status === 409 ? { code: 'already_known' } : { status: 'ok' } }
    }
    if (ONCE_ONLY.has(body.type) && order.heard.has(body.type)) {
      deps.findings.violation('told-twice', body.orderNumber, `${body.type} under another id: ${body.id}`)
    }
    order.newsIds.add(body.id)
    order.heard.add(body.type)
    apply(order, body)
    note(order, `news.${body.type}`, body.data)
    work(order)
    return { status: 200, body: { status: 'ok' } }
  }

  function apply(order: DeskOrder, { type, data }: OrderNews): void {
    if (type === 'order.updated' && data.changes.fulfilment !== 'by-marketplace') {
      order.fulfilment = data.changes.fulfilment
    }
    if (type === 'order.cancelled') order.wasOnTheRoad = data.goods === 'left-store'
    if (type === 'pickup_code.created') order.pickupCode = data.code
    if (type === 'courier_code.rejected') order.courierCodes.rejected += 1
    if (type === 'return.changed') {
      const { refund, shipment, decideBy } = data
      order.returns.set(data.returnId, { refund, shipment, decideBy })
    }
    if (type === 'return.decision_refused') {
      // Then the customer gets the money.
      order.done.delete(`decide-return:${data.returnId}`)
      order.done.add(`refund-return:${data.returnId}`)
    }
  }

  function remember(request: ReservationBody): DeskOrder {
    if (orders.size >= MAX_ORDERS) forgetOne()
    const order: DeskOrder = {
      request,
      fulfilment: request.fulfilment,
      isShort: false,
      lines: [],
      done: new Set<string>(),
      newsIds: new Set<string>(),
      heard: new Set<string>(),
      pickupCode: undefined,
      courierCodes: { entered: 0, rejected: 0 },
      returns: new Map(),
      wasOnTheRoad: false,
      composed: undefined,
      deliveries: [],
      history: [],
      lastEventMs: 0,
      cancelTimer: undefined,
      next: { kind: 'wait', for: 'a reservation' },
    }
    orders.set(request.orderNumber, order)
    return order
  }

  /** The oldest order that is over, else the oldest. */
  function forgetOne(): void {
    const oldest = [...orders].find(([, { next }]) => next.kind === 'over') ?? [...orders][0]
    if (!oldest) return
    const [orderNumber, order] = oldest
    order.cancelTimer?.()
    orders.delete(orderNumber)
    deps.stock.forget(orderNumber)
  }

  /** Lets the staff go on: the next step after its delay. Whatever happened meanwhile is looked at again then. */
  function work(order: DeskOrder): void {
    const plan = planOf(order)
    order.next = nextStep(factsOf(order), plan)
    switch (order.next.kind) {
      case 'wait':
      case 'over':
        deps.sender.flush(order.request.orderNumber)
        return
      case 'step': {
        if (order.cancelTimer) return
        const delayMs = plan.delaysMs[order.next.step.kind] ?? deps.settings().stepMs
        const current = generation
        order.cancelTimer = deps.timers.schedule(delayMs, () => {
          order.cancelTimer = undefined
          if (current !== generation) return
          const now = nextStep(factsOf(order), planOf(order))
          if (now.kind === 'step') emit(order, perform(order, now.step, planOf(order)))
          work(order)
        })
      }
    }
  }

  function factsOf(order: DeskOrder): StaffFacts {
    const { fulfilment, isShort, lines, done, heard, pickupCode, courierCodes, request } = order
    const returnIds = (isMeant: (one: { shipment?: string | undefined; decideBy?: string | undefined }) => boolean) =>
      [...order.returns].filter(([, one]) => isMeant(one)).map(([returnId]) => returnId)
    const state = deps.stock.reservationOf(request.orderNumber)?.state ?? 'released'
    const reservation = request.lines.length === 0 ? 'none' : state
    return {
      fulfilment,
      reservation: isShort && reservation !== 'used' ? 'short' : reservation,
      skus: lines.map(({ sku }) => sku),
      done,
      heard,
      pickupCode,
      isByHand: request.order.digital === 'by-hand',
      courierCodes,
      undecidedReturns: returnIds(({ decideBy }) => decideBy !== undefined).filter(
        (returnId) => !done.has(`decide-return:${returnId}`),
      ),
      arrivedReturns: returnIds(({ shipment }) => shipment === 'ready-for-pickup').filter(
        (returnId) => !done.has(`receive-return:${returnId}`),
      ),
      wasOnTheRoad: order.wasOnTheRoad,
    }
  }

  /** Does it and says what Sluice has to hear of it. */
  function perform(order: DeskOrder, step: Step, plan: Plan): Announcement | undefined {
    const { orderNumber } = order.request
    const inDays = (days: number) =>
      new Date(deps.timers.now().getTime() + days * 86_400_000).toISOString().slice(0, 10)
    switch (step.kind) {
      case 'go':
        order.done.add('go')
        return { type: 'order.going_to' }
      case 'pick': {
        order.done.add(`pick:${step.sku}`)
        const line = composeGoods(order.lines, plan).find(({ sku }) => sku === step.sku)
        return line && { type: 'line.picked', line }
      }
      case 'assemble':
        order.done.add('assemble')
        return { type: 'order.assembled' }
      case 'document':
        order.done.add('document')
        return createDocument(order, plan)
      case 'code':
        pickupCodes += 1
        order.pickupCode = String(1000 + ((pickupCodes * 7_919) % 9_000))
        return { type: 'pickup_code.created', code: order.pickupCode }
      case 'issue': {
        const isRight = step.code === 'right' || (step.code === 'missing' && plan.pickup.codeMadeBy !== 'sluice')
        order.done.add(isRight ? 'issue' : 'issue-refused')
        if (step.code === 'missing') return { type: 'order.issued' }
        return { type: 'order.issued', code: step.code === 'right' ? order.pickupCode : wrongCode(order.pickupCode) }
      }
      case 'estimate': {
        order.done.add('estimate')
        const estimatedMs = deps.timers.now().getTime() + (plan.delivery.estimateMinutes ?? 0) * 60_000
        return { type: 'delivery.estimated', estimatedAt: new Date(estimatedMs).toISOString() }
      }
      case 'extend':
        order.done.add('extend')
        return { type: 'pickup.extended', until: inDays(7 + (plan.pickup.extendDays ?? 0)) }
      case 'track':
        order.done.add('track')
        return { type: 'delivery.tracked', trackCode: plan.delivery.trackCode }
      case 'reschedule':
        order.done.add('reschedule')
        return { type: 'delivery.rescheduled', date: inDays(plan.delivery.rescheduleDays ?? 0), by: 'merchant' }
      case 'start':
        order.done.add('start')
        return { type: 'delivery.started' }
      case 'finish':
        order.done.add('finish')
        if (order.fulfilment === 'digital') useAll(order)
        return { type: 'delivery.finished' }
      case 'courier-code':
        order.courierCodes.entered += 1
        return { type: 'courier_code.entered', code: courierCode(order.request.externalId, step.code) }
      case 'keys':
        order.done.add('keys')
        useAll(order)
        return { type: 'digital.issued', lines: order.lines.map((line) => keysFor(orderNumber, line)) }
      case 'answer-cancellation': {
        order.done.add('answer-cancellation')
        const answer = plan.cancellationAnswer ?? 'accepted'
        const accepted = answer === 'accepted'
        return { type: 'cancellation.answered', accepted, ...(!accepted && { reason: answer }) }
      }
      case 'decide-return': {
        order.done.add(`decide-return:${step.returnId}`)
        const wasRefused = order.done.has(`refund-return:${step.returnId}`)
        const decision = wasRefused ? { kind: 'refund' } : (plan.returnDecision ?? { kind: 'refund' })
        return { type: 'return.decided', returnId: step.returnId, decision }
      }
      case 'receive-return':
        order.done.add(`receive-return:${step.returnId}`)
        return { type: 'return.received', returnId: step.returnId }
      case 'bring-back':
        order.done.add('bring-back')
        return { type: 'return.received' }
      case 'cancel': {
        order.done.add('cancel')
        const { reason = 'technical_issues', comment } = plan.cancel ?? {}
        return { type: 'order.cancelled', reason, ...(comment !== undefined && { comment }) }
      }
    }
  }

  /** Keys leave stock like goods. */
  function useAll(order: DeskOrder): void {
    deps.stock.use(
      order.request.orderNumber,
      order.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    )
    checkBooks()
  }

  /** The goods leave stock in the same moment; Sluice hears of it when the event arrives. */
  function createDocument(order: DeskOrder, plan: Plan): Announcement {
    const { orderNumber } = order.request
    let composed = composeGoods(order.lines, plan)
    const missing = deps.stock.use(orderNumber, goodsIn(composed))
    if (missing.length > 0) {
      deps.findings.remark('staff', orderNumber, `the plan wants goods that are not there: ${missing.join('; ')}`)
      composed = composeGoods(order.lines, { ...plan, composition: { kind: 'as-ordered' } })
      deps.stock.use(orderNumber, goodsIn(composed))
    }
    checkBooks()
    order.composed = composed
    documents += 1
    const isAsKnown = plan.pickLines || plan.composition.kind === 'as-ordered'
    const isSilent = plan.documentLines === 'when-changed' && isAsKnown && missing.length === 0
    const documentNumber = `SALE-${String(documents).padStart(6, '0')}`
    const boxes = boxGoods(composed, plan.boxes)
    return {
      type: 'document.created',
      documentNumber,
      ...(!isSilent && { lines: composed }),
      ...(boxes !== undefined && { boxes }),
    }
  }

  function emit(order: DeskOrder, announcement: Announcement | undefined): void {
    if (!announcement) return
    events += 1
    // Each later than the last: the newest wins at Sluice, and a millisecond is the least it can tell apart.
    const atMs = Math.max(deps.timers.now().getTime(), order.lastEventMs + 1)
    order.lastEventMs = atMs
    const { type, ...fields } = announcement
    const id = `${deps.runId}-${String(events).padStart(8, '0')}`
    const event = { id, type, orderNumber: order.request.orderNumber, at: new Date(atMs).toISOString(), ...fields }
    note(order, `event.${type}`, fields)
    order.deliveries.push(...deps.sender.add(event))
    if (order.deliveries.length > MAX_HISTORY) order.deliveries = order.deliveries.slice(-MAX_HISTORY)
  }

  function note(order: DeskOrder, what: string, detail?: unknown): void {
    order.history.push({ at: deps.timers.now().toISOString(), what, ...(detail !== undefined && { detail }) })
    if (order.history.length > MAX_HISTORY) order.history = order.history.slice(-MAX_HISTORY)
  }

  /** After every change; with many orders on the books only so often that it stays cheap. */
  function checkBooks(): void {
    changes += 1
    if (changes % Math.ceil((orders.size + 1) / 100) !== 0) return
    for (const fault of deps.stock.findFaults()) deps.findings.violation('stock', undefined, fault)
  }

  function viewOf(order: DeskOrder) {
    const { request, fulfilment, pickupCode, composed, heard, next, history, deliveries } = order
    const reservation = deps.stock.reservationOf(request.orderNumber)?.state ?? 'none'
    return {
      orderNumber: request.orderNumber,
      externalId: request.externalId,
      account: request.account,
      storeId: request.storeId,
      fulfilment,
      reservation: order.isShort && reservation === 'none' ? ('short' as const) : reservation,
      ...deps.stock.outstandingOf(request.orderNumber),
      staff: describeNext(next),
      pickupCode: pickupCode ?? null,
      composed: composed ?? null,
      heard: [...heard],
      request,
      events: deliveries,
      history,
    }
  }

  return {
    reserve,
    release,
    takeBack,
    hear,
    queryStock: (storeId: string, skus: string[], orderNumber: string | undefined): Answer => ({
      status: 200,
      body: { lots: deps.stock.query(storeId, skus, orderNumber) },
    }),
    setPlan(key: string, patch: unknown): void {
      patchPlan(deps.settings().plan, patch)
      if (plans.size >= MAX_PLANS && !plans.has(key)) plans.delete([...plans.keys()][0] ?? '')
      plans.set(key, patch)
      for (const order of orders.values()) {
        if (order.request.orderNumber === key || order.request.externalId === key) work(order)
      }
    },
    planFor: (orderNumber: string | undefined): Plan => {
      const order = orderNumber === undefined ? undefined : orders.get(orderNumber)
      return order === undefined ? deps.settings().plan : planOf(order)
    },
    findOrder: (orderNumber: string) => {
      const order = orders.get(orderNumber)
      return order && viewOf(order)
    },
    listOrders: () =>
      [...orders.values()].map((order) => {
        const { request: _request, history: _history, events, ...brief } = viewOf(order)
        return { ...brief, events: events.map(({ event, state }) => ({ type: event.type, state })) }
      }),
    snapshot(): DeskSnapshot {
      const kept = withoutOldest(orders.values(), ({ next }) => next.kind === 'over', MAX_ORDERS_OVER)
      const names = new Set(kept.flatMap(({ request }) => [request.orderNumber, request.externalId]))
      return {
        orders: new Map(kept.map((order) => [order.request.orderNumber, { ...order, cancelTimer: undefined }])),
        // Plans are also made for orders that are still to come.
        plans: new Map(withoutOldest(plans, ([key]) => !names.has(key), MAX_ORDERS_OVER)),
        events,
        documents,
        pickupCodes,
      }
    },
    /** Stock and sender come first: the staff go on at once. */
    restore(saved: DeskSnapshot): void {
      events = saved.events
      documents = saved.documents
      pickupCodes = saved.pickupCodes
      for (const [key, plan] of saved.plans) plans.set(key, plan)
      for (const [orderNumber, order] of saved.orders) orders.set(orderNumber, order)
      for (const order of orders.values()) work(order)
    },
    isIdle: () => [...orders.values()].every(({ cancelTimer }) => cancelTimer === undefined),
    clear(): void {
      generation += 1
      for (const order of orders.values()) order.cancelTimer?.()
      orders.clear()
      plans.clear()
    },
  }
}
export type OrderView = NonNullable<ReturnType<OrderDesk['findOrder']>>
export type OrderBrief = ReturnType<OrderDesk['listOrders']>[number]

/** Of an order that we never reserved anything for: its name at the marketplace is ours without the prefix. */
function strangeRequest(orderNumber: string): ReservationBody {
  return {
    orderNumber,
    marketplace: 'unknown',
    account: 'unknown',
    externalId: orderNumber.replace(/^[A-Z]+-/, ''),
    storeId: 'unknown',
    fulfilment: 'marketplace-delivery',
    lines: [],
    minExpiresOn: '2000-01-01',
    order: {},
  }
}

/** The sandbox's couriers show the last four digits of the marketplace's order id, and the number after it when that is outdated. */
function courierCode(externalId: string, which: 'right' | 'wrong' | 'next'): string {
  const right = externalId.slice(-4)
  const next = String((Number(right) + 1) % 10_000).padStart(4, '0')
  switch (which) {
    case 'right':
      return right
    case 'next':
      return next
    case 'wrong':
      return right === '0000' || next === '0000' ? '5555' : '0000'
  }
}

function keysFor(orderNumber: string, { sku, quantity }: LineToCompose) {
  const codes = Array.from({ length: Math.ceil(quantity) }, (_, n) => `KEY-${orderNumber}-${sku}-${n + 1}`)
  return { sku, codes, slip: 'Введите ключ на сайте.', activateUntil: '2035-12-31' }
}

function goodsIn(composed: ComposedLine[]): { sku: string; quantity: number }[] {
  return composed
    .filter(({ quantity }) => quantity > 0)
    .map(({ sku, replacedBy, quantity }) => ({ sku: replacedBy ?? sku, quantity }))
}

function wrongCode(right: string | undefined): string {
  return right === '0000' ? '9999' : '0000'
}

function describeNext(next: Next): string {
  switch (next.kind) {
    case 'step':
      return `next: ${next.step.kind}`
    case 'wait':
      return `waits for ${next.for}`
    case 'over':
      return next.because
  }
}
