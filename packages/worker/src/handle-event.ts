import type { EventJob } from '@sluice/contracts'
import { type Ledger, LedgerError } from '@sluice/ledger'
import type { EventProducer, JobResult } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'
import { crashPoint } from './crash-point.ts'

/** An order may come later than its first news: usually a moment later, seldom much. */
const UNKNOWN_ORDER_WAIT_MS = { first: 1_000, longest: 30_000 }

/**
 * Records one event and enqueues what its order now owes.
 *
 * - Dies before recording: the job is still in Redis and runs again.
 * - Dies after recording, before enqueueing: the job runs again, the ledger answers `duplicate` with the lane heads the
 *   order has now, and they are enqueued. Should Redis have lost the job, the steward finds the heads.
 * - Dies after enqueueing: as above; the effects' job ids are the same, so nothing is enqueued twice.
 * - Postgres away: the job waits without using up a try.
 */
export function createEventHandler(deps: { ledger: Ledger; producer: EventProducer; log: Logger }) {
  const { ledger, producer, log } = deps
  return async (job: EventJob): Promise<JobResult> => {
    const startedAt = performance.now()
    crashPoint('event:before-record', job.name, job.ref.number)
    const recorded = await ledger.record(job).catch(waitForLedger)
    if (recorded.kind === 'wait') return recorded
    if (recorded.kind === 'unknown-order') {
      log.warn({
        event: 'event.order-unknown',
        eventName: job.name,
        account: job.ref.account,
        orderNumber: job.ref.number,
      })
      return { kind: 'wait', delayMs: unknownOrderWaitMs(job), reason: 'the order it names is not known (yet)' }
    }
    crashPoint('event:after-record', job.name, job.ref.number)
    await producer.enqueueEffects(recorded.heads)
    crashPoint('event:after-enqueue', job.name, job.ref.number)
    log.info({
      event: 'event.recorded',
      eventName: job.name,
      source: job.envelope.source,
      orderId: recorded.orderId,
      outcome: recorded.kind,
      verdict: recorded.verdict,
      durationMs: Math.round(performance.now() - startedAt),
    })
    return { kind: 'done' }
  }
}

/** As long again as the event has waited so far. */
function unknownOrderWaitMs({ envelope }: EventJob): number {
  const waitedMs = Date.now() - Date.parse(envelope.receivedAt)
  return Math.min(Math.max(waitedMs, UNKNOWN_ORDER_WAIT_MS.first), UNKNOWN_ORDER_WAIT_MS.longest)
}

/**
 * Postgres that cannot be reached is nobody's fault in the data: wait, use up no try. Everything else is thrown. Waits are
 * spread from half to one and a half times, so that what piled up meanwhile does not come back in one beat.
 */
export function waitForLedger(err: unknown, random = Math.random()): Extract<JobResult, { kind: 'wait' }> {
  if (err instanceof LedgerError && (err.code === 'unavailable' || err.code === 'conflict' || err.code === 'closed')) {
    const usualMs = err.code === 'unavailable' ? 5_000 : 200
    return { kind: 'wait', delayMs: Math.round(usualMs * (0.5 + random)), reason: err.message }
  }
  throw err
}
