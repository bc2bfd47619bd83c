import { rearrange } from '../armed-faults.ts'
import type { Timers } from '../timers.ts'
import type { EventFault, Faults } from './faults.ts'
import type { Findings } from './findings.ts'
import type { Settings } from './settings.ts'

/** An event as the contract writes it. */
export interface OutgoingEvent {
  id: string
  type: string
  /** One of the two. */
  orderNumber?: string
  conversation?: string
  at: string
  [field: string]: unknown
}

/** Posts a body to Sluice. Throws when there is no answer. */
export type PostEvents = (
  url: string,
  token: string,
  body: unknown,
  timeoutMs: number,
) => Promise<{ status: number; body: unknown }>

/** What became of an event; a doubled one has two. */
export interface Delivery {
  event: OutgoingEvent
  state: 'held' | 'waiting' | 'accepted' | 'rejected'
  attempts: number
  lastStatus: number | null
}

interface Outbox {
  /** Kept back by a reorder fault. */
  held: { delivery: Delivery; fault: Extract<EventFault, { fault: 'reorder' }> }[]
  waiting: Delivery[]
  isSending: boolean
  failures: number
}

/** Events that a delay fault keeps back. */
interface Held {
  orderNumber: string
  deliveries: Delivery[]
  dueMs: number
}

/** Shares its deliveries with the orders they belong to. */
export interface SenderSnapshot {
  outboxes: Map<string, Outbox>
  delayed: Set<Held>
  counts: Record<'created' | 'posts' | 'accepted' | 'rejected' | 'failedPosts', number>
}

export interface EventSenderDeps {
  settings: () => Settings
  timers: Timers
  faults: Faults
  findings: Findings
  post: PostEvents
  /** Something was answered for good. */
  onSettled: () => void
}

export type EventSender = ReturnType<typeof createEventSender>

/** Delivers an order's events one after another, each until it is answered, as a queue in 1C would. */
export function createEventSender(deps: EventSenderDeps) {
  let outboxes = new Map<string, Outbox>()
  const counts = { created: 0, posts: 0, accepted: 0, rejected: 0, failedPosts: 0 }
  const delayed = new Set<Held>()
  let scheduled = 0
  let generation = 0

  function outboxOf(orderNumber: string): Outbox {
    const outbox = outboxes.get(orderNumber) ?? { held: [], waiting: [], isSending: false, failures: 0 }
    outboxes.set(orderNumber, outbox)
    return outbox
  }

  function add(event: OutgoingEvent): Delivery[] {
    counts.created += 1
    const subject = subjectOf(event)
    const faults = deps.faults.takeForEvent(subject, event.type)
    const duplicate = faults.find((fault) => fault.fault === 'duplicate')
    const delay = faults.find((fault) => fault.fault === 'delay')
    const reorder = faults.find((fault) => fault.fault === 'reorder')
    const deliveries = Array.from({ length: 1 + (duplicate?.copies ?? 0) }, () => {
      const state = reorder ? ('held' as const) : ('waiting' as const)
      return { event, state, attempts: 0, lastStatus: null } satisfies Delivery as Delivery
    })
    if (deps.settings().eventsUrl === null) return deliveries
    const outbox = outboxOf(subject)
    if (reorder) outbox.held.push(...deliveries.map((delivery) => ({ delivery, fault: reorder })))
    else if (delay) hold(subject, deliveries, delay.delayMs)
    else enqueue(subject, deliveries)
    return deliveries
  }

  function hold(orderNumber: string, deliveries: Delivery[], delayMs: number): void {
    const held = { orderNumber, deliveries, dueMs: deps.timers.now().getTime() + delayMs }
    delayed.add(held)
    later(delayMs, () => {
      delayed.delete(held)
      enqueue(orderNumber, deliveries)
    })
  }

  function later(delayMs: number, run: () => void): void {
    scheduled += 1
    const current = generation
    deps.timers.schedule(delayMs, () => {
      if (current !== generation) return
      scheduled -= 1
      run()
    })
  }

  function enqueue(orderNumber: string, deliveries: Delivery[]): void {
    for (const delivery of deliveries) delivery.state = 'waiting'
    outboxOf(orderNumber).waiting.push(...deliveries)
    void sendNext(orderNumber)
  }

  /** The staff have to wait for something: what was kept back goes out. */
  function flush(orderNumber: string): void {
    const outbox = outboxes.get(orderNumber)
    const fault = outbox?.held[0]?.fault
    if (!outbox || !fault) return
    const deliveries = rearrange(
      outbox.held.map(({ delivery }) => delivery),
      fault.mode,
      fault.seed,
    )
    outbox.held = []
    enqueue(orderNumber, deliveries)
  }

  /** Never more than one post of an order at a time; a failed one is repeated before anything else of the order. */
  async function sendNext(orderNumber: string): Promise<void> {
    const outbox = outboxes.get(orderNumber)
    if (!outbox || outbox.isSending) return
    const { eventsUrl, eventsToken, eventTimeoutMs, sendAs, eventRetryMs } = deps.settings()
    if (eventsUrl === null) return
    const batch = outbox.waiting.slice(0, sendAs === 'list' ? 100 : 1)
    if (batch.length === 0) {
      if (outbox.held.length === 0) outboxes.delete(orderNumber)
      return
    }
    outbox.isSending = true
    const body = sendAs === 'list' ? batch.map(({ event }) => event) : batch[0]?.event
    const isSettled = await post(batch, () => deps.post(eventsUrl, eventsToken, body, eventTimeoutMs))
    outbox.isSending = false
    if (isSettled) {
      outbox.failures = 0
      outbox.waiting = outbox.waiting.slice(batch.length)
      deps.onSettled()
      await sendNext(orderNumber)
    } else {
      const waitMs = eventRetryMs[Math.min(outbox.failures, eventRetryMs.length - 1)] ?? 0
      outbox.failures += 1
      later(waitMs, () => void sendNext(orderNumber))
    }
  }

  /** Whether every event of the batch has been answered for good. */
  async function post(batch: Delivery[], send: () => ReturnType<PostEvents>): Promise<boolean> {
    counts.posts += 1
    for (const delivery of batch) delivery.attempts += 1
    try {
      const answer = await send()
      for (const delivery of batch) delivery.lastStatus = answer.status
      if (answer.status !== 202 && answer.status !== 400) {
        counts.failedPosts += 1
        return false
      }
      for (const [index, delivery] of batch.entries()) settle(delivery, resultAt(answer.body, index), answer.status)
      return true
    } catch {
      counts.failedPosts += 1
      return false
    }
  }

  function settle(delivery: Delivery, result: { status?: unknown } | undefined, status: number): void {
    const isAccepted = status === 202 && result?.status === 'accepted'
    delivery.state = isAccepted ? 'accepted' : 'rejected'
    counts[delivery.state] += 1
    if (isAccepted) return
    const { type } = delivery.event
    deps.findings.violation(
      'event-rejected',
      subjectOf(delivery.event),
      `${type} answered ${status}: ${JSON.stringify(result ?? null)}`,
    )
  }

  return {
    add,
    flush,
    counts: () => {
      const waiting = [...outboxes.values()].reduce((sum, { held, waiting }) => sum + held.length + waiting.length, 0)
      return { ...counts, waiting }
    },
    isIdle: () =>
      scheduled === 0 && [...outboxes.values()].every(({ held, waiting }) => held.length === 0 && waiting.length === 0),
    snapshot: (): SenderSnapshot => ({ outboxes, delayed, counts }),
    /** What was not answered is posted again at once; what was kept back, after the wait that was left at `savedAtMs`. */
    restore(saved: SenderSnapshot, savedAtMs: number): void {
      Object.assign(counts, saved.counts)
      for (const { orderNumber, deliveries, dueMs } of saved.delayed) {
        hold(orderNumber, deliveries, Math.max(0, dueMs - savedAtMs))
      }
      for (const [orderNumber, outbox] of saved.outboxes) {
        outboxes.set(orderNumber, { ...outbox, isSending: false, failures: 0 })
        void sendNext(orderNumber)
      }
    },
    clear(): void {
      generation += 1
      delayed.clear()
      scheduled = 0
      outboxes = new Map()
      Object.assign(counts, { created: 0, posts: 0, accepted: 0, rejected: 0, failedPosts: 0 })
    },
  }
}

/** What its events are kept in order by. */
function subjectOf({ orderNumber, conversation }: OutgoingEvent): string {
  return orderNumber ?? conversation ?? ''
}

function resultAt(body: unknown, index: number): { status?: unknown } | undefined {
  const results = (body as { results?: unknown } | null)?.results
  return Array.isArray(results) ? (results[index] as { status?: unknown } | undefined) : undefined
}

/** The real thing, over HTTP. */
export const postOverHttp: PostEvents = async (url, token, body, timeoutMs) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  try {
    return { status: response.status, body: JSON.parse(text) }
  } catch {
    return { status: response.status, body: text }
  }
}
