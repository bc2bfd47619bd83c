import { type CatchUpEnd, type Ledger, LedgerError, type TakenCatchUp } from '@sluice/ledger'
import type { CatchUp } from '@sluice/marketplace-port'
import type { EventProducer } from '@sluice/queue'
import { type Logger, runEvery } from '@sluice/runtime'
import type { AccountCatchUp } from './list-account-catch-ups.ts'

export interface CatchUpDeps {
  ledger: Pick<Ledger, 'takeCatchUp' | 'advanceCatchUp' | 'endCatchUp'>
  producer: Pick<EventProducer, 'enqueueEvents'>
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** How long a steward that died keeps its list from the others. */
  leaseMs?: number
}

const LEASE_MS = 60_000
const RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000

const ADVICE =
  'nothing is skipped: it goes on from `through` as soon as the list can be read. When this repeats, look whether the marketplace answers and takes the credentials of the account.'

/**
 * Goes through one list of one account, should it be due and no other steward be at it. What is found takes the way of a
 * webhook: the same queues, and a key that records it once. The cursor follows, step by step, what Redis has taken.
 *
 * - Dies while it reads, or after enqueueing and before the cursor follows: once the lease has run out, another run begins
 *   where the cursor stands, and what is found again has the same keys.
 * - Loses its lease (it hung, or Postgres was away): it stops; its last step cannot move the cursor any more.
 * - Redis is away, or the marketplace does not answer: the cursor stays, and the list is tried again soon.
 * - A first run begins at its overlap before now: history is nobody's news.
 */
export async function runCatchUp(
  deps: CatchUpDeps,
  { account, catchUp }: AccountCatchUp,
  dueAfterMs: number,
  stopping: AbortSignal,
): Promise<'not-due' | CatchUpEnd['kind']> {
  const { ledger, log, leaseMs = LEASE_MS } = deps
  const { subject } = catchUp
  const taken = await ledger.takeCatchUp({ account, subject, dueAfterMs, leaseMs })
  if (!taken) return 'not-due'

  const startedAt = performance.now()
  const lost = new AbortController()
  const hold = async () => {
    if (!(await ledger.advanceCatchUp(taken, { leaseMs }))) lost.abort()
  }
  const holding = runEvery(`hold the list ${subject} of ${account}`, leaseMs / 3, hold, { log })
  const signal = AbortSignal.any([stopping, lost.signal])
  const progress = { found: 0, through: taken.through }
  let end: CatchUpEnd
  try {
    end = await goThrough(deps, catchUp, taken, progress, signal)
  } catch (err) {
    // Without Postgres nothing can be noted: the lease runs out.
    if (err instanceof LedgerError) throw err
    end = signal.aborted
      ? { kind: 'stopped' }
      : broken(err instanceof Error ? `${err.name}: ${err.message}` : String(err))
  } finally {
    await holding.stop()
  }
  await ledger.endCatchUp(taken, end)

  const line = { account, subject, through: progress.through.toISOString(), found: progress.found }
  const durationMs = Math.round(performance.now() - startedAt)
  if (end.kind === 'broken') {
    const { error: detail, retryInMs } = end
    log.warn({ event: 'steward.catch-up-broken', ...line, detail, retryInMs, advice: ADVICE, durationMs })
  } else if (progress.found > 0) {
    log.info({ event: 'steward.caught-up', ...line, outcome: end.kind, durationMs })
  }
  return end.kind
}

async function goThrough(
  { ledger, producer, leaseMs = LEASE_MS }: CatchUpDeps,
  catchUp: CatchUp,
  taken: TakenCatchUp,
  progress: { found: number; through: Date },
  signal: AbortSignal,
): Promise<CatchUpEnd> {
  const end = taken.now.getTime()
  let from = new Date(taken.through.getTime() - catchUp.overlapMs)
  do {
    const to = new Date(Math.min(from.getTime() + catchUp.maxSpanMs, end))
    const result = await catchUp.run(
      { from, to },
      async (jobs) => {
        await producer.enqueueEvents(jobs)
        progress.found += jobs.length
      },
      signal,
    )
    // Whatever a run says that was told to stop: it may not have seen everything.
    if (signal.aborted) return { kind: 'stopped' }
    if (result.kind === 'broken') return broken(result.detail, result.waitMs)
    if (!(await ledger.advanceCatchUp(taken, { through: to, leaseMs }))) return { kind: 'stopped' }
    if (to > progress.through) progress.through = to
    from = to
  } while (from.getTime() < end)
  return { kind: 'complete' }
}

function broken(error: string, waitMs = RETRY_MS): CatchUpEnd {
  return { kind: 'broken', error, retryInMs: Math.min(waitMs, MAX_RETRY_MS) }
}
