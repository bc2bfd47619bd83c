import { setTimeout as delay } from 'node:timers/promises'
import { rowLockTimeoutMs } from './connect.ts'
import { createGrouper, type Grouper } from './create-grouper.ts'
import type { Pool } from './create-pool.ts'
import { describe, type FoldDeps, foldGroup, loadRequestOf } from './fold-group.ts'
import { isLockTimeout, isRace, isUnavailable, LedgerError, toLedgerError, violatedConstraint } from './ledger-error.ts'
import { loadGroup } from './load-group.ts'
import { saveGroup } from './save-group.ts'
import type { WriteRequest, WriteResult } from './write-request.ts'

export interface WriterOptions extends FoldDeps {
  pool: Pick<Pool, 'run'>
  maxGroup: number
  groupsInFlight: number
}

type Settled = PromiseSettledResult<WriteResult>

/** How a group is tried. */
interface Trial {
  tries: number
  /** The unique constraint that failed it. */
  violated?: string
  /** Somebody kept it waiting for a lock. By then (`performance.now()`) it must be over: before the group's time is. */
  endBy?: number
}

/** So often a request may lose its order to somebody else; each time somebody else got on. */
const maxTries = 12

/** For a group that was kept waiting for a lock: so long for each row, and for all its parts. */
const shortRowLockTimeoutMs = 50
const lockPatienceMs = 10_000
const groupTimeoutMs = 20_000

/**
 * Records events and settles effects: what is asked in the same tick shares one query and one statement (load, fold, save).
 *
 * Crash before the save: nothing happened, the job is run again. Crash after the save and before the heads are enqueued: the
 * job is run again, finds its dedup key and gets the heads of the stored order as its answer; should the job be lost as well,
 * the steward finds the due heads (list-due-heads.ts).
 */
export function createWriter(options: WriterOptions): Grouper<WriteRequest, WriteResult> {
  const { pool, maxGroup, groupsInFlight } = options

  async function write(requests: WriteRequest[], trial: Trial): Promise<Settled[]> {
    let settled: (Settled | undefined)[]
    const startedAt = performance.now()
    try {
      const wanted = loadRequestOf(requests, trial.violated !== undefined)
      const loaded = await pool.run((sql) => loadGroup(sql, wanted))
      const { changes, answers } = foldGroup(requests, loaded, options)
      const hasChanges = Object.values(changes).some((rows) => rows.length > 0)
      const saved = hasChanges
        ? await pool.run((sql) =>
            saveGroup(sql, changes, trial.endBy === undefined ? rowLockTimeoutMs : shortRowLockTimeoutMs),
          )
        : new Set<string>()
      settled = answers.map((answer): Settled | undefined => {
        if (answer.kind === 'failed') return { status: 'rejected', reason: answer.error }
        if (answer.kind === 'if-saved' && !saved.has(answer.orderId)) return undefined
        return { status: 'fulfilled', value: answer.result }
      })
    } catch (err) {
      return afterFailure(requests, trial, err, performance.now() - startedAt)
    }
    const lost = requests.filter((_, at) => settled[at] === undefined)
    if (lost.length === 0) return settled as Settled[]
    const again = await writeAgain(
      lost,
      trial,
      new LedgerError('conflict', 'the order was changed by others every time'),
    )
    return settled.map((result) => result ?? again.shift()!)
  }

  /**
   * One bad event fails alone: a group that fails is halved until the bad one stands by itself.
   * - A row that somebody keeps locked: the parts wait for it a moment only, so that the others are through soon.
   * - A table that somebody keeps locked: parts would wait for it as long as the whole, so the whole is tried again.
   * - A violated unique constraint: maybe a race; then what was saved meanwhile is seen at the second look. What violates it
   *   once more is bad.
   */
  async function afterFailure(
    requests: WriteRequest[],
    trial: Trial,
    err: unknown,
    tookMs: number,
  ): Promise<Settled[]> {
    const isAlone = requests.length === 1
    const next = isLockTimeout(err) ? { endBy: performance.now() + lockPatienceMs, ...trial } : trial
    const isLate = () => next.endBy !== undefined && performance.now() > next.endBy
    // Only a table takes so long.
    if (isLockTimeout(err) && tookMs > 2 * rowLockTimeoutMs && !isLate()) return write(requests, next)
    const violated = violatedConstraint(err)
    if (isUnavailable(err) && (isAlone || !isLockTimeout(err))) return requests.map((one) => rejected(one, err))
    if (violated !== undefined && violated !== trial.violated) return writeAgain(requests, { ...trial, violated }, err)
    if (isAlone) return isRace(err) ? writeAgain(requests, trial, err) : [rejected(requests[0]!, err)]
    const middle = Math.ceil(requests.length / 2)
    const settled: Settled[] = []
    for (const half of [requests.slice(0, middle), requests.slice(middle)]) {
      settled.push(...(isLate() ? half.map((one) => rejected(one, err)) : await write(half, next)))
    }
    return settled
  }

  async function writeAgain(requests: WriteRequest[], trial: Trial, err: unknown): Promise<Settled[]> {
    if (trial.tries >= maxTries) return requests.map((request) => rejected(request, err))
    await delay(Math.random() * 3 * trial.tries)
    return write(requests, { ...trial, tries: trial.tries + 1 })
  }

  return createGrouper({
    name: 'write',
    run: (requests) => write(requests, { tries: 1 }),
    keyOf,
    maxGroup,
    groupsInFlight,
    timeoutMs: groupTimeoutMs,
  })
}

function rejected(request: WriteRequest, err: unknown): Settled {
  return { status: 'rejected', reason: toLedgerError(describe(request), err) }
}

/**
 * One order, as far as the request itself tells. Two names of one order may slip into two groups; then one of them loses the
 * race for the order's version and is folded again.
 */
function keyOf(request: WriteRequest): string {
  if (request.kind === 'settlement') return request.effect.order.ref.number
  const { number, externalId, externalUuid, account } = request.ref
  return number ?? `${account}/${externalId ?? externalUuid}`
}
