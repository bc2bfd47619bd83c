import { rearrange } from '../armed-faults.ts'
import { millisecondsSince } from '../call-faults.ts'
import { createMemory } from '../calls.ts'
import type { Timers } from '../timers.ts'
import type { Faults, WebhookFault } from './faults.ts'
import { formatMoscow } from './moscow-time.ts'
import type { KuperOrder } from './order.ts'
import type { Settings, WebhookAuth } from './settings.ts'

export interface WebhookAttempt {
  at: string
  /** Null: no answer (network, time-out). */
  status: number | null
  latencyMs: number
  answer: unknown
  error: string | null
}

/** One webhook on its way to the merchant; a duplicate is a delivery of its own. */
export interface WebhookDelivery {
  seq: number
  orderId: string | null
  eventType: string
  createdAt: string
  body: string
  copyOf: number | null
  faults: string[]
  attempts: WebhookAttempt[]
  acknowledgedAt: string | null
}

export interface WebhookToSend {
  order?: KuperOrder | undefined
  eventType: string
  /** Without the order's names: they are added here, except where the payload brings its own. */
  payload: Record<string, unknown>
  /** Sent as it is instead of the envelope. */
  rawBody?: string | undefined
  auth?: WebhookAuth | 'none' | undefined
  /** False: one try, whatever comes back. */
  retry?: boolean | undefined
}

export interface WebhookDeps {
  timers: Timers
  settings: () => Settings
  faults: Faults
  fetch: typeof fetch
  memoryLimit: number
  /** Called for each acknowledged delivery, copies included. */
  onAcknowledged: (order: KuperOrder | undefined, delivery: WebhookDelivery, answer: unknown) => void
}

interface Parcel {
  delivery: WebhookDelivery
  webhook: WebhookToSend
}

/** Webhooks that a fault keeps back, until `dueMs` at the latest. */
interface Hold {
  lane: string
  parcels: Parcel[]
  dueMs: number | undefined
  fault: Extract<WebhookFault, { fault: 'withhold' | 'reorder' | 'delay' }>
}

export interface WebhooksSnapshot {
  pending: Set<Parcel>
  holds: Set<Hold>
  counters: Record<'deliveries' | 'copies' | 'attempts' | 'retries' | 'acknowledged' | 'lost', number>
  total: number
}

/**
 * Sends webhooks at least once: what is not answered 2xx is tried again for ever, ever more slowly. First tries of one
 * order go out one after another; retries, duplicates and the faults of section 14 may overtake.
 */
export function createWebhooks(deps: WebhookDeps) {
  const memory = createMemory<WebhookDelivery>(deps.memoryLimit)
  const latencies = createMemory<number>(100_000)
  const counters = { deliveries: 0, copies: 0, attempts: 0, retries: 0, acknowledged: 0, lost: 0 }
  const lanes = new Map<string, Promise<void>>()
  /** On their way, and not acknowledged yet. */
  const pending = new Set<Parcel>()
  const holds = new Set<Hold>()
  let generation = 0

  function send(webhook: WebhookToSend): WebhookDelivery {
    const orderId = webhook.order?.originalOrderId
    const faults = deps.faults.takeForWebhook(orderId, webhook.eventType)
    const first = createDelivery(webhook, faults, null)
    const parcels = [{ delivery: first, webhook }]
    for (const fault of faults) {
      if (fault.fault !== 'duplicate') continue
      for (let copy = 0; copy < fault.copies; copy += 1) {
        parcels.push({ delivery: createDelivery(webhook, faults, first), webhook })
      }
    }
    route(orderId ?? 'none', parcels, faults)
    for (const fault of faults) {
      if (fault.fault !== 'unknown-event') continue
      const noise = { ...webhook, eventType: fault.unknownType, rawBody: undefined }
      enqueue(orderId ?? 'none', [{ delivery: createDelivery(noise, [], null), webhook: noise }])
    }
    return first
  }

  function createDelivery(
    webhook: WebhookToSend,
    faults: WebhookFault[],
    original: WebhookDelivery | null,
  ): WebhookDelivery {
    counters.deliveries += 1
    if (original !== null) counters.copies += 1
    return memory.add({
      seq: memory.total() + 1,
      orderId: webhook.order?.originalOrderId ?? null,
      eventType: webhook.eventType,
      createdAt: deps.timers.now().toISOString(),
      body: original?.body ?? webhook.rawBody ?? JSON.stringify(envelopeOf(webhook, faults, deps.timers.now())),
      copyOf: original?.seq ?? null,
      faults: faults.map((fault) => fault.fault),
      attempts: [],
      acknowledgedAt: null,
    })
  }

  function route(lane: string, parcels: Parcel[], faults: WebhookFault[]) {
    for (const fault of faults) {
      switch (fault.fault) {
        case 'lose':
          counters.lost += parcels.length
          return
        case 'withhold':
          hold({ lane, parcels, fault, dueMs: undefined }, fault.holdMs)
          return
        case 'reorder': {
          const held = [...holds].find((one) => one.lane === lane && one.fault.fault === 'reorder')
          if (held !== undefined) held.parcels.push(...parcels)
          else hold({ lane, parcels: [...parcels], fault, dueMs: undefined }, fault.holdMs)
          return
        }
        case 'delay':
          hold({ lane, parcels, fault, dueMs: undefined }, fault.delayMs)
          return
        case 'duplicate':
        case 'say-changed':
        case 'extra-fields':
        case 'unknown-event':
        case 'name-by':
          break
      }
    }
    enqueue(lane, parcels)
  }

  function hold(held: Hold, delayMs: number | undefined) {
    holds.add(held)
    if (delayMs === undefined) return
    held.dueMs = deps.timers.now().getTime() + delayMs
    deps.timers.schedule(delayMs, () => release(held))
  }

  function release(held: Hold) {
    if (!holds.delete(held)) return
    const { lane, parcels, fault } = held
    if (fault.fault !== 'reorder') return enqueue(lane, parcels)
    for (const parcel of rearrange(parcels, fault.mode, fault.seed)) enqueue(lane, [parcel])
  }

  /** Parcels given together go out at the same time, after what the lane already holds. */
  function enqueue(lane: string, parcels: Parcel[]) {
    for (const parcel of parcels) pending.add(parcel)
    const previous = lanes.get(lane) ?? Promise.resolve()
    const bornIn = generation
    const current = previous.then(async () => {
      if (bornIn !== generation) return
      await Promise.all(parcels.map((parcel) => attempt(parcel)))
    })
    lanes.set(lane, current)
    void current.then(() => {
      if (lanes.get(lane) === current) lanes.delete(lane)
    })
  }

  async function attempt(parcel: Parcel): Promise<void> {
    const { webhookUrl, webhookAuth, webhookTimeoutMs, webhookRetryMs } = deps.settings()
    if (webhookUrl === null) {
      pending.delete(parcel)
      return
    }
    const { delivery, webhook } = parcel
    const bornIn = generation
    counters.attempts += 1
    if (delivery.attempts.length > 0) counters.retries += 1
    const outcome = await post(webhookUrl, webhook.auth ?? webhookAuth, delivery.body, webhookTimeoutMs)
    if (bornIn !== generation) return
    delivery.attempts.push(outcome)
    if (delivery.attempts.length > 100) delivery.attempts.splice(1, 1)

    if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300) {
      pending.delete(parcel)
      delivery.acknowledgedAt = deps.timers.now().toISOString()
      counters.acknowledged += 1
      latencies.add(outcome.latencyMs)
      deps.onAcknowledged(webhook.order, delivery, outcome.answer)
      releaseAfter(delivery)
      return
    }
    if (webhook.retry === false) {
      pending.delete(parcel)
      return
    }
    const waitMs = webhookRetryMs[Math.min(delivery.attempts.length, webhookRetryMs.length) - 1] ?? 0
    deps.timers.schedule(waitMs, () => void attempt(parcel))
  }

  function releaseAfter(delivery: WebhookDelivery) {
    const lane = delivery.orderId ?? 'none'
    for (const held of holds) {
      if (held.lane !== lane || held.fault.fault !== 'withhold') continue
      if (held.fault.until === undefined || held.fault.until === delivery.eventType) release(held)
    }
  }

  async function post(url: string, auth: WebhookAuth | 'none', body: string, timeoutMs: number) {
    const at = deps.timers.now().toISOString()
    const startedMs = performance.now()
    const done = (rest: Pick<WebhookAttempt, 'status' | 'answer' | 'error'>): WebhookAttempt => ({
      at,
      latencyMs: millisecondsSince(startedMs),
      ...rest,
    })
    try {
      const response = await deps.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'kuper-sandbox', ...authHeaders(auth) },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      })
      return done({ status: response.status, answer: parseAnswer(await response.text()), error: null })
    } catch (err) {
      return done({ status: null, answer: null, error: causeOf(err) })
    }
  }

  return {
    send,
    list: () => memory.list(),
    counters: () => ({ ...counters }),
    latenciesMs: () => latencies.list(),
    snapshot: (): WebhooksSnapshot => ({ pending, holds, counters, total: memory.total() }),
    /** What was not acknowledged goes out again at once, what was kept back after the wait that was left at `savedAtMs`. */
    restore(saved: WebhooksSnapshot, savedAtMs: number) {
      const held = [...saved.holds]
      const deliveries = [...saved.pending, ...held.flatMap(({ parcels }) => parcels)].map(({ delivery }) => delivery)
      memory.restore(
        deliveries.toSorted((a, b) => a.seq - b.seq),
        saved.total,
      )
      Object.assign(counters, saved.counters)
      for (const one of held) hold(one, one.dueMs === undefined ? undefined : Math.max(0, one.dueMs - savedAtMs))
      for (const parcel of saved.pending) enqueue(parcel.delivery.orderId ?? 'none', [parcel])
    },
    /** Forgets everything; what is under way is not tried again. */
    clear() {
      generation += 1
      memory.clear()
      latencies.clear()
      pending.clear()
      holds.clear()
      Object.assign(counters, { deliveries: 0, copies: 0, attempts: 0, retries: 0, acknowledged: 0, lost: 0 })
    },
  }
}
export type Webhooks = ReturnType<typeof createWebhooks>

function envelopeOf(webhook: WebhookToSend, faults: WebhookFault[], now: Date): Record<string, unknown> {
  let eventType = webhook.eventType
  let payload = { ...namesOf(webhook.order), ...webhook.payload }
  let envelope: Record<string, unknown> = { timestamp: formatMoscow(now) }
  for (const fault of faults) {
    if (fault.fault === 'say-changed' && eventType === 'order.updated') eventType = 'order.changed'
    if (fault.fault === 'extra-fields') {
      envelope = { ...envelope, sandbox_extra: { trace: [1, null, 'x'] } }
      payload = { ...payload, sandbox_extra: 'unknown', sandboxNested: { list: [{ a: 1 }] } }
    }
    if (fault.fault === 'name-by' && eventType !== 'order.created' && webhook.order !== undefined) {
      payload = { ...without(payload, NAME_KEYS), ...nameBy(fault.key, webhook.order) }
    }
  }
  return { event_type: eventType, ...envelope, payload }
}

const NAME_KEYS = ['originalOrderId', 'order_id', 'orderUUID', 'number']

function namesOf(order: KuperOrder | undefined): Record<string, unknown> {
  if (order === undefined) return {}
  return {
    originalOrderId: order.originalOrderId,
    orderUUID: order.orderUUID,
    ...(order.number === undefined ? {} : { number: order.number }),
  }
}

function nameBy(key: 'originalOrderId' | 'order_id' | 'orderUUID' | 'number', order: KuperOrder) {
  switch (key) {
    case 'originalOrderId':
    case 'order_id':
      return { [key]: order.originalOrderId }
    case 'orderUUID':
      return { orderUUID: order.orderUUID }
    case 'number':
      return order.number === undefined ? { originalOrderId: order.originalOrderId } : { number: order.number }
  }
}

function without(payload: Record<string, unknown>, keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => !keys.includes(key)))
}

function authHeaders(auth: WebhookAuth | 'none'): Record<string, string> {
  if (auth === 'none') return {}
  switch (auth.scheme) {
    case 'client-token':
      return { 'client-token': auth.token }
    case 'basic':
      return { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` }
    case 'bearer':
      return { authorization: `Bearer ${auth.token}` }
  }
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text.slice(0, 1_000)
  }
}

function causeOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return err.cause instanceof Error ? `${err.message}: ${err.cause.message}` : err.message
}
