import { setTimeout as sleep } from 'node:timers/promises'
import { type EffectJob, type EventJob, parseEffectJob, parseEventJob } from '@sluice/contracts'
import type { Fault } from '@sluice/orders'
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq'
import { checkRedis } from './check-redis.ts'
import { connectPatiently, PATIENT } from './connect-redis.ts'
import { type JobKind, kindOfJob } from './job-ids.ts'
import { MAX_JOB_AGE_MS, retryDelayMs } from './job-options.ts'
import { type Interruption, type JobOutcome, type JobResult, type Move, nextMove } from './job-result.ts'
import { logSeldom, type QueueLog } from './log.ts'
import { QueueOverloaded, QueueUnavailable } from './queue-errors.ts'
import { countWaiting } from './queue-stats.ts'
import { DEFAULT_LAYOUT, keyPrefix, listShards, type QueueLayout, type QueueName } from './topology.ts'
import { createTruthProbe } from './truth-probe.ts'

export interface WorkerOptions {
  redisUrl: string
  queue: QueueName
  log: QueueLog
  /** `signal` is aborted when the process must stop now or another worker has taken the job over. */
  handleEvent(job: EventJob, signal: AbortSignal): Promise<JobResult>
  handleEffect(job: EffectJob, signal: AbortSignal): Promise<JobResult>
  /** Keeps the dead letter for good. While it throws the job is kept alive and tried again. Must be idempotent. */
  onDead(letter: DeadJob): Promise<void>
  /** After every run of a job. */
  onJob?(report: JobReport): void
  /** Jobs wait and nothing is fetched: only a new process helps. Called once. */
  onStuck?(queue: QueueName): void
  layout?: QueueLayout
  /** Jobs at a time in this process (and shard). */
  concurrency?: number
  /** How long nothing may be fetched while jobs wait. */
  stuckMs?: number
  /** A job whose worker has died is given to another one after this and up to as long again. */
  lockMs?: number
  maxAgeMs?: { event: number; effect: number }
  retryDelayMs?: (attemptsMade: number) => number
}

/** All that a dead letter needs. */
export interface DeadJob {
  jobId: string
  /** As it lay in Redis, whether or not it could be read. */
  payload: unknown
  event?: EventJob
  effect?: EffectJob
  fault: Fault
  error: string
  /** Waiting costs none. */
  attempts: number
}

export interface JobReport {
  queue: QueueName
  outcome: 'done' | 'wait' | 'retry' | 'dead' | 'let-go'
  durationMs: number
}

export interface WorkerHost {
  /** Rejects while Redis cannot be reached. */
  assertReady(): Promise<void>
  /**
   * Takes no more jobs and waits for those that run. After `deadlineMs` they are aborted and given back; those that do
   * not even end then are left to another worker, which gets them when their lock has run out.
   */
  close(deadlineMs?: number): Promise<void>
}

const PROBE_EVERY_MS = 5_000
/** The dead letter could not be written: Postgres is away. */
const BURY_AGAIN_MS = 15_000
/** The handler could not enqueue what comes next. */
const ENQUEUE_AGAIN_MS = 1_000
const ABORT_GRACE_MS = 1_000

/**
 * Works a queue off. Resolves once the worker fetches; waits for Redis as long as it is away. Rejects for a Redis that
 * must not be used.
 *
 * - Killed during a run: the lock runs out, another worker gets the job; the ledger makes the second run harmless.
 * - Killed after the dead letter, before BullMQ knows: the job runs again and is buried again, which onDead repeats
 *   without harm.
 * - Dead letter not written: the job waits and runs again, without end.
 * - Stalled too often (it kills its workers): BullMQ fails it without asking us; the steward finds it (sweep-failed.ts).
 * - Connections lost without a word: each is replaced as soon as it owes an answer for too long (PATIENT). Whatever else
 *   keeps BullMQ from fetching, the truth probe sees over a connection of its own.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerHost> {
  const { queue, log, layout = DEFAULT_LAYOUT, concurrency = 100, lockMs = 30_000, stuckMs = 60_000 } = options
  const maxAgeMs = options.maxAgeMs ?? MAX_JOB_AGE_MS
  const backoff = options.retryDelayMs ?? ((attemptsMade: number) => retryDelayMs(attemptsMade, Math.random()))
  const logError = logSeldom((err, repeated) => log.warn({ event: 'worker.error', queue, err, repeated }))
  let running = 0

  const redis = connectPatiently(options.redisUrl)
  redis.on('error', logError)
  const fitness = await checkRedis(redis)
  if (fitness.kind === 'unfit') {
    redis.disconnect()
    throw new Error(`worker of ${queue}: ${fitness.reason}`)
  }
  for (const warning of fitness.warnings) log.warn({ event: 'queue.redis-risky', warning })

  const probe = createTruthProbe(stuckMs)
  const workers = listShards(layout).map((shard) => {
    const worker: Worker = new Worker(
      queue,
      // Three parameters: BullMQ counts them to know whether a signal is wanted.
      (job, token, signal) => run(job, token!, signal!),
      {
        connection: { url: options.redisUrl, ...PATIENT },
        prefix: keyPrefix(layout, shard),
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        maxStalledCount: 3,
        runRetryDelay: 1_000,
        settings: { backoffStrategy: backoff },
      },
    )
    worker.on('error', logError)
    worker.on('active', () => probe.fetched())
    worker.on('stalled', (jobId) => log.warn({ event: 'job.stalled', queue, jobId }))
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) worker.cancelJob(jobId, 'lock-lost' satisfies Interruption)
    })
    return { worker, prefix: keyPrefix(layout, shard) }
  })

  async function run(job: Job, token: string, signal: AbortSignal): Promise<void> {
    running += 1
    const startedAt = performance.now()
    const kind = kindOfJob(job.id!)
    const outcome = await handle(job, kind, signal)
    let move = nextMove(outcome, {
      attemptsMade: job.attemptsMade,
      maxAttempts: job.opts.attempts ?? 1,
      ageMs: Date.now() - (job.timestamp + (job.opts.delay ?? 0)),
      maxAgeMs: kind === 'effect' ? maxAgeMs.effect : maxAgeMs.event,
      ...(signal.aborted && { interruption: signal.reason as Interruption }),
    })
    if (move.kind === 'bury') move = await bury(job, kind, move)
    running -= 1
    options.onJob?.({ queue, outcome: OUTCOME_NAMES[move.kind], durationMs: performance.now() - startedAt })
    await tellBullMQ(job, token, move, outcome)
  }

  async function handle(job: Job, kind: JobKind, signal: AbortSignal): Promise<JobOutcome> {
    try {
      switch (kind) {
        case 'event': {
          const event = parseEventJob(job.data)
          return event.ok ? await options.handleEvent(event.value, signal) : malformed(event.error)
        }
        case 'effect': {
          const effect = parseEffectJob(job.data)
          return effect.ok ? await options.handleEffect(effect.value, signal) : malformed(effect.error)
        }
        case 'unknown':
          return malformed('the job id begins with neither ev- nor fx-')
      }
    } catch (err) {
      // The job will be kept by the very Redis that could not be written to: no reason to use up tries.
      if (err instanceof QueueUnavailable || err instanceof QueueOverloaded) {
        return { kind: 'wait', delayMs: ENQUEUE_AGAIN_MS, reason: err.message }
      }
      if (!signal.aborted) log.error({ event: 'job.threw', queue, jobId: job.id, attempt: job.attemptsMade + 1, err })
      return { kind: 'threw', error: describeError(err) }
    }
  }

  /** Before BullMQ learns of it, so that there is no moment at which a dead job has no dead letter. */
  async function bury(job: Job, kind: JobKind, move: Extract<Move, { kind: 'bury' }>): Promise<Move> {
    const event = kind === 'event' ? parseEventJob(job.data) : undefined
    const effect = kind === 'effect' ? parseEffectJob(job.data) : undefined
    try {
      await options.onDead({
        jobId: job.id!,
        payload: job.data,
        ...(event?.ok && { event: event.value }),
        ...(effect?.ok && { effect: effect.value }),
        fault: move.fault,
        error: move.error,
        attempts: job.attemptsMade + 1,
      })
      return move
    } catch (err) {
      log.error({ event: 'job.dead-letter-not-written', queue, jobId: job.id, err })
      return { kind: 'wait', delayMs: BURY_AGAIN_MS * (0.5 + Math.random()) }
    }
  }

  await Promise.all(workers.map(({ worker }) => worker.waitUntilReady()))
  log.info({ event: 'worker.started', queue, concurrency })

  let isProbing = false
  const probing = setInterval(() => void lookForTruth(), Math.min(PROBE_EVERY_MS, stuckMs / 2))
  async function lookForTruth(): Promise<void> {
    // While Redis is away the look itself waits for it, as it should: a new process would find it away, too.
    if (isProbing) return
    isProbing = true
    try {
      const looks = await Promise.all(workers.map(({ prefix }) => countWaiting(redis, prefix, queue)))
      const look = {
        waiting: looks.reduce((sum, { waiting }) => sum + waiting, 0),
        isPaused: looks.some(({ isPaused }) => isPaused),
        freePlaces: Math.max(0, concurrency * workers.length - running),
      }
      if (!probe.isStuck(look, performance.now())) return
      clearInterval(probing)
      log.error({ event: 'worker.stuck', queue, waiting: look.waiting, stuckMs })
      options.onStuck?.(queue)
    } catch (err) {
      logError(err instanceof Error ? err : new Error(String(err)))
    } finally {
      isProbing = false
    }
  }

  return {
    async assertReady() {
      if (redis.status !== 'ready') throw new Error('Redis is not reachable')
      await redis.ping()
    },
    async close(deadlineMs = 10_000) {
      clearInterval(probing)
      const closed = Promise.all(workers.map(({ worker }) => worker.close()))
      if (!(await endsWithin(closed, deadlineMs))) {
        log.warn({ event: 'worker.aborting-jobs', queue, running })
        for (const { worker } of workers) worker.cancelAllJobs('stopping' satisfies Interruption)
        if (!(await endsWithin(closed, ABORT_GRACE_MS))) {
          log.warn({ event: 'worker.leaving-jobs', queue, running })
          // Rejects when Redis is away: nothing is left to be closed then.
          for (const { worker } of workers) void worker.disconnect().catch(() => {})
        }
      }
      redis.disconnect()
    },
  }
}

/** The one place where a decision becomes BullMQ's doing. BullMQ reads the kind of a failure from the error's class. */
async function tellBullMQ(job: Job, token: string, move: Move, outcome: JobOutcome): Promise<void> {
  switch (move.kind) {
    case 'complete':
      return
    case 'wait':
      await job.moveToDelayed(Date.now() + move.delayMs, token)
      throw new DelayedError()
    case 'retry':
    case 'let-go':
      throw new Error(reasonOf(outcome))
    case 'bury':
      throw new UnrecoverableError(move.error)
  }
}

const OUTCOME_NAMES: Record<Move['kind'], JobReport['outcome']> = {
  complete: 'done',
  wait: 'wait',
  retry: 'retry',
  bury: 'dead',
  'let-go': 'let-go',
}

function malformed(error: string): JobOutcome {
  return { kind: 'dead', fault: 'data', error }
}

function reasonOf(outcome: JobOutcome): string | undefined {
  switch (outcome.kind) {
    case 'done':
      return undefined
    case 'wait':
      return outcome.reason
    case 'dead':
    case 'threw':
      return outcome.error
  }
}

function describeError(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  const code = 'code' in err && typeof err.code === 'string' ? ` (${err.code})` : ''
  return `${err.name}: ${err.message}${code}`
}

async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController()
  try {
    return await Promise.race([promise.then(() => true), sleep(ms, false, { signal: timer.signal }).catch(() => false)])
  } finally {
    timer.abort()
  }
}
