import type { Effect, LaneHead, Order } from '@sluice/orders'
import type { Sql } from './connect.ts'
import { bySeq, type EffectDetail, effectHeads } from './effect-heads.ts'
import { storableJson } from './storable.ts'
import type { ClaimedEffect, EffectHead } from './write-request.ts'

export interface ClaimRequest {
  effectId: string
  leaseMs: number
}

export type ClaimResult =
  | { kind: 'claimed'; effect: ClaimedEffect }
  | { kind: 'not-due'; waitMs: number }
  /** Somebody is at it. */
  | { kind: 'leased'; waitMs: number }
  /** Another of its lane comes first; its settlement answers with this one as the next head. */
  | { kind: 'behind' }
  /** Heads of its order as it stands now: whoever settled it may have died before enqueueing them. */
  | { kind: 'settled'; heads: EffectHead[] }
  | { kind: 'unknown' }

type Row = {
  effectId: string
  status: string | null
  isClaimed: boolean
  dueInMs: number
  leaseLeftMs: number
  isBehind: boolean
  seq: number
  key: string
  idempotencyKey: string
  isBlocking: boolean
  attempt: number
  firstAttemptAt: Date
  ageMs: number
  createdAt: Date
  wasUnclear: boolean
  revivals: number
  order: Order
  details: EffectDetail[]
} & Effect

/** Somebody has the row locked this very moment: a claim, or a settlement about to commit. */
const lockedWaitMs = 100

/**
 * Takes effects for an attempt each, in one statement; ids must be distinct. An effect can be had when it waits, is due,
 * nobody holds a lease on it, and it is the head of its lane: no earlier effect of the lane waits, or is dead and blocks.
 * Timers wait for nobody: each has its own time.
 * Counts the attempt. Lease, due time and age are database time, so that clocks of workers do not matter.
 *
 * Locks: rows that somebody else has locked are skipped, not waited for (answer: leased).
 * Crash after it: the lease runs out, and the next claim says that the earlier attempt is unclear.
 */
export async function claimEffects(
  sql: Sql,
  requests: ClaimRequest[],
  laneHeads: (order: Order) => LaneHead[],
): Promise<ClaimResult[]> {
  const rows = await sql<Row[]>`
    with
    asked as materialized (
      select "effectId" as id, "leaseMs" as lease_ms
      from jsonb_to_recordset(${storableJson(requests)}::text::jsonb) as a("effectId" text, "leaseMs" double precision)
    ),
    free as materialized (
      select e.id
      from effects e
      where e.id = any(array(select id from asked))
        and case e.status when 'waiting' then -- a CASE: else the planner may prefer the index of all that waits
          e.not_before <= now() and (e.leased_until is null or e.leased_until <= now())
        end
        and not exists (
          select from effects p
          where p.order_id = e.order_id and p.seq < e.seq and p.lane = e.lane and e.lane <> 'deadline'
            and (p.status = 'waiting' or (p.status = 'dead' and p.is_blocking))
          offset 0 -- row by row, not as a join of whole tables
        )
      order by e.id
      for no key update of e skip locked
    ),
    claimed as (
      update effects e set
        attempts = e.attempts + 1,
        was_unclear = e.was_unclear or e.leased_until is not null,
        leased_until = now() + a.lease_ms * interval '1 millisecond',
        first_attempt_at = coalesce(e.first_attempt_at, now())
      from asked a
      where e.id = any(array(select id from free)) and e.id = a.id
      returning e.id, e.attempts, e.was_unclear, e.first_attempt_at
    )
    select a.id as "effectId", e.status, c.id is not null as "isClaimed",
      ceil(extract(epoch from e.not_before - now()) * 1000)::float8 as "dueInMs",
      ceil(extract(epoch from e.leased_until - now()) * 1000)::float8 as "leaseLeftMs",
      c.id is null and exists (
        select from effects p
        where p.order_id = e.order_id and p.seq < e.seq and p.lane = e.lane and e.lane <> 'deadline'
          and (p.status = 'waiting' or (p.status = 'dead' and p.is_blocking))
      ) as "isBehind",
      e.seq, e.key, e.kind, e.lane, e.payload, e.idempotency_key as "idempotencyKey", e.is_blocking as "isBlocking",
      e.created_at as "createdAt",
      c.attempts as "attempt", c.first_attempt_at as "firstAttemptAt", c.was_unclear as "wasUnclear", e.revivals,
      (extract(epoch from now() - c.first_attempt_at) * 1000)::float8 as "ageMs",
      o.snapshot as "order",
      case when c.id is null then coalesce((
        select json_agg(json_build_object('seq', d.seq, 'revivals', d.revivals, 'waitMs',
          ceil(greatest(0, extract(epoch from d.not_before - now()) * 1000))::int8))
        from effects d
        where d.order_id = o.id and (d.revivals > 0 or (d.status = 'waiting' and d.not_before > now()))
      ), '[]') end as "details"
    from asked a
    left join effects e on e.id = any(array(select id from asked)) and e.id = a.id
    left join claimed c on c.id = a.id
    left join lateral (
      select o.id, o.snapshot from orders o
      where o.id = e.order_id and (c.id is not null or e.status <> 'waiting')
      offset 0
    ) o on true`
  const results = new Map(rows.map((row) => [row.effectId, toResult(row, laneHeads)]))
  return requests.map(({ effectId }) => results.get(effectId) ?? { kind: 'unknown' })
}

function toResult(row: Row, laneHeads: (order: Order) => LaneHead[]): ClaimResult {
  if (row.isClaimed) return { kind: 'claimed', effect: toClaimed(row) }
  if (row.status === null) return { kind: 'unknown' }
  if (row.status !== 'waiting') return { kind: 'settled', heads: effectHeads(row.order, bySeq(row.details), laneHeads) }
  if (row.leaseLeftMs > 0) return { kind: 'leased', waitMs: row.leaseLeftMs }
  if (row.isBehind) return { kind: 'behind' }
  if (row.dueInMs > 0) return { kind: 'not-due', waitMs: row.dueInMs }
  return { kind: 'leased', waitMs: lockedWaitMs }
}

function toClaimed(row: Row): ClaimedEffect {
  const {
    kind,
    lane,
    payload,
    effectId,
    seq,
    key,
    idempotencyKey,
    isBlocking,
    attempt,
    ageMs,
    wasUnclear,
    revivals,
    order,
  } = row
  const firstAttemptAt = row.firstAttemptAt.toISOString()
  // The three were saved together: kind, lane and payload of one effect.
  const effect = { kind, lane, payload } as Effect
  return {
    ...effect,
    effectId,
    seq,
    key,
    idempotencyKey,
    isBlocking,
    attempt,
    firstAttemptAt,
    ageMs,
    createdAt: row.createdAt.toISOString(),
    wasUnclear,
    revivals,
    order,
  }
}
