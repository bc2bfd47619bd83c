import type { Outcome, Report } from '@sluice/orders'
import { type OrderAttempt, readOrderNow } from './attempt.ts'
import { isInt64, setOrderDeliveryDate, setOrderDeliveryTrackCode, updateOrderStorageLimit } from './market-calls.ts'
import { isAtOrPast, progressOf } from './order-progress.ts'
import { refusedData, reportChange, type StepRules, withState } from './report-change.ts'

/** DBS: the parcel's number. Without a delivery service the order's own is named, since the Market wants one. */
export async function reportTracked(
  attempt: OrderAttempt,
  { trackCode, deliveryServiceId }: Extract<Report, { step: 'tracked' }>,
): Promise<Outcome> {
  let service = deliveryServiceId
  if (service === undefined) {
    const read = await readOrderNow(attempt, attempt.place.orderId)
    if (read.kind !== 'order') return read
    service = read.order.delivery?.deliveryServiceId
  }
  if (!isInt64(service)) {
    return { kind: 'refused', fault: 'data', detail: 'the delivery service must be named by its number at the Market' }
  }
  return reportChange(attempt, setOrderDeliveryTrackCode(attempt.place, trackCode, service), trackRules(trackCode))
}

export function trackRules(trackCode: string): StepRules {
  return {
    settled: ({ delivery }) =>
      delivery?.tracks?.some((track) => track.trackCode === trackCode) ? { kind: 'already-done' } : undefined,
    refused: (order, answer) =>
      isAtOrPast(progressOf(order), 'delivered')
        ? { kind: 'skipped', detail: withState(answer, order) }
        : refusedData(order, answer),
  }
}

/** DBS: another day. The Market counts the changes and their length (specification 3.7). */
export function reportRescheduled(
  attempt: OrderAttempt,
  { date, by }: Extract<Report, { step: 'rescheduled' }>,
): Promise<Outcome> {
  return reportChange(attempt, setOrderDeliveryDate(attempt.place, date, by), rescheduleRules(date))
}

export function rescheduleRules(date: string): StepRules {
  return {
    settled({ delivery }) {
      const dates = delivery?.dates
      return (dates?.toDate ?? dates?.fromDate) === date ? { kind: 'already-done' } : undefined
    },
    refused(order, answer) {
      if (/same as the current/i.test(answer.message)) return { kind: 'already-done' }
      if (/exceeded the number/i.test(answer.message)) return { kind: 'declined', state: answer.detail }
      if (isAtOrPast(progressOf(order), 'at-pickup')) return { kind: 'skipped', detail: withState(answer, order) }
      return refusedData(order, answer)
    },
  }
}

/** DBS with an own pick-up point: the order stays longer. Once only, and up to 30 days (specification 4.4). */
export function reportStorageExtended(attempt: OrderAttempt, until: string): Promise<Outcome> {
  return reportChange(attempt, updateOrderStorageLimit(attempt.place, until), storageRules(until))
}

export function storageRules(until: string): StepRules {
  return {
    settled: ({ delivery }) =>
      delivery?.pickup?.outletStorageLimitDate === until ? { kind: 'already-done' } : undefined,
    refused(order, answer) {
      const progress = progressOf(order)
      if (progress === 'at-pickup') return { kind: 'declined', state: withState(answer, order) }
      return isAtOrPast(progress, 'delivered')
        ? { kind: 'skipped', detail: withState(answer, order) }
        : refusedData(order, answer)
    },
  }
}
