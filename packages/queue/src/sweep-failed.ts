import { type EventJob, parseEventJob } from '@sluice/contracts'
import type { Job } from 'bullmq'
import { connectCasually } from './connect-redis.ts'
import { type JobKind, kindOfJob } from './job-ids.ts'
import { type OpenQueues, openQueues } from './open-queues.ts'
import { DEFAULT_LAYOUT, type QueueLayout, type QueueName } from './topology.ts'

/** A job in BullMQ's failed set. Those that died by stalling have no dead letter yet. */
export interface FailedJob {
  queue: QueueName
  jobId: string
  kind: JobKind
  /** As it lay in Redis, whether or not it could be read. */
  payload: unknown
  event?: EventJob
  error: string
  attempts: number
  stalls: number
  failedAt: Date
}

export interface FailedJobSweeper {
  /**
   * Hands over every failed job of the queue, oldest first, and takes it out of Redis once `bury` has resolved. Resolves with
   * how many; rejects with what `bury` throws.
   */
  sweep(queue: QueueName, bury: (job: FailedJob) => Promise<void>): Promise<number>
  close(): Promise<void>
}

const PAGE = 100

export function createFailedJobSweeper(redisUrl: string, layout: QueueLayout = DEFAULT_LAYOUT): FailedJobSweeper {
  const redis = connectCasually(redisUrl)
  // Told to the caller by sweep().
  redis.on('error', () => {})
  const queues = openQueues(redis, layout)
  return {
    async sweep(queue, bury) {
      let removed = 0
      for (const open of queues.all) if (open.queue === queue) removed += await sweepShard(open, bury)
      return removed
    },
    async close() {
      await queues.close()
      redis.disconnect()
    },
  }
}

async function sweepShard(
  { queue, handle }: OpenQueues['all'][number],
  bury: (job: FailedJob) => Promise<void>,
): Promise<number> {
  let removed = 0
  for (;;) {
    // Always the first page: jobs that were removed let the later ones move up.
    const page: Job[] = await handle.getJobs(['failed'], 0, PAGE - 1, true)
    for (const job of page) {
      await bury(toFailedJob(queue, job))
      await job.remove()
      removed += 1
    }
    if (page.length < PAGE) return removed
  }
}

function toFailedJob(queue: QueueName, job: Job): FailedJob {
  const kind = kindOfJob(job.id!)
  const event = kind === 'event' ? parseEventJob(job.data) : undefined
  return {
    queue,
    jobId: job.id!,
    kind,
    payload: job.data,
    ...(event?.ok && { event: event.value }),
    error: job.failedReason ?? 'unknown',
    attempts: job.attemptsMade,
    stalls: job.stalledCounter,
    failedAt: new Date(job.finishedOn ?? job.timestamp),
  }
}
