import type { Job } from 'bullmq'
import { connectCasually } from './connect-redis.ts'
import { type JobKind, kindOfJob } from './job-ids.ts'
import { effectJobOptions, eventJobOptions } from './job-options.ts'
import { type OpenQueues, openQueues } from './open-queues.ts'
import { DEFAULT_LAYOUT, type QueueLayout, type QueueName } from './topology.ts'

/** A job in BullMQ's failed set. Those that died by stalling have no dead letter yet. */
export interface FailedJob {
  queue: QueueName
  jobId: string
  name: string
  kind: JobKind
  payload: unknown
  error: string
  attempts: number
  stalls: number
  enqueuedAt: Date
  failedAt: Date
}

/** `remove`: its dead letter is written. `keep`: look again next time. `requeue`: it shall run again with all its tries. */
export type FailedJobFate = 'remove' | 'keep' | 'requeue'

export interface FailedJobSweeper {
  /** Asks for every failed job of the queue, oldest first. Resolves with how many were removed or requeued. */
  sweep(queue: QueueName, decide: (job: FailedJob) => Promise<FailedJobFate>): Promise<number>
  close(): Promise<void>
}

const PAGE = 100

export function createFailedJobSweeper(redisUrl: string, layout: QueueLayout = DEFAULT_LAYOUT): FailedJobSweeper {
  const redis = connectCasually(redisUrl)
  // Told to the caller by sweep().
  redis.on('error', () => {})
  const queues = openQueues(redis, layout)
  return {
    async sweep(queue, decide) {
      let cleared = 0
      for (const open of queues.all) if (open.queue === queue) cleared += await sweepShard(open, decide)
      return cleared
    },
    async close() {
      await queues.close()
      redis.disconnect()
    },
  }
}

async function sweepShard(
  { queue, handle }: OpenQueues['all'][number],
  decide: (job: FailedJob) => Promise<FailedJobFate>,
): Promise<number> {
  let kept = 0
  let cleared = 0
  for (;;) {
    // Jobs that were removed let the later ones move up.
    const page: Job[] = await handle.getJobs(['failed'], kept, kept + PAGE - 1, true)
    for (const job of page) {
      const fate = await decide(toFailedJob(queue, job))
      switch (fate) {
        case 'keep':
          kept += 1
          break
        case 'remove':
          await job.remove()
          cleared += 1
          break
        case 'requeue':
          await requeue(handle, job)
          cleared += 1
          break
      }
    }
    if (page.length < PAGE) return cleared
  }
}

/**
 * BullMQ's own retry would fail a stalled job again at once (bullmq#3555), so it becomes a new job.
 *
 * Crash between the two steps: an event is there twice, under two ids, and recorded once; an effect is gone from Redis,
 * and the steward enqueues it again from the ledger.
 */
async function requeue(handle: OpenQueues['all'][number]['handle'], job: Job): Promise<void> {
  const jobId = job.id!
  if (kindOfJob(jobId) === 'effect') {
    await job.remove()
    await handle.add(job.name, job.data, effectJobOptions(jobId))
  } else {
    await handle.add(job.name, job.data, eventJobOptions(`${jobId}-again-${job.finishedOn ?? job.timestamp}`))
    await job.remove()
  }
}

function toFailedJob(queue: QueueName, job: Job): FailedJob {
  return {
    queue,
    jobId: job.id!,
    name: job.name,
    kind: kindOfJob(job.id!),
    payload: job.data,
    error: job.failedReason ?? 'unknown',
    attempts: job.attemptsMade,
    stalls: job.stalledCounter,
    enqueuedAt: new Date(job.timestamp),
    failedAt: new Date(job.finishedOn ?? job.timestamp),
  }
}
