import { rearrange } from '../armed-faults.ts'
import { millisecondsSince } from '../call-faults.ts'
import { createMemory } from '../calls.ts'
import type { Counts } from '../counts.ts'
import { addTo } from '../counts.ts'
import type { Timers } from '../timers.ts'
import type { Faults, NotificationFault } from './faults.ts'
import type { Findings } from './findings.ts'
import { type AnswerError, type Judgement, judgeAnswer, judgeFailure } from './judge-answer.ts'
import { resendWaitMs } from './resend-schedule.ts'
import type { Settings } from './settings.ts'

export interface NotificationAttempt {
  at: string
  /** Null: no answer. */
  status: number | null
  latencyMs: number
  answer: string | null
  /** As the cabinet's log names it; null when all is well. */
  error: AnswerError | null
  detail: string | null
}

/** One notification on its way to the seller; a duplicate is a delivery of its own. */
export interface NotificationDelivery {
  seq: number
  type: string
  orderId: string | null
  createdAt: string
  /** As it is sent. */
  body: string
  copyOf: number | null
  faults: string[]
  attempts: NotificationAttempt[]
  /** How it ended; `lost` was never sent, `dropped` belonged to a subscription that was switched off. */
  state: 'waiting' | 'acknowledged' | 'refused' | 'lost' | 'dropped'
  /** The Market's time spent on waiting between attempts, milliseconds. */
  waitedMs: number
}

export interface NotificationToSend {
  type: string
  orderId?: string | undefined
  body: Record<string, unknown>
  /** Sent as it is instead of the body. */
  rawBody?: string | undefined
  /** How many times more it is sent. */
  copies?: number | undefined
}

/** Notifications that a fault keeps back. */
interface Hold {
  lane: string
  deliveries: NotificationDelivery[]
  dueMs: number
  fault: Extract<NotificationFault, { fault: 'reorder' | 'delay' }>
}

/** `off`: no address. `connecting`: a PING has to be answered first. `disabled`: refused for 14 days. */
export type Subscription = 'off' | 'connecting' | 'connected' | 'disabled'

export interface NotificationsSnapshot {
  waiting: NotificationDelivery[]
  holds: Hold[]
  counters: NotificationCounters
  total: number
  subscription: Subscription
}

export interface NotificationCounters {
  deliveries: number
  copies: number
  attempts: number
  resends: number
  acknowledged: number
  refused: number
  lost: number
  dropped: number
  pings: number
  byType: Counts
  errors: Counts
}

export interface NotificationsDeps {
  timers: Timers
  settings: () => Settings
  faults: Faults
  findings: Findings
  fetch: typeof fetch
  memoryLimit: number
  /** The Market is down: nothing is sent. */
  isDown: () => boolean
  /** Something was settled that neither a call nor a timer tells. */
  onSettled: () => void
}

const newCounters = (): NotificationCounters => ({
  deliveries: 0,
  copies: 0,
  attempts: 0,
  resends: 0,
  acknowledged: 0,
  refused: 0,
  lost: 0,
  dropped: 0,
  pings: 0,
  byType: {},
  errors: {},
})

/**
 * Sends notifications to one address, in their order, a few at a time. While one of them is being sent again, no other goes
 * out (specification 2.6). Nothing goes out before a PING was answered as it should be.
 */
export function createNotifications(deps: NotificationsDeps) {
  const { timers, settings, findings } = deps
  const memory = createMemory<NotificationDelivery>(deps.memoryLimit)
  const latencies = createMemory<number>(100_000)
  let counters = newCounters()
  let waiting: NotificationDelivery[] = []
  /** Being sent for the first time, and being sent again. */
  const underWay = new Set<NotificationDelivery>()
  const failing = new Set<NotificationDelivery>()
  const holds = new Set<Hold>()
  let subscription: Subscription = 'off'
  let connectedTo: string | null = null
  let generation = 0

  function send(notification: NotificationToSend): NotificationDelivery {
    const { orderId, type } = notification
    const faults = deps.faults.takeForNotification(orderId, type)
    for (const fault of faults) {
      if (fault.fault !== 'unknown-type') continue
      const noise = { type: fault.unknownType, orderId, body: notification.body }
      enqueue([createDelivery(noise, [], null)])
    }
    const first = createDelivery(notification, faults, null)
    const deliveries = [first]
    const copies = faults.reduce(
      (sum, fault) => sum + (fault.fault === 'duplicate' ? fault.copies : 0),
      notification.copies ?? 0,
    )
    for (let n = 0; n < copies; n += 1) deliveries.push(createDelivery(notification, faults, first))
    route(orderId ?? 'none', deliveries, faults)
    return first
  }

  function createDelivery(
    notification: NotificationToSend,
    faults: NotificationFault[],
    original: NotificationDelivery | null,
  ): NotificationDelivery {
    counters.deliveries += 1
    if (original !== null) counters.copies += 1
    addTo(counters.byType, notification.type)
    const extra = faults.some(({ fault }) => fault === 'extra-fields')
      ? { sandboxExtra: { trace: [1, null, 'x'] }, sandboxFlag: true }
      : {}
    return memory.add({
      seq: memory.total() + 1,
      type: notification.type,
      orderId: notification.orderId ?? null,
      createdAt: timers.now().toISOString(),
      body:
        original?.body ??
        notification.rawBody ??
        JSON.stringify({ notificationType: notification.type, ...notification.body, ...extra }),
      copyOf: original?.seq ?? null,
      faults: faults.map(({ fault }) => fault),
      attempts: [],
      state: 'waiting',
      waitedMs: 0,
    })
  }

  function route(lane: string, deliveries: NotificationDelivery[], faults: NotificationFault[]): void {
    for (const fault of faults) {
      switch (fault.fault) {
        case 'lose':
          for (const delivery of deliveries) settle(delivery, 'lost')
          return
        case 'reorder': {
          const held = [...holds].find((one) => one.lane === lane && one.fault.fault === 'reorder')
          if (held !== undefined) held.deliveries.push(...deliveries)
          else hold({ lane, deliveries: [...deliveries], fault, dueMs: 0 }, fault.holdMs)
          return
        }
        case 'delay':
          hold({ lane, deliveries, fault, dueMs: 0 }, fault.delayMs)
          return
        case 'duplicate':
        case 'extra-fields':
        case 'unknown-type':
          break
      }
    }
    enqueue(deliveries)
  }

  function hold(held: Hold, delayMs: number): void {
    held.dueMs = timers.now().getTime() + delayMs
    holds.add(held)
    timers.schedule(delayMs, () => {
      if (!holds.delete(held)) return
      const { deliveries, fault } = held
      enqueue(fault.fault === 'reorder' ? rearrange(deliveries, fault.mode, fault.seed) : deliveries)
    })
  }

  function enqueue(deliveries: NotificationDelivery[]): void {
    if (subscription === 'disabled') {
      for (const delivery of deliveries) settle(delivery, 'dropped')
      return
    }
    // Remembered, but they go nowhere.
    if (settings().notificationUrl === null) return
    waiting.push(...deliveries)
    pump()
  }

  /** Sends what may be sent now. */
  function pump(): void {
    if (subscription !== 'connected' || failing.size > 0 || deps.isDown()) return
    while (underWay.size < settings().parallelNotifications) {
      const next = waiting.shift()
      if (next === undefined) return
      underWay.add(next)
      void attempt(next)
    }
  }

  async function attempt(delivery: NotificationDelivery): Promise<void> {
    const { notificationUrl, notificationTimeoutMs, clockFactor, waits } = settings()
    if (notificationUrl === null) return
    if (deps.isDown()) {
      // Goes out first when the Market is back.
      underWay.delete(delivery)
      failing.delete(delivery)
      waiting.unshift(delivery)
      return
    }
    const bornIn = generation
    counters.attempts += 1
    if (delivery.attempts.length > 0) counters.resends += 1
    const { outcome, judgement } = await post(notificationUrl, delivery.body, notificationTimeoutMs)
    if (bornIn !== generation) return
    delivery.attempts.push(outcome)
    if (delivery.attempts.length > 100) delivery.attempts.splice(1, 1)
    underWay.delete(delivery)

    if (judgement.kind === 'failed') {
      addTo(counters.errors, judgement.error)
      noteFailure(delivery, judgement)
      if (delivery.waitedMs >= waits.disableMs) return disable()
      failing.add(delivery)
      const waitMs = resendWaitMs(delivery.waitedMs)
      delivery.waitedMs += waitMs
      timers.schedule(waitMs / clockFactor, () => {
        if (bornIn === generation && delivery.state === 'waiting') void attempt(delivery)
      })
      return
    }
    failing.delete(delivery)
    if (judgement.kind === 'accepted') {
      latencies.add(outcome.latencyMs)
      settle(delivery, 'acknowledged')
    } else {
      addTo(counters.errors, 'HTTP')
      findings.violation('notification-refused', delivery.orderId ?? undefined, `400 to ${delivery.body}`)
      if (!judgement.isWellFormed) {
        findings.violation('invalid-answer', delivery.orderId ?? undefined, `400 with ${outcome.answer}`)
      }
      settle(delivery, 'refused')
    }
    deps.onSettled()
    pump()
  }

  function noteFailure(
    delivery: NotificationDelivery,
    { error, detail }: Extract<Judgement, { kind: 'failed' }>,
  ): void {
    const orderId = delivery.orderId ?? undefined
    const isWrongForm =
      error === 'UNSUPPORTED_MEDIA_TYPE' || error === 'CANT_PARSE_RESPONSE' || error === 'INVALID_DATA'
    if (isWrongForm) findings.violation('invalid-answer', orderId, `${error}: ${detail}`)
    else findings.remark('notification-failed', orderId, `${delivery.type}: ${error}, ${detail}`)
  }

  function settle(delivery: NotificationDelivery, state: Exclude<NotificationDelivery['state'], 'waiting'>): void {
    delivery.state = state
    counters[state] += 1
  }

  /** Nothing undelivered is kept (specification 2.6). A person has to connect again. */
  function disable(): void {
    subscription = 'disabled'
    for (const delivery of [...waiting, ...failing]) settle(delivery, 'dropped')
    waiting = []
    failing.clear()
  }

  /** Asks for a valid answer to a PING, until it comes. */
  async function connect(): Promise<void> {
    const { notificationUrl, pingTimeoutMs, pingRetryMs } = settings()
    connectedTo = notificationUrl
    subscription = notificationUrl === null ? 'off' : 'connecting'
    if (notificationUrl === null) return
    const bornIn = generation
    const again = () =>
      timers.schedule(pingRetryMs, () => {
        if (bornIn === generation && subscription === 'connecting') void connect()
      })
    if (deps.isDown()) return void again()
    counters.pings += 1
    const time = timers.now().toISOString().replace('Z', '759084Z')
    const body = JSON.stringify({ notificationType: 'PING', time })
    const { judgement, outcome } = await post(notificationUrl, body, pingTimeoutMs)
    if (bornIn !== generation || settings().notificationUrl !== notificationUrl) return
    if (judgement.kind === 'accepted') {
      subscription = 'connected'
      return pump()
    }
    const detail = judgement.kind === 'failed' ? `${judgement.error}, ${judgement.detail}` : '400'
    findings.remark('ping-refused', undefined, `${outcome.latencyMs} ms: ${detail}`)
    again()
  }

  async function post(url: string, body: string, timeoutMs: number) {
    const at = timers.now().toISOString()
    const startedMs = performance.now()
    const done = (judgement: Judgement, status: number | null, answer: string | null) => {
      const isFailed = judgement.kind === 'failed'
      const outcome: NotificationAttempt = {
        at,
        status,
        latencyMs: millisecondsSince(startedMs),
        answer,
        error: isFailed ? judgement.error : judgement.kind === 'refused' ? 'HTTP' : null,
        detail: isFailed ? judgement.detail : null,
      }
      return { outcome, judgement }
    }
    try {
      // Added to whatever was entered, even behind a query (specification 2.1).
      const response = await deps.fetch(`${url}/notification`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const answer = await response.text()
      const judgement = judgeAnswer({
        status: response.status,
        contentType: response.headers.get('content-type'),
        body: answer,
      })
      return done(judgement, response.status, answer.slice(0, 1_000))
    } catch (err) {
      return done(judgeFailure(err), null, null)
    }
  }

  return {
    send,
    /** As a person who presses the button in the cabinet. */
    connect: () => void connect(),
    /** After a start; what was switched off stays so. */
    reconnect(): void {
      if (subscription !== 'disabled') void connect()
    },
    /** Settings have changed: another address has to be connected first. */
    settingsChanged(): void {
      if (settings().notificationUrl !== connectedTo) void connect()
      else pump()
    },
    /** The Market is back: what waits goes out. */
    resume: pump,
    list: () => memory.list(),
    counters: () => ({ ...counters, pending: waiting.length + underWay.size + failing.size }),
    subscription: () => subscription,
    isBlocked: () => failing.size > 0,
    latenciesMs: () => latencies.list(),
    snapshot: (): NotificationsSnapshot => ({
      waiting: [...failing, ...underWay, ...waiting].toSorted((a, b) => a.seq - b.seq),
      holds: [...holds],
      counters,
      total: memory.total(),
      subscription,
    }),
    /** What was not settled goes out again at once, what was kept back after the wait that was left at `savedAtMs`. */
    restore(saved: NotificationsSnapshot, savedAtMs: number): void {
      const deliveries = [...saved.waiting, ...saved.holds.flatMap((held) => held.deliveries)]
      memory.restore(
        deliveries.toSorted((a, b) => a.seq - b.seq),
        saved.total,
      )
      counters = saved.counters
      waiting = [...saved.waiting]
      for (const held of saved.holds) hold(held, Math.max(0, held.dueMs - savedAtMs))
      if (saved.subscription === 'disabled') {
        subscription = 'disabled'
        connectedTo = settings().notificationUrl
      }
    },
    /** Forgets everything; what is under way is not sent again. */
    clear(): void {
      generation += 1
      memory.clear()
      latencies.clear()
      counters = newCounters()
      waiting = []
      underWay.clear()
      failing.clear()
      holds.clear()
      subscription = 'off'
      connectedTo = null
    },
  }
}
export type Notifications = ReturnType<typeof createNotifications>
