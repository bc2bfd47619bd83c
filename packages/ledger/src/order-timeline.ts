import type { EffectKind, EffectStatus, EventSource, Fault, Lane, Order, Verdict } from '@sluice/orders'
import type { Sql } from './connect.ts'
import type { DeadLetterStatus } from './dead-letter.ts'

/** Times are RFC 3339 UTC. */
export type TimelineEntry =
  | {
      kind: 'event'
      /** Recorded. */
      at: string
      seq: number
      type: string
      /** As the sender calls it. */
      name: string
      source: EventSource
      verdict: Verdict
      dedupKey: string
      occurredAt: string | null
      receivedAt: string
      payload: unknown
    }
  | {
      kind: 'effect'
      /** Decided. */
      at: string
      effectId: string
      seq: number
      effectKind: EffectKind
      lane: Lane
      key: string
      status: EffectStatus
      isBlocking: boolean
      attempts: number
      revivals: number
      notBefore: string
      settledAt: string | null
      payload: unknown
    }
  | {
      kind: 'attempt'
      /** Begun. */
      at: string
      effectId: string
      effectKind: EffectKind
      key: string
      revival: number
      n: number
      durationMs: number
      outcome: string
      httpStatus: number | null
      request: string | null
      response: string | null
    }
  | {
      kind: 'dead-letter'
      /** Written. */
      at: string
      id: string
      effectId: string | null
      queue: string | null
      job: string | null
      fault: Fault
      error: string
      attempts: number
      status: DeadLetterStatus
      resolvedAt: string | null
      resolvedBy: string | null
      resolvedWhy: string | null
    }

/** Rows of each kind. What has not ended comes before what has, and the newer before the older. */
const MAX_ROWS = 1_000

/**
 * What is known of an order, oldest first: what came in, what was decided, every attempt, every dead letter. Of a life of many
 * thousand rows (a chat, notes of a type that nobody knows) the first event and the newest rows of each kind; `order.version`
 * and `order.nextSeq` tell how many events and effects there are.
 */
export async function orderTimeline(
  sql: Sql,
  number: string,
  maxRows: number = MAX_ROWS,
): Promise<{ order: Order; entries: TimelineEntry[] } | undefined> {
  const [row] = await sql<{ order: Order; entries: TimelineEntry[] | null }[]>`
    select o.snapshot as "order", (
      select json_agg(entry order by at, rank, seq) from (
        select recorded_at as at, 1 as rank, seq, json_build_object(
          'kind', 'event', 'at', recorded_at, 'seq', seq, 'type', type, 'name', name, 'source', source,
          'verdict', verdict, 'dedupKey', dedup_key, 'occurredAt', occurred_at,
          'receivedAt', received_at, 'payload', payload) as entry
        from events where order_id = o.id and (seq = 1 or seq > o.version - ${maxRows}::integer)
        union all
        select created_at, 2, seq, json_build_object(
          'kind', 'effect', 'at', created_at, 'effectId', id, 'seq', seq, 'effectKind', kind, 'lane', lane,
          'key', key, 'status', status, 'isBlocking', is_blocking, 'attempts', attempts, 'revivals', revivals,
          'notBefore', not_before, 'settledAt', settled_at, 'payload', payload)
        from effects where id = any(array(
          select id from effects where order_id = o.id
          order by status in ('waiting', 'dead') desc, seq desc limit ${maxRows}::integer))
        union all
        select a.at, 3, a.n, json_build_object(
          'kind', 'attempt', 'at', a.at, 'effectId', a.effect_id, 'effectKind', a.kind, 'key', a.key,
          'revival', a.revival, 'n', a.n, 'durationMs', a.duration_ms, 'outcome', a.outcome, 'httpStatus', a.http_status,
          'request', a.request, 'response', a.response)
        from (
          select a.*, e.kind, e.key from effects e join attempts a on a.effect_id = e.id
          where e.order_id = o.id order by a.at desc limit ${maxRows}::integer
        ) a
        union all
        select created_at, 4, 0, json_build_object(
          'kind', 'dead-letter', 'at', created_at, 'id', id::text, 'effectId', effect_id, 'queue', queue,
          'job', job, 'fault', fault, 'error', error, 'attempts', attempts, 'status', status,
          'resolvedAt', resolved_at, 'resolvedBy', resolved_by, 'resolvedWhy', resolved_why)
        from (
          select * from dead_letters where order_id = o.id order by status = 'open' desc, id desc limit ${maxRows}::integer
        ) d
      ) as entries
    ) as "entries"
    from orders o where o.number = ${number}`
  return row && { order: row.order, entries: row.entries ?? [] }
}
