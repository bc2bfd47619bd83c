import { currentBody, fulfilmentOf, type Outcome, type Report, type StorePolicy } from '@sluice/orders'
import { type Attempt, placeOf } from './attempt.ts'
import { reportCourierCode } from './report-courier-code.ts'
import { reportRescheduled, reportStorageExtended, reportTracked } from './report-delivery.ts'
import { reportDigitalCodes } from './report-digital-codes.ts'
import { reportPacked } from './report-packed.ts'
import { reportReady } from './report-ready.ts'
import { reportRegistered } from './report-registered.ts'
import { reportCanceled, reportStatus } from './report-status.ts'
import { cancelAtWarehouse, type OperationNotes, reportAccepted } from './report-to-warehouse.ts'

/** One step of our work, in the Market's way for how the goods go. */
export async function notifyMarketplace(
  unplaced: Attempt,
  report: Report,
  policy: StorePolicy,
  notes: OperationNotes,
): Promise<Outcome> {
  const place = placeOf(unplaced.order, currentBody(unplaced.order)?.storeId)
  if (!place) return { kind: 'refused', fault: 'data', detail: 'the order names no store of the Market' }
  const attempt = { ...unplaced, place }
  const fulfilment = fulfilmentOf(attempt.order, policy)
  switch (report.step) {
    case 'registered':
      return reportRegistered(attempt, report.number)
    case 'packed':
      return reportPacked(attempt, report, fulfilment)
    case 'ready':
      return reportReady(attempt, report, fulfilment)
    case 'courier_code':
      return reportCourierCode(attempt, report.code)
    case 'tracked':
      return reportTracked(attempt, report)
    case 'rescheduled':
      return reportRescheduled(attempt, report)
    case 'storage_extended':
      return reportStorageExtended(attempt, report.until)
    case 'delivering':
    case 'at_pickup':
    case 'delivered':
      return reportStatus(attempt, report, fulfilment)
    case 'digital_codes':
      return reportDigitalCodes(attempt, report.lines)
    case 'accepted':
      return reportAccepted(attempt)
    case 'canceled':
      return fulfilment === 'by-marketplace'
        ? cancelAtWarehouse(attempt, report.reason, notes)
        : reportCanceled(attempt, report.reason, fulfilment)
    case 'in_work':
    case 'assembled':
    case 'pickup_code':
    case 'estimated_delivery':
      // The traits keep it from being planned, so a plan that has it is a bug of ours.
      return { kind: 'refused', fault: 'ours', detail: `Yandex Market has no word for ${report.step}` }
  }
}
