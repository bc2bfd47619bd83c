import type { CancelReason, Fulfilment, Outcome, Report } from '@sluice/orders'
import type { OrderAttempt } from './attempt.ts'
import { type CancelSubstatus, type OrderPlace, type StatusChange, updateOrderStatus } from './market-calls.ts'
import { isAtOrPast, type Progress, progressOf } from './order-progress.ts'
import { refusedData, reportChange, type StepRules, withState } from './report-change.ts'

export type StatusReport = Extract<Report, { step: 'ready' | 'delivering' | 'at_pickup' | 'delivered' }>

/** DBS in order, FBS and Express only as far as `READY_TO_SHIP` (specification 4.2, 4.4). */
export async function reportStatus(
  attempt: OrderAttempt,
  report: StatusReport,
  fulfilment: Fulfilment,
): Promise<Outcome> {
  const { place, calls } = attempt
  const change = toStatusChange(report, fulfilment, attempt.now())
  const rules = rulesOf(report.step)
  if (change.realDeliveryDate === undefined) return reportChange(attempt, updateOrderStatus(place, change), rules)

  // A day that the Market does not believe must not hold up the delivery itself: then the day of the call counts.
  const { realDeliveryDate: _, ...today } = change
  let isDateRefused = false
  const outcome = await reportChange(attempt, updateOrderStatus(place, change), {
    ...rules,
    refused(order, answer) {
      isDateRefused = /delivery date/i.test(answer.message)
      return rules.refused(order, answer)
    },
  })
  if (!isDateRefused) return outcome
  const answer = await calls.send(updateOrderStatus(place, today))
  switch (answer.kind) {
    case 'ok':
      return { kind: 'done' }
    case 'rejected':
    case 'not-found':
      return outcome
    case 'unavailable':
    case 'not-tried':
    case 'refused':
      return answer
  }
}

/** What is sent for a step. `nowMs`: no day of delivery is sent for today, and none that is still to come. */
export function toStatusChange(report: StatusReport, fulfilment: Fulfilment, nowMs: number): StatusChange {
  switch (report.step) {
    case 'ready':
      return { status: 'PROCESSING', substatus: 'READY_TO_SHIP' }
    case 'delivering':
      return { status: 'DELIVERY' }
    case 'at_pickup':
      return { status: 'PICKUP' }
    case 'delivered': {
      const isOwn = fulfilment === 'merchant-delivery' || fulfilment === 'pickup'
      const day = isOwn && report.at !== undefined ? moscowDay(Date.parse(report.at)) : undefined
      const isPast = day !== undefined && day < (moscowDay(nowMs) ?? '')
      return { status: 'DELIVERED', ...(isPast && { realDeliveryDate: day }) }
    }
  }
}

const MOSCOW_OFFSET_MS = 3 * 3_600_000

/** YYYY-MM-DD; undefined for no time. */
function moscowDay(atMs: number): string | undefined {
  return Number.isNaN(atMs) ? undefined : new Date(atMs + MOSCOW_OFFSET_MS).toISOString().slice(0, 10)
}

const targets = { ready: 'ready', delivering: 'delivering', at_pickup: 'at-pickup', delivered: 'delivered' } as const

export function rulesOf(step: StatusReport['step']): StepRules {
  return {
    settled: (order) => (isAtOrPast(progressOf(order), targets[step]) ? { kind: 'already-done' } : undefined),
    refused: refusedData,
  }
}

/** Goods that are gone cannot be cancelled any more: DBS may until they are delivered, the others until they are handed over. */
export async function reportCanceled(
  attempt: OrderAttempt,
  reason: CancelReason,
  fulfilment: Fulfilment,
): Promise<Outcome> {
  const { place } = attempt
  const outcome = await reportChange(attempt, cancelCall(place, reason, fulfilment), cancelRules(fulfilment))
  // Whose cancellation it is cannot be known: ours, where an earlier attempt may have been taken.
  return outcome.kind === 'cancelled-there' && attempt.wasUnclear ? { kind: 'already-done' } : outcome
}

export function cancelCall(place: OrderPlace, reason: CancelReason, fulfilment: Fulfilment) {
  return updateOrderStatus(place, { status: 'CANCELLED', substatus: toCancelSubstatus(reason, fulfilment) })
}

/**
 * Only DBS may name the customer, and each reason only in its states: `INCORRECT_PERSONAL_DATA` before the delivery,
 * `PICKUP_EXPIRED` at the pick-up point, `USER_UNREACHABLE` after three calls (specification 4.4).
 */
export function toCancelSubstatus(reason: CancelReason, fulfilment: Fulfilment): CancelSubstatus {
  if (fulfilment !== 'merchant-delivery' && fulfilment !== 'pickup') return 'SHOP_FAILED'
  switch (reason) {
    case 'customer_request':
      return 'USER_CHANGED_MIND'
    case 'customer_unreachable':
      return 'USER_UNREACHABLE'
    case 'wrong_customer_data':
      return 'INCORRECT_PERSONAL_DATA'
    case 'pickup_expired':
      return 'PICKUP_EXPIRED'
    case 'out_of_stock':
    case 'store_closed':
    case 'technical_issues':
    case 'order_not_paid':
      return 'SHOP_FAILED'
  }
}

export function cancelRules(fulfilment: Fulfilment): StepRules {
  return {
    settled: () => undefined,
    refused(order, answer) {
      if (isAtOrPast(progressOf(order), lastChance(fulfilment))) {
        return { kind: 'declined', state: withState(answer, order) }
      }
      // The store may send another reason, or this one in another state.
      return REASON_REFUSED.test(answer.message)
        ? { kind: 'declined', state: withState(answer, order) }
        : refusedData(order, answer)
    },
  }
}

/** The Market's words to a reason that does not fit the state, or has not been earned yet (specification 3.7, 4.4). */
const REASON_REFUSED = /substatus .* is not available|transition .* is not allowed\. reason:/i

/** From here on the order cannot be cancelled. */
function lastChance(fulfilment: Fulfilment): Extract<Progress, 'taken' | 'delivered'> {
  switch (fulfilment) {
    case 'marketplace-delivery':
    case 'by-marketplace':
      return 'taken'
    case 'merchant-delivery':
    case 'pickup':
    case 'digital':
      return 'delivered'
  }
}
