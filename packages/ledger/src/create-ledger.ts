import { applyEvent, type EventEnvelope, laneHeads, type Order, type Step } from '@sluice/orders'
import { advanceCatchUp } from './advance-catch-up.ts'
import type { ClaimResult } from './claim-effects.ts'
import { createClaimer } from './claim-group.ts'
import { answerTimeoutMs, connect, type Sql } from './connect.ts'
import { countOpenDeadLetters } from './count-open-dead-letters.ts'
import { countTotals, type Totals } from './count-totals.ts'
import { createPool } from './create-pool.ts'
import type { DeadLetter } from './dead-letter.ts'
import { type CatchUpEnd, endCatchUp } from './end-catch-up.ts'
import { findOrderByNumber } from './find-order-by-number.ts'
import type { FoldDeps } from './fold-group.ts'
import { type LaneStats, laneStats } from './lane-stats.ts'
import { toLedgerError } from './ledger-error.ts'
import { type CatchUpState, listCatchUps } from './list-catch-ups.ts'
import { type DeadLetterFilter, listDeadLetters } from './list-dead-letters.ts'
import { type DueHeadsPage, listDueHeads } from './list-due-heads.ts'
import { type AttentionPage, listOrdersNeedingAttention } from './list-orders-needing-attention.ts'
import type { OrderSummary } from './order-summary.ts'
import { orderTimeline, type TimelineEntry } from './order-timeline.ts'
import { resolveDeadLetter } from './resolve-dead-letter.ts'
import { type RevivalResult, reviveEffect } from './revive-effect.ts'
import { type OrderSearch, searchOrders } from './search-orders.ts'
import { type CatchUpRequest, type TakenCatchUp, takeCatchUp } from './take-catch-up.ts'
import { withDeadline } from './with-deadline.ts'
import { type EventLetter, writeDeadLetter } from './write-dead-letter.ts'
import { createWriter } from './write-group.ts'
import type { AttemptEvidence, ClaimedEffect, EffectHead, EventRef, RecordResult } from './write-request.ts'

export interface LedgerOptions {
  databaseUrl: string
  settingsFor: FoldDeps['settingsFor']
  /** Requests of one tick that share a statement. */
  maxGroup?: number
  /** Groups under way at a time, of writes and of claims each. */
  groupsInFlight?: number
  /** Shorter in tests. */
  answerTimeoutMs?: number
  /** The pure core; replaced in tests of the ledger alone. */
  apply?: FoldDeps['apply']
  heads?: FoldDeps['laneHeads']
}

/** The truth about orders, in Postgres. Every method throws LedgerError; asking again is harmless for all of them. */
export interface Ledger {
  /** Records an event once, with the order it leads to and the effects that were decided. Enqueue the heads it answers. */
  record(request: { ref: EventRef; envelope: EventEnvelope; name: string }): Promise<RecordResult>
  /** Takes an effect for one attempt. */
  claim(effectId: string, leaseMs: number): Promise<ClaimResult>
  /** Says what came of an attempt. Answers the heads to enqueue; none when the effect waits on under its own job. */
  settle(effect: ClaimedEffect, step: Step, evidence: AttemptEvidence): Promise<{ heads: EffectHead[] }>
  reviveEffect(deadLetterId: string, by: string): Promise<RevivalResult>

  writeDeadLetter(letter: EventLetter): Promise<string>
  /** True when the letter was open. */
  markReplayed(deadLetterId: string, by: string, why?: string): Promise<boolean>
  /** True when the letter was open. A dead effect stays dead, its lane blocked. */
  markDiscarded(deadLetterId: string, by: string, why: string): Promise<boolean>
  listDeadLetters(filter: DeadLetterFilter): Promise<DeadLetter[]>
  countOpenDeadLetters(): Promise<number>

  listDueHeads(page: DueHeadsPage): Promise<EffectHead[]>
  laneStats(): Promise<LaneStats[]>
  /** Reads everything: for reports on a trial. */
  countTotals(): Promise<Totals>

  findOrderByNumber(number: string): Promise<Order | undefined>
  searchOrders(search: OrderSearch): Promise<OrderSummary[]>
  listOrdersNeedingAttention(page: AttentionPage): Promise<OrderSummary[]>
  orderTimeline(number: string): Promise<{ order: Order; entries: TimelineEntry[] } | undefined>

  /** Takes a list for a run, when it is due and nobody is at it. */
  takeCatchUp(request: CatchUpRequest): Promise<TakenCatchUp | undefined>
  /** Holds the run for another lease and notes how far it has come; false when it was lost. */
  advanceCatchUp(taken: TakenCatchUp, progress: { through?: Date; leaseMs: number }): Promise<boolean>
  endCatchUp(taken: TakenCatchUp, end: CatchUpEnd): Promise<void>
  listCatchUps(): Promise<CatchUpState[]>

  /** Throws when Postgres does not answer within 2 s. */
  ping(): Promise<void>
  /** Finishes what was asked, then disconnects. */
  close(): Promise<void>
}

export function createLedger(options: LedgerOptions): Ledger {
  const {
    databaseUrl,
    settingsFor,
    maxGroup = 100,
    groupsInFlight = 3,
    apply = applyEvent,
    heads = laneHeads,
  } = options
  const pool = createPool(
    () => connect(databaseUrl, 2 * groupsInFlight + 2),
    options.answerTimeoutMs ?? answerTimeoutMs,
  )
  const writer = createWriter({ pool, maxGroup, groupsInFlight, apply, laneHeads: heads, settingsFor })
  const claimer = createClaimer(pool, heads, { maxGroup, groupsInFlight })

  const underWay = new Set<Promise<unknown>>()

  async function track<T>(doing: string, work: Promise<T>): Promise<T> {
    underWay.add(work)
    try {
      return await work
    } catch (err) {
      throw toLedgerError(doing, err)
    } finally {
      underWay.delete(work)
    }
  }

  const query = <T>(doing: string, statement: (sql: Sql) => Promise<T>) => track(doing, pool.run(statement))

  return {
    async record({ ref, envelope, name }) {
      const result = await writer.ask({ kind: 'event', ref, envelope, name })
      if (result.kind === 'noted') throw new Error('record: the answer of a settlement')
      return result
    },
    claim: (effectId, leaseMs) => claimer.ask({ effectId, leaseMs }),
    async settle(effect, step, evidence) {
      const result = await writer.ask({ kind: 'settlement', effect, step, evidence })
      return { heads: 'heads' in result ? result.heads : [] }
    },
    reviveEffect: (letterId, by) => track('revive effect', reviveEffect(pool, writer, letterId, by)),

    writeDeadLetter: (letter) => query('write dead letter', (sql) => writeDeadLetter(sql, letter)),
    markReplayed: (letterId, by, why) =>
      query('resolve dead letter', (sql) => resolveDeadLetter(sql, letterId, { as: 'replayed', by, why })),
    markDiscarded: (letterId, by, why) =>
      query('resolve dead letter', (sql) => resolveDeadLetter(sql, letterId, { as: 'discarded', by, why })),
    listDeadLetters: (filter) => query('list dead letters', (sql) => listDeadLetters(sql, filter)),
    countOpenDeadLetters: () => query('count open dead letters', (sql) => countOpenDeadLetters(sql)),

    listDueHeads: (page) => query('list due heads', (sql) => listDueHeads(sql, page)),
    laneStats: () => query('lane stats', (sql) => laneStats(sql)),
    countTotals: () => query('count totals', (sql) => countTotals(sql)),

    findOrderByNumber: (number) => query('find order', (sql) => findOrderByNumber(sql, number)),
    searchOrders: (search) => query('search orders', (sql) => searchOrders(sql, search)),
    listOrdersNeedingAttention: (page) => query('list orders', (sql) => listOrdersNeedingAttention(sql, page)),
    orderTimeline: (number) => query('order timeline', (sql) => orderTimeline(sql, number)),

    takeCatchUp: (request) => query('take catch-up', (sql) => takeCatchUp(sql, request)),
    advanceCatchUp: (taken, progress) => query('advance catch-up', (sql) => advanceCatchUp(sql, taken, progress)),
    endCatchUp: (taken, end) => query('end catch-up', (sql) => endCatchUp(sql, taken, end)),
    listCatchUps: () => query('list catch-ups', (sql) => listCatchUps(sql)),

    async ping() {
      await withDeadline(
        query('ping', (sql) => sql`select 1`),
        pingTimeoutMs,
      )
    },
    async close() {
      await Promise.allSettled([writer.close(), claimer.close(), ...underWay])
      // Nothing runs any more.
      await pool.close()
    },
  }
}

const pingTimeoutMs = 2_000
