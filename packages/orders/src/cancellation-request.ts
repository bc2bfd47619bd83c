import type { CancellationAnswer, EffectStatus } from './effects.ts'
import { fulfilmentOf, hasLeftStore, isCancelled, isWithCustomer, type OrderSettings, storeOf } from './facts.ts'
import type { Order } from './order.ts'
import { dropWhere, isTaken, type Plan, want, watch } from './plan.ts'
import { awaitsReading, isUnread } from './reading.ts'
import { dueIn, toSecond } from './registers.ts'

/** The marketplace cancels by itself when nobody has answered (specification of Yandex Market, 4.7 and 5). */
const ANSWER_WITHIN_MS = 48 * 3_600_000

const base = 'answer-cancellation-request'
/** Keys of effects that agree to a customer's cancellation begin so. */
export const acceptance = `${base}/accept`
export const cancellationTimer = 'watch-deadline/cancellation-answer'

/**
 * The customer wants the order cancelled, and the marketplace leaves it to the merchant. Answered by policy where the facts
 * allow it, else the back office is asked and its silence is alarmed before the time runs out.
 */
export function answerCancellation(plan: Plan, settings: OrderSettings, receivedAt: string): void {
  const { order } = plan
  const askedAt = cancellationAskedAt(order)
  const answer = askedAt === undefined || isCancelled(order) ? undefined : answerOf(order, settings, askedAt)
  const wanted = answer && `${base}/${answer.isAccepted ? 'accept' : 'decline'}`
  dropWhere(plan, (key, { kind }) => kind === base && (!wanted || !key.startsWith(wanted)))
  let isAnswered = false
  if (answer && wanted) {
    const storeId = storeOf(order)
    const payload = { ...answer, ...(storeId !== undefined && { storeId }) }
    const fingerprint = `${askedAt} ${answer.reason}`
    isAnswered = isTaken(
      plan.order,
      want(plan, wanted, { kind: base, lane: 'answers', payload }, { fingerprint, isBlocking: false }),
    )
  }
  if (askedAt === undefined || isAnswered || isCancelled(order)) {
    dropWhere(plan, (key) => key.startsWith(cancellationTimer))
    return
  }
  const alarmAt = Date.parse(askedAt) + ANSWER_WITHIN_MS - settings.policy.answerAlarmHours * 3_600_000
  const delayMs = dueIn(alarmAt, receivedAt)
  watch(plan, cancellationTimer, 'cancellation-answer', { fingerprint: askedAt, delayMs })
}

/** Asks the back office; undefined when nobody has to answer any more, or nobody has to be asked. */
export function questionToStore(order: Order, settings: OrderSettings): { answerBy: string } | undefined {
  const askedAt = cancellationAskedAt(order)
  if (askedAt === undefined || isCancelled(order) || answerOf(order, settings, askedAt)) return undefined
  if (awaitsReading(order)) return undefined
  return { answerBy: new Date(Date.parse(askedAt) + ANSWER_WITHIN_MS).toISOString() }
}

/**
 * The request that still waits for an answer: when it was first made, RFC 3339 in whole seconds. It is over once we have
 * answered, or once the marketplace, read later, does not ask any more. Until then whoever asks again asks for the same.
 */
export function cancellationAskedAt({ cancellationAsked, reading, effects }: Order): string | undefined {
  if (!cancellationAsked) return undefined
  const notAskedAt = reading?.notAskedAt ?? ''
  const answeredAt = Object.values(effects)
    .filter(({ kind, status }) => kind === base && status === 'done')
    .map(({ settledAt = '' }) => toSecond(settledAt))
  return cancellationAsked.times.find((askedAt) => askedAt >= notAskedAt && answeredAt.every((at) => at < askedAt))
}

/** What the customer's newest request came to, for people. */
export interface CancellationReply {
  /** When it was first made, as far as it still waits; RFC 3339. */
  askedAt: string
  /** It still waits for an answer that the marketplace has. */
  isOpen: boolean
  /** Ours. `declined`: why the marketplace would not take it. */
  answer?: { isAccepted: boolean; status: EffectStatus; declined?: string }
}

/** Undefined when nobody ever asked. An answer to an earlier request is none to this one. */
export function cancellationAnswerOf(order: Order): CancellationReply | undefined {
  const openAt = isCancelled(order) ? undefined : cancellationAskedAt(order)
  const askedAt = openAt ?? order.cancellationAsked?.times.at(-1)
  if (askedAt === undefined) return undefined
  const [key, record] =
    Object.entries(order.effects)
      .filter(([, { kind, status, settledAt = '', fingerprint }]) => {
        if (kind !== base || status === 'dropped') return false
        // Of what is settled the time counts, as it does for whether the request is open; of what is not, what it was meant for.
        return status === 'done' ? toSecond(settledAt) >= askedAt : fingerprint?.startsWith(`${askedAt} `)
      })
      .toSorted(([, a], [, b]) => b.seq - a.seq)[0] ?? []
  const isOpen = openAt !== undefined
  if (key === undefined || !record) return { askedAt, isOpen }
  const declined = order.declined?.[key]
  const { status } = record
  return {
    askedAt,
    isOpen,
    answer: { isAccepted: key.startsWith(acceptance), status, ...(declined !== undefined && { declined }) },
  }
}

export function withRequest(order: Order, at: string): Order {
  const times = new Set([...(order.cancellationAsked?.times ?? []), toSecond(at)])
  return { ...order, cancellationAsked: { ...order.cancellationAsked, times: [...times].sort() } }
}

function answerOf(order: Order, settings: OrderSettings, askedAt: string): CancellationAnswer | undefined {
  const { policy } = settings
  const said = order.cancellationAsked?.answer?.value
  // An answer to an earlier request says nothing about this one. By our own clock: the store's may be slow.
  if (said && toSecond(said.receivedAt) >= askedAt) {
    const { receivedAt: _, ...answer } = said
    // What the customer has by now cannot be cancelled any more, whatever the store said before it heard.
    return answer.isAccepted && isWithCustomer(order) ? { isAccepted: false, reason: 'delivered' } : answer
  }
  // Accepted, nothing brings the order back: where its goods are must be known, not only where nobody said they went.
  if (policy.cancellationRequests === 'back-office' || isUnread(order.reading ?? {})) return undefined
  if (isWithCustomer(order)) return { isAccepted: false, reason: 'delivered' }
  const isAtCounter = fulfilmentOf(order, policy) === 'pickup' && policy.pickupPoint === 'store'
  const isInStore = !hasLeftStore(order) || isAtCounter
  return policy.cancellationRequests === 'accept' || isInStore ? { isAccepted: true } : undefined
}
