import { createHash } from 'node:crypto'

/**
 * Equal ids are one job for as long as Redis remembers the job: a first filter, the ledger's dedup key is the real one.
 * BullMQ refuses ids that are integers or contain a colon.
 */
export function eventJobId(dedupKey: string): string {
  return `ev-${createHash('sha256').update(dedupKey).digest('hex').slice(0, 32)}`
}

/** A replay must not meet the job it repeats, which Redis may still keep; the same dead letter replayed twice is one job. */
export function replayJobId(dedupKey: string, deadLetterId: string): string {
  return `${eventJobId(dedupKey)}-replay-${deadLetterId.replaceAll(':', '-')}`
}

/** `revivals`: an effect brought back to life must not meet the job that died. */
export function effectJobId(effectId: string, revivals: number): string {
  return `fx-${effectId}-${revivals}`
}

export type JobKind = 'event' | 'effect' | 'unknown'

export function kindOfJob(jobId: string): JobKind {
  if (jobId.startsWith('ev-')) return 'event'
  return jobId.startsWith('fx-') ? 'effect' : 'unknown'
}
