import type { CancelReason, Outcome } from '@sluice/orders'
import type { Redis } from '@sluice/outbound'
import type { WireOrder } from '../wire-schema.ts'
import { operationsAnswerSchema, statusAnswerSchema } from './answer-schema.ts'
import { type OrderAttempt, readOrderNow } from './attempt.ts'
import { toFailure } from './classify-answer.ts'
import { getOperations, updateOrderStatus } from './market-calls.ts'
import { isAtOrPast, progressOf, stateText } from './order-progress.ts'
import { explainRefusal, refusedData, reportChange, type StepRules, settleByState } from './report-change.ts'
import { cancelCall, cancelRules } from './report-status.ts'

/** Confirms a LaaS draft; every other order of the Market's own warehouses needs no confirmation (specification 4.6). */
export async function reportAccepted(attempt: OrderAttempt): Promise<Outcome> {
  const settled = await settleByState(attempt, acceptRules)
  if (settled) return settled
  const call = updateOrderStatus(attempt.place, { status: 'PROCESSING', substatus: 'STARTED' })
  return reportChange({ ...attempt, wasUnclear: false }, call, acceptRules)
}

const acceptRules: StepRules = {
  settled: ({ status }) => (status === 'RESERVED' ? undefined : { kind: 'already-done' }),
  refused: refusedData,
}

/** Where the id of a cancellation that is under way is kept between attempts, for all processes. */
export interface OperationNotes {
  find(orderId: string): Promise<string | undefined>
  keep(orderId: string, operationId: string): Promise<void>
  drop(orderId: string): Promise<void>
}

const OPERATION_PATIENCE_MS = 30 * 60_000

/**
 * A LaaS order is cancelled in the background (`getOperations`); until the order shows it, this is too early. The seller
 * cannot cancel what the Market itself sells from its warehouse (FBY).
 *
 * Crash after the call, or Redis emptied: the operation's id is lost, and the order alone tells. When it does not show the
 * cancellation yet, the wish is sent again: it is the same wish, and a 400 to it means that the first may be under way.
 */
export async function cancelAtWarehouse(
  attempt: OrderAttempt,
  reason: CancelReason,
  notes: OperationNotes,
): Promise<Outcome> {
  const { place, calls, account } = attempt
  const read = await readOrderNow(attempt, place.orderId)
  if (read.kind !== 'order') return read
  const hopeless = classifyBeforeCancel(read.order)
  if (hopeless) return hopeless

  const known = await notes.find(place.orderId)
  if (known !== undefined) {
    const answer = await calls.send(getOperations(account.businessId, known))
    if (answer.kind !== 'ok') return toFailure(answer)
    const outcome = classifyOperation(answer.body, known)
    // The next wish starts a new one.
    if (outcome.kind === 'declined') await notes.drop(place.orderId)
    return outcome
  }

  const answer = await calls.send(cancelCall(place, reason, 'by-marketplace'))
  if (answer.kind !== 'ok') {
    const outcome = asDone(await explainRefusal(attempt, answer, cancelRules('by-marketplace')))
    const mayBeUnderWay = attempt.wasUnclear && outcome.kind === 'refused' && outcome.fault === 'data'
    return mayBeUnderWay ? waiting(`an earlier wish may be under way: ${outcome.detail}`) : outcome
  }
  const { data } = statusAnswerSchema.safeParse(answer.body)
  if (data?.order?.status === 'CANCELLED') return { kind: 'done' }
  if (data?.operation) await notes.keep(place.orderId, data.operation.id)
  return waiting('the Market is cancelling the order')
}

export function classifyBeforeCancel(order: WireOrder): Outcome | undefined {
  const progress = progressOf(order)
  if (progress === 'cancelled') return { kind: 'already-done' }
  if (order.programType === 'FBY') return { kind: 'declined', state: 'FBY: the Market sells and ships this order' }
  return isAtOrPast(progress, 'taken') ? { kind: 'declined', state: stateText(order) } : undefined
}

/** `getOperations`; an operation that is done shows in the order a little later. */
export function classifyOperation(body: unknown, operationId: string): Outcome {
  const { data } = operationsAnswerSchema.safeParse(body)
  const status = data?.result.operations.find(({ id }) => id === operationId)?.status
  if (status === 'FAILED') return { kind: 'declined', state: 'the Market could not cancel the order' }
  return waiting(`the cancellation is ${status ?? 'not listed'}`)
}

function asDone(outcome: Outcome): Outcome {
  return outcome.kind === 'cancelled-there' ? { kind: 'already-done' } : outcome
}

function waiting(detail: string): Outcome {
  return { kind: 'too-early', detail, patienceMs: OPERATION_PATIENCE_MS }
}

const KEPT_MS = 24 * 3_600_000

/** Best effort: without Redis nothing is remembered, see `cancelAtWarehouse`. */
export function createOperationNotes(redis: Redis, businessId: string): OperationNotes {
  const keyOf = (orderId: string) => `{sluice}:yandex-market:operation:${businessId}:${orderId}`
  return {
    async find(orderId) {
      return (await redis.get(keyOf(orderId)).catch(() => null)) ?? undefined
    },
    async keep(orderId, operationId) {
      await redis.set(keyOf(orderId), operationId, 'PX', KEPT_MS).catch(() => null)
    },
    async drop(orderId) {
      await redis.del(keyOf(orderId)).catch(() => null)
    },
  }
}
