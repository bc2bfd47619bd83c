import type { Context } from 'hono'
import { type ReceivedCall, readCall } from '../calls.ts'
import type { Timers } from '../timers.ts'
import { type Answer, type CallAnswerer, errorBody } from './answer-call.ts'
import { refuseUnauthorized } from './authorization.ts'
import { parseNotification } from './notifications-schema.ts'
import { type KuperOrder, orderFlow } from './order.ts'
import type { OrderBook } from './order-book.ts'
import { isPaidThroughKuper, type OrderLife } from './order-life.ts'
import { judge, type NotificationType, type Verdict } from './orders-state.ts'
import type { Settings } from './settings.ts'
import type { TokenVerdict } from './tokens.ts'
import type { Findings } from './violations.ts'

export interface NotificationDeps {
  book: OrderBook
  life: OrderLife
  timers: Timers
  settings: () => Settings
  verify: (token: string) => TokenVerdict
  findings: Findings
  answerer: CallAnswerer
}

/**
 * The notifications endpoint. Checks in Kuper's order: credentials (401), fields and type (422), the order (422), the
 * integration type (405), the state (422). Whatever a strict Kuper would object to becomes a violation.
 */
export function createNotificationHandler(deps: NotificationDeps) {
  const { findings } = deps
  const underWay = new Map<string, Set<{ type: string }>>()
  let recentMs: number[] = []

  return async function handle(c: Context): Promise<Response> {
    const received = await readCall(c.req)
    const { type, orderId, order } = identify(received.body, deps.book)
    const end = orderId === undefined ? undefined : beginExclusively(orderId, type ?? '?')
    c.req.raw.signal.addEventListener('abort', () => end?.(), { once: true })
    if (order !== undefined && type !== undefined) checkIdempotencyKey(order, type, received.headers)
    try {
      return await deps.answerer.answerCall(c, {
        on: 'notification',
        received,
        orderId,
        type,
        readState: () => order?.state,
        process: () => process(received, orderId),
        onAnswered: ({ status }) => {
          const processed = order?.processed.get(type as NotificationType)
          if (processed !== undefined && (status === 200 || status === 202)) processed.wasAnswered = true
        },
      })
    } finally {
      end?.()
    }
  }

  function process(received: ReceivedCall, orderId: string | undefined): Answer {
    if (isOverRate()) {
      return { status: 429, body: { error: { type: 'too-many-requests', title: 'Too many requests.', status: 429 } } }
    }
    const refused = refuseUnauthorized(received.headers, deps, orderId)
    if (refused !== undefined) return refused
    const isJson = /^application\/json\b/i.test(received.headers['content-type'] ?? '')
    if (!isJson || received.body === null || typeof received.body !== 'object') {
      findings.violation('malformed', orderId, 'not a JSON object sent as application/json')
      return { status: 400, body: errorBody(400, 'invalid', null, 'JSON is expected') }
    }

    const parsed = parseNotification(received.body)
    if (parsed.kind === 'invalid') {
      const details = parsed.errors.map((error) => `${error.field} ${error.message}`).join('; ')
      const isUnknownType = parsed.errors.some((error) => error.field === 'event.type')
      findings.violation(isUnknownType ? 'unknown-type' : 'bad-fields', orderId, `${parsed.type}: ${details}`)
      return { status: 422, body: { code: 422, errors: parsed.errors } }
    }
    const { type, payload } = parsed
    const order = deps.book.findNamed(payload)
    if (order === undefined) {
      findings.violation('unknown-order', orderId, `${type} for an order that does not exist`)
      return { status: 422, body: errorBody(422, 'not_found', 'event.payload.order_id', 'unknown order') }
    }
    checkNames(order, payload)

    const former = order.processed.get(type)
    const verdict = judge(
      type,
      { flow: orderFlow(order), state: order.state, wasProcessed: former !== undefined },
      deps.settings(),
    )
    if (former?.wasAnswered) findings.violation('repeated', order.originalOrderId, type)
    if (verdict.status === 200) {
      checkSoftRules(order, type)
      deps.life.applyNotification(order, type, payload, verdict)
    } else {
      noteRefusal(order, type, verdict)
    }
    return answerFor(type, order, verdict)
  }

  function beginExclusively(orderId: string, type: string): () => void {
    const others = underWay.get(orderId) ?? new Set<{ type: string }>()
    if (others.size > 0) {
      const names = [...others].map((other) => other.type).join(', ')
      findings.violation('overlap', orderId, `${type} while ${names} is under way`)
    }
    const mark = { type }
    others.add(mark)
    underWay.set(orderId, others)
    return () => {
      others.delete(mark)
      if (others.size === 0 && underWay.get(orderId) === others) underWay.delete(orderId)
    }
  }

  function isOverRate(): boolean {
    const { rateLimitPerSecond } = deps.settings()
    if (rateLimitPerSecond === null) return false
    const nowMs = deps.timers.now().getTime()
    recentMs = recentMs.filter((atMs) => atMs > nowMs - 1_000)
    if (recentMs.length >= rateLimitPerSecond) return true
    recentMs.push(nowMs)
    return false
  }

  function checkIdempotencyKey(order: KuperOrder, type: string, headers: ReceivedCall['headers']) {
    const key = headers['idempotency-key']
    if (key === undefined) return
    const former = order.idempotencyKeys.get(type)
    if (former === undefined) order.idempotencyKeys.set(type, key)
    else if (former !== key) {
      findings.violation('idempotency-key-changed', order.originalOrderId, `${type}: ${former}, then ${key}`)
    }
  }

  function checkNames(
    order: KuperOrder,
    payload: {
      orderUUID?: string | undefined
      number?: string | undefined
      order?: { originalOrderId?: string | undefined } | undefined
    },
  ) {
    const id = order.originalOrderId
    if (payload.orderUUID !== undefined && payload.orderUUID !== order.orderUUID) {
      findings.violation('order-keys-differ', id, `orderUUID ${payload.orderUUID}`)
    }
    if (payload.order?.originalOrderId !== undefined && payload.order.originalOrderId !== id) {
      findings.violation('order-keys-differ', id, `order.originalOrderId ${payload.order.originalOrderId}`)
    }
    if (payload.number !== undefined && order.number !== undefined && payload.number !== order.number) {
      findings.violation('number-differs', id, `${payload.number} instead of ${order.number}`)
    }
  }

  function checkSoftRules(order: KuperOrder, type: NotificationType) {
    const isLeaving = type === 'order.delivering' || type === 'order.delivered'
    if (isLeaving && isPaidThroughKuper(order) && order.paymentState !== 'paid') {
      findings.remark('before-payment', order.originalOrderId, type)
    }
    if (type === 'order.in_work' && order.plan.restaurant && !order.processed.has('order.accepted')) {
      findings.violation('not-accepted', order.originalOrderId, 'a restaurant order must be accepted first')
    }
  }

  function noteRefusal(order: KuperOrder, type: NotificationType, verdict: Verdict) {
    const id = order.originalOrderId
    if (verdict.status === 405) {
      const hasChangedFlow = order.shipmentMethod !== order.plan.shipmentMethod
      if (hasChangedFlow) findings.remark('crossed-update', id, `${type} under ${orderFlow(order)}`)
      else findings.violation('wrong-flow', id, `${type} under ${orderFlow(order)}`)
    }
    if (verdict.status !== 422 || verdict.reason === 'repeat') return
    const isRace = order.isBecomingReady || order.cancellation?.by === 'kuper'
    if (isRace) findings.remark('race', id, `${type} in ${order.state}`)
    else findings.violation('bad-order', id, `${type} in ${order.state}`)
  }
}

/** What the body says about itself, before anything is checked. */
function identify(body: unknown, book: OrderBook) {
  const event = (body as { event?: { type?: unknown; payload?: Record<string, unknown> } } | null)?.event
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const keys = { order_id: text(event?.payload?.order_id), orderUUID: text(event?.payload?.orderUUID) }
  const order = book.findNamed(keys)
  return { type: text(event?.type), orderId: order?.originalOrderId ?? keys.order_id ?? keys.orderUUID, order }
}

function answerFor(type: NotificationType, order: KuperOrder, verdict: Verdict): Answer {
  switch (verdict.status) {
    case 200:
    case 202:
      return { status: verdict.status, body: {} }
    case 405:
      return {
        status: 405,
        body: errorBody(405, 'not_allowed', 'event.type', `${type} does not apply to this integration type`),
      }
    case 422:
      return {
        status: 422,
        body: errorBody(422, 'invalid_state', 'event.type', `${type} is not possible in state ${order.state}`),
      }
  }
}
