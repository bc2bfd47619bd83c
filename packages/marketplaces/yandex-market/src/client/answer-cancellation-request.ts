import type { CancellationAnswer, Outcome } from '@sluice/orders'
import type { WireOrder } from '../wire-schema.ts'
import { type Attempt, placeOf, readOrderNow } from './attempt.ts'
import { acceptOrderCancellation, type CancellationReply } from './market-calls.ts'
import { isAtOrPast, progressOf, stateText } from './order-progress.ts'
import { explainRefusal, refusedData } from './report-change.ts'

/**
 * The merchant's answer to a customer who wants his DBS order cancelled on its way. After 48 hours the Market has answered
 * by itself (specification 4.7). Crash or lost answer: the order is read first, and shows whether the request still waits.
 */
export async function answerCancellationRequest(unplaced: Attempt, answer: CancellationAnswer): Promise<Outcome> {
  const place = placeOf(unplaced.order, answer.storeId)
  if (!place) return { kind: 'refused', fault: 'data', detail: 'the order names no store of the Market' }
  const attempt = { ...unplaced, place }
  if (attempt.wasUnclear) {
    const read = await readOrderNow(attempt, place.orderId)
    if (read.kind !== 'order') return read
    const settled = classifyRequest(read.order, answer, true)
    if (settled) return settled
  }
  const sent = await attempt.calls.send(acceptOrderCancellation(place, toReply(answer)))
  if (sent.kind === 'ok') return { kind: 'done' }
  const outcome = await explainRefusal(attempt, sent, {
    settled: () => undefined,
    refused: (order, rejection) => classifyRequest(order, answer, attempt.wasUnclear) ?? refusedData(order, rejection),
  })
  return outcome.kind === 'cancelled-there' ? cancelled(answer, attempt.wasUnclear) : outcome
}

/** What the order's state says about a request: an outcome when it does not wait any more. */
export function classifyRequest(
  order: WireOrder,
  { isAccepted }: CancellationAnswer,
  wasUnclear: boolean,
): Outcome | undefined {
  const progress = progressOf(order)
  if (progress === 'cancelled') return cancelled({ isAccepted }, wasUnclear)
  if (order.cancelRequested === true && !isAtOrPast(progress, 'delivered')) return undefined
  // We declined, the answer was lost, and nobody asks any more.
  if (!isAccepted && wasUnclear) return { kind: 'already-done' }
  return { kind: 'declined', state: `the cancellation is not asked for any more (${stateText(order)})` }
}

/** By us, where an earlier attempt may have been taken; else by the Market, which alone knows where the goods are. */
function cancelled({ isAccepted }: Pick<CancellationAnswer, 'isAccepted'>, wasUnclear: boolean): Outcome {
  if (!isAccepted) return { kind: 'declined', state: 'the order is cancelled already' }
  return { kind: wasUnclear ? 'already-done' : 'cancelled-there' }
}

function toReply({ isAccepted, reason }: CancellationAnswer): CancellationReply {
  if (isAccepted) return { accepted: true }
  return { accepted: false, reason: reason === 'delivered' ? 'ORDER_DELIVERED' : 'ORDER_IN_DELIVERY' }
}
