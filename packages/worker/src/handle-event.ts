import type { EventJob } from '@sluice/contracts'
import type { Ledger } from '@sluice/ledger'
import type { EventProducer, JobResult } from '@sluice/queue'
import type { Logger } from '@sluice/runtime'
import { crashPoint } from './crash-point.ts'
import { createWaitForLedger } from './wait-for-ledger.ts'

/** An order may come later than its first news: usually a moment later, seldom much. */
const UNKNOWN_ORDER_WAIT_MS = { first: 1_000, longest: 30_000 }

/**
 * Records one event and enqueues what its order now owes.
 *
 * - Dies before recording: the job is still in Redis and runs again.
 * - Dies after recording, before enqueueing: the job runs again, the ledger answers `duplicate` with the lane heads the
 *   order has now, and they are enqueued. Should Redis have lost the job, the steward finds the heads.
 * - Dies after enqueueing: as above; the effects' job ids are the same, so nothing is enqueued twice.
 * - Postgres away, or not as we need it: the job waits without using up a try, and the log says why.
 */
export function createEventHandler(deps: { ledger: Ledger; producer: EventProducer; log: Logger }) {
  const { ledger, producer, log } = deps
  const waitForLedger = createWaitForLedger(log)
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
