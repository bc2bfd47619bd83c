import type { OrderSettings } from './facts.ts'
import { currentBody, fulfilmentOf, hasLeftStore, hasStarted, isCancelled, isWithCustomer } from './facts.ts'
import type { Order } from './order.ts'
import { dropWhere, hasPassed, type Plan, watch } from './plan.ts'
import { dueIn } from './registers.ts'
import { isSaid } from './reports.ts'

/** A timer that outlives every process: somebody is called when the store does not begin in time. */
export function watchStart(plan: Plan, { policy }: OrderSettings, receivedAt: string): void {
  const { order } = plan
  if (hasStarted(order) || isCancelled(order) || hasLeftStore(order)) {
    dropWhere(plan, (key) => key.startsWith(startTimer))
    return
  }
  const flow = fulfilmentOf(order, policy)
  if (policy.startAlarmMinutes === 0 || flow === 'digital' || flow === 'by-marketplace') return
  const soon = policy.startAlarmMinutes * 60_000
  const from = laterStart(order, receivedAt)
  const beforeWindow = from === undefined ? soon : Date.parse(from) - ALARM_BEFORE_WINDOW_MS - Date.parse(receivedAt)
  const delayMs = Math.max(soon, beforeWindow || 0)
  watch(plan, startTimer, 'assembly-start', { delayMs, ...(from !== undefined && { fingerprint: from }) })
}

/** The clock has run out that counts for the delivery window of now, and the goods lie there untouched. */
export function isStartOverdue(order: Order): boolean {
  if (hasStarted(order) || hasLeftStore(order)) return false
  return hasPassed(order, startTimer, laterStart(order))
}

/**
 * The start of the delivery window, where the order is for later and the clock counts from there; undefined where it counts
 * from the arrival (specification of Kuper, 8.4). Where nobody says which, a window that is far away tells.
 */
function laterStart(order: Order, receivedAt?: string): string | undefined {
  const { deliveryWindow: { from } = {}, isPlanned } = currentBody(order) ?? {}
  if (from === undefined || isPlanned !== undefined) return isPlanned ? from : undefined
  const isFar = receivedAt !== undefined && Date.parse(from) - Date.parse(receivedAt) >= FAR_MS
  // It comes nearer by itself: how it was first seen counts.
  const wasFar = Object.entries(order.effects).some(
    ([key, { fingerprint }]) => key.startsWith(startTimer) && fingerprint === from,
  )
  return isFar || wasFar ? from : undefined
}

const startTimer = 'watch-deadline/assembly-start'

/** An order for later must be in work this long before its delivery window opens. */
const ALARM_BEFORE_WINDOW_MS = 30 * 60_000

/** Whoever wants the goods now gets a window that opens within an hour or two. */
const FAR_MS = 3 * 3_600_000

/** Digital goods are due soon after the order opened (specification of Yandex Market, 4.5). */
export function watchDigital(plan: Plan, settings: OrderSettings, receivedAt: string): void {
  const { order } = plan
  const openedAt = order.reading?.openedAt
  if (openedAt === undefined || !isDigitalDue(order, settings)) {
    dropWhere(plan, (key) => key.startsWith(digitalTimer))
    return
  }
  const withinMinutes = currentBody(order)?.digital === 'by-hand' ? BY_HAND_WITHIN_MINUTES : KEYS_WITHIN_MINUTES
  const alarmAt = Date.parse(openedAt) + (withinMinutes - settings.policy.digitalAlarmMinutes) * 60_000
  watch(plan, digitalTimer, 'digital-codes', { fingerprint: openedAt, delayMs: dueIn(alarmAt, receivedAt) })
}

/** The customer waits for keys, or for what is handed over by hand. */
export function isDigitalDue(order: Order, { policy }: OrderSettings): boolean {
  if (fulfilmentOf(order, policy) !== 'digital' || isCancelled(order) || isWithCustomer(order)) return false
  return !isSaid(order, 'digital_codes')
}

export const digitalTimer = 'watch-deadline/digital-codes'
const KEYS_WITHIN_MINUTES = 30
const BY_HAND_WITHIN_MINUTES = 180
