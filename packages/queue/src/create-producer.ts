import type { EffectJob, EventJob } from '@sluice/contracts'
import type { EffectKind } from '@sluice/orders'
import type { JobsOptions } from 'bullmq'
import { checkRedis } from './check-redis.ts'
import { connectHastily } from './connect-redis.ts'
import { effectJobId, eventJobId, replayJobId } from './job-ids.ts'
import { effectJobOptions, eventJobOptions } from './job-options.ts'
import { logSeldom, type QueueLog } from './log.ts'
import { openQueues } from './open-queues.ts'
import { QueueOverloaded, QueueUnavailable } from './queue-errors.ts'
import {
  DEFAULT_LAYOUT,
  type QueueLayout,
  type QueueName,
  queueForEffect,
  queueForEvent,
  shardFor,
} from './topology.ts'

/**
 * Puts jobs into Redis. A promise that resolves means that Redis has them, with the durability it is set to. It rejects
 * within `timeoutMs` with QueueUnavailable or QueueOverloaded; then the jobs may still arrive, which is harmless: the
 * same job enqueued again has the same id, and the ledger's dedup key catches what Redis has forgotten.
 */
export interface EventProducer {
  /** All or an error; resolves with the job ids in the order given. */
  enqueueEvents(jobs: readonly EventJob[]): Promise<string[]>
  enqueueEvent(job: EventJob): Promise<string>
  enqueueEffects(heads: readonly EffectHead[]): Promise<string[]>
  /** A dead event once more, under a new id. The same dead letter twice is one job. */
  replayEvent(letter: { id: string; job: EventJob }): Promise<string>
  /** Throws with the reason while nothing can be enqueued. */
  assertReady(): void
  /** Writes what waits, for at most `deadlineMs`; nothing more is taken. */
  close(deadlineMs?: number): Promise<void>
}

/** An effect that is due, or will be in `delayMs`. */
export interface EffectHead {
  effectId: string
  kind: EffectKind
  revivals: number
  delayMs?: number
}

export interface ProducerOptions {
  redisUrl: string
  log: QueueLog
  layout?: QueueLayout
  /** From the call to the rejection, at most. */
  timeoutMs?: number
  /** Jobs that wait or are under way, at most; beyond it calls are refused at once. */
  maxPending?: number
  /** Told once, when the Redis found must not be used (see checkRedis). Everything is refused from then on. */
  onUnfit?: (reason: string) => void
}

const MAX_BATCH = 500
const MAX_BATCHES_IN_FLIGHT = 4

interface WaitingJob {
  queue: QueueName
  shard: number
  name: string
  data: EventJob | EffectJob
  opts: JobsOptions
}

/** The jobs of one call, which succeed or fail together. */
interface Group {
  jobs: WaitingJob[]
  settle(error?: Error): void
  isSettled: boolean
}

/**
 * Calls of one turn of the event loop share a batch: one pipeline for each of its queues, written together on one
 * connection, so that a call waits for one round trip. A few batches may be under way.
 *
 * - Redis away: refused at once; ioredis connects in the background, and the first call after that succeeds.
 * - Redis silent: callers are refused after `timeoutMs`, ioredis replaces the connection after two seconds.
 * - Connection lost with a batch under way: refused; whether Redis has it is unknown, and does not matter (see above).
 * - Some jobs of a batch written, others not: every call that had a job in the failed pipeline is refused.
 */
export function createProducer(options: ProducerOptions): EventProducer {
  const { redisUrl, log, layout = DEFAULT_LAYOUT, timeoutMs = 800, maxPending = 10_000 } = options
  const redis = connectHastily(redisUrl)
  const queues = openQueues(redis, layout)
  let state: 'away' | 'ready' | 'unfit' | 'closing' = 'away'
  let unfitReason = ''
  const waiting: Group[] = []
  let pending = 0
  let batchesInFlight = 0
  let isFlushPlanned = false
  let tellIdle = () => {}

  const logError = logSeldom((err, repeated) => log.warn({ event: 'queue.redis-error', err, repeated }))
  redis.on('error', logError)
  redis.on('close', () => {
    if (state !== 'ready') return
    state = 'away'
    log.warn({ event: 'queue.redis-away' })
    for (const group of waiting) group.settle(new QueueUnavailable('away', 'connection to Redis lost'))
  })
  redis.on('ready', () => void welcome())

  async function welcome(): Promise<void> {
    try {
      const fitness = await checkRedis(redis)
      if (state !== 'away') return
      if (fitness.kind === 'unfit') {
        state = 'unfit'
        unfitReason = fitness.reason
        log.error({ event: 'queue.redis-unfit', reason: fitness.reason })
        options.onUnfit?.(fitness.reason)
        return
      }
      state = 'ready'
      log.info({ event: 'queue.redis-ready' })
      for (const warning of fitness.warnings) log.warn({ event: 'queue.redis-risky', warning })
    } catch (err) {
      // The connection was lost again, or this Redis is too broken to answer: begin anew.
      logError(err instanceof Error ? err : new Error(String(err)))
      if (redis.status === 'ready') redis.disconnect(true)
    }
  }

  function assertReady(): void {
    switch (state) {
      case 'ready':
        return
      case 'away':
        throw new QueueUnavailable('away', 'Redis is not reachable')
      case 'unfit':
        throw new QueueUnavailable('unfit', unfitReason)
      case 'closing':
        throw new QueueUnavailable('closing', 'this process is stopping')
    }
  }

  async function enqueue(jobs: WaitingJob[]): Promise<string[]> {
    if (jobs.length === 0) return []
    assertReady()
    if (pending + jobs.length > maxPending) throw new QueueOverloaded(maxPending)
    pending += jobs.length
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        group.settle(new QueueUnavailable('timeout', `Redis did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      const group: Group = {
        jobs,
        isSettled: false,
        settle(error) {
          group.isSettled = true
          clearTimeout(timer)
          if (error) reject(error)
          else resolve()
        },
      }
      waiting.push(group)
      planFlush()
    })
    return jobs.map(({ opts }) => opts.jobId!)
  }

  function planFlush(): void {
    if (isFlushPlanned) return
    isFlushPlanned = true
    setImmediate(() => {
      isFlushPlanned = false
      flush()
    })
  }

  function flush(): void {
    while (batchesInFlight < MAX_BATCHES_IN_FLIGHT && waiting.length > 0) {
      const batch: Group[] = []
      let size = 0
      while (waiting.length > 0 && size < MAX_BATCH) {
        const group = waiting.shift()!
        // Refused while it waited: it must not arrive any more, and it gives its place free.
        if (group.isSettled) pending -= group.jobs.length
        else {
          batch.push(group)
          size += group.jobs.length
        }
      }
      if (batch.length === 0) continue
      batchesInFlight += 1
      void write(batch).finally(() => {
        batchesInFlight -= 1
        pending -= size
        if (waiting.length > 0) planFlush()
        else if (batchesInFlight === 0) tellIdle()
      })
    }
    if (waiting.length === 0 && batchesInFlight === 0) tellIdle()
  }

  async function write(batch: Group[]): Promise<void> {
    const byQueue = Map.groupBy(
      batch.flatMap((group) => group.jobs),
      ({ queue, shard }) => `${queue}/${shard}`,
    )
    const failures = new Map<string, Error>()
    await Promise.all(
      [...byQueue].map(async ([key, jobs]) => {
        const { queue, shard } = jobs[0]!
        try {
          await queues.get(queue, shard).addBulk(jobs)
        } catch (err) {
          failures.set(key, new QueueUnavailable('refused', `writing to queue ${queue} failed`, err))
          logError(err instanceof Error ? err : new Error(String(err)))
        }
      }),
    )
    for (const group of batch) {
      const failed = failures.size && group.jobs.find(({ queue, shard }) => failures.has(`${queue}/${shard}`))
      group.settle(failed ? failures.get(`${failed.queue}/${failed.shard}`) : undefined)
    }
  }

  function toEventJob(job: EventJob, jobId: string): WaitingJob {
    const { ref } = job
    const { event, dedupKey } = job.envelope
    return {
      queue: queueForEvent(event.type),
      shard: shardFor(ref.number ?? ref.externalId ?? ref.externalUuid ?? dedupKey, layout),
      name: event.type,
      data: job,
      opts: eventJobOptions(jobId),
    }
  }

  function toEffectJob({ effectId, kind, revivals, delayMs }: EffectHead): WaitingJob {
    return {
      queue: queueForEffect(kind),
      shard: shardFor(effectId.slice(0, effectId.lastIndexOf('.')), layout),
      name: kind,
      data: { effectId },
      opts: effectJobOptions(effectJobId(effectId, revivals), delayMs),
    }
  }

  const enqueueEvents = (jobs: readonly EventJob[]) =>
    enqueue(jobs.map((job) => toEventJob(job, eventJobId(job.envelope.dedupKey))))

  return {
    enqueueEvents,
    enqueueEvent: async (job) => (await enqueueEvents([job]))[0]!,
    enqueueEffects: (heads) => enqueue(heads.map(toEffectJob)),
    async replayEvent({ id, job }) {
      const jobId = replayJobId(job.envelope.dedupKey, id)
      await enqueue([toEventJob({ ...job, replayOf: id }, jobId)])
      return jobId
    },
    assertReady,
    async close(deadlineMs = 2_000) {
      const isIdle = state !== 'ready' || (waiting.length === 0 && batchesInFlight === 0)
      state = 'closing'
      if (!isIdle) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, deadlineMs)
          tellIdle = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      for (const group of waiting) group.settle(new QueueUnavailable('closing', 'this process is stopping'))
      await queues.close()
      redis.disconnect()
    },
  }
}
