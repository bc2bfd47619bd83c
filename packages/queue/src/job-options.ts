import type { JobsOptions } from 'bullmq'

/**
 * Every option of every job. These tries are for faults of ours (a bug, a broken connection): what a destination answers
 * is decided by packages/orders/src/next-step.ts and costs no try here.
 */
export function eventJobOptions(jobId: string): JobsOptions {
  return {
    ...COMMON,
    jobId,
    // A marketplace's repeat within the hour is stopped by the id alone.
    removeOnComplete: { age: 3_600, count: 10_000 },
  }
}

export function effectJobOptions(jobId: string, delayMs = 0): JobsOptions {
  return {
    ...COMMON,
    jobId,
    // At once: a completed job that is kept would swallow the steward's repair of the same effect.
    removeOnComplete: true,
    ...(delayMs > 0 && { delay: Math.ceil(delayMs) }),
  }
}

const COMMON: JobsOptions = {
  attempts: 8,
  backoff: { type: 'ours' },
  // The steward looks at every failed job and removes it once its dead letter is written.
  removeOnFail: false,
  stackTraceLimit: 3,
}

/** From the moment a job could first run. A job older than this that still throws or waits is dead. */
export const MAX_JOB_AGE_MS = {
  /** Holds while Postgres is away for a day. */
  event: 24 * 3_600_000,
  /** Longer than any retry policy and than a back office closed over long holidays. */
  effect: 14 * 24 * 3_600_000,
}

/** 1 s, 3 s, 9 s ... up to 5 minutes, each shortened by up to a half, so that jobs that failed together drift apart. */
export function retryDelayMs(attemptsMade: number, random: number): number {
  return Math.round(Math.min(1_000 * 3 ** (attemptsMade - 1), 300_000) * (1 - random / 2))
}
