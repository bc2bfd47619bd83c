import type { Ledger } from '@sluice/ledger'
import { type FailedJob, type FailedJobSweeper, QUEUES } from '@sluice/queue'

/**
 * Gives every failed job a dead letter and takes it out of Redis. Most have one already (the worker writes it first); those
 * that died by stalling never reached a worker's catch. Effects are taken out only: while they wait in the ledger, the
 * steward enqueues them anew, and when they are dead, the ledger has their letter.
 *
 * Dies between the letter and the removal: the next sweep finds the letter (one open letter per job) and removes the job.
 */
export async function buryFailedJobs(deps: {
  ledger: Pick<Ledger, 'writeDeadLetter'>
  sweeper: Pick<FailedJobSweeper, 'sweep'>
}): Promise<number> {
  let buried = 0
  for (const queue of QUEUES) buried += await deps.sweeper.sweep(queue, (job) => bury(deps.ledger, job))
  return buried
}

async function bury(
  ledger: Pick<Ledger, 'writeDeadLetter'>,
  { queue, jobId, kind, payload, event, error, attempts, stalls, failedAt }: FailedJob,
): Promise<void> {
  if (kind === 'effect') return
  await ledger.writeDeadLetter({
    queue,
    job: jobId,
    payload,
    fault: 'ours',
    error: stalls > 0 ? `${error} (its worker died ${stalls} times)` : error,
    attempts,
    firstFailedAt: failedAt.toISOString(),
    ...(event?.ref.number !== undefined && { orderNumber: event.ref.number }),
  })
}
