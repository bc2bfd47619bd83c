import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from './connect.ts'
import { createGrouper, type Grouper } from './create-grouper.ts'
import { describe, type FoldDeps, foldGroup, loadRequestOf } from './fold-group.ts'
import { isRace, isUnavailable, LedgerError, toLedgerError } from './ledger-error.ts'
import { loadGroup } from './load-group.ts'
import { saveGroup } from './save-group.ts'
import type { WriteRequest, WriteResult } from './write-request.ts'

export interface WriterOptions extends FoldDeps {
  sql: Sql
  maxGroup: number
  groupsInFlight: number
}

type Settled = PromiseSettledResult<WriteResult>

/** So often a request may lose its order to somebody else; each time somebody else got on. */
const maxTries = 12
const groupTimeoutMs = 20_000

/**
 * Records events and settles effects: what is asked in the same tick shares one query and one statement (load, fold, save).
 *
 * Crash before the save: nothing happened, the job is run again. Crash after the save and before the heads are enqueued: the
 * job is run again, finds its dedup key and gets the heads of the stored order as its answer; should the job be lost as well,
 * the steward finds the due heads (list-due-heads.ts).
 */
export function createWriter(options: WriterOptions): Grouper<WriteRequest, WriteResult> {
  const { sql, maxGroup, groupsInFlight } = options

  async function write(requests: WriteRequest[], tries = 1): Promise<Settled[]> {
    let settled: (Settled | undefined)[]
    try {
      const loaded = await loadGroup(sql, loadRequestOf(requests))
      const { changes, answers } = foldGroup(requests, loaded, options)
      const hasChanges = Object.values(changes).some((rows) => rows.length > 0)
      const saved = hasChanges ? await saveGroup(sql, changes) : new Set<string>()
      settled = answers.map((answer): Settled | undefined => {
        if (answer.kind === 'failed') return { status: 'rejected', reason: answer.error }
        if (answer.kind === 'if-saved' && !saved.has(answer.orderId)) return undefined
        return { status: 'fulfilled', value: answer.result }
      })
    } catch (err) {
      return afterFailure(requests, tries, err)
    }
    const lost = requests.filter((_, at) => settled[at] === undefined)
    if (lost.length === 0) return settled as Settled[]
    const again = await writeAgain(
      lost,
      tries,
      new LedgerError('conflict', 'the order was changed by others every time'),
    )
    return settled.map((result) => result ?? again.shift()!)
  }

  /** One bad event fails alone: a group that fails is halved until the bad one stands by itself. */
  async function afterFailure(requests: WriteRequest[], tries: number, err: unknown): Promise<Settled[]> {
    if (isUnavailable(err)) return requests.map((request) => rejected(request, err))
    if (requests.length === 1) return isRace(err) ? writeAgain(requests, tries, err) : [rejected(requests[0]!, err)]
    const middle = Math.ceil(requests.length / 2)
    return [...(await write(requests.slice(0, middle))), ...(await write(requests.slice(middle)))]
  }

  async function writeAgain(requests: WriteRequest[], tries: number, err: unknown): Promise<Settled[]> {
    if (tries >= maxTries) return requests.map((request) => rejected(request, err))
    await delay(Math.random() * 3 * tries)
    return write(requests, tries + 1)
  }

  return createGrouper({
    name: 'write',
    run: (requests) => write(requests),
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
