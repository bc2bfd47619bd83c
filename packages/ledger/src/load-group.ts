import type { Order, Verdict } from '@sluice/orders'
import type { Sql } from './connect.ts'
import type { EffectDetail } from './effect-heads.ts'
import { storableJson } from './storable.ts'

export interface LoadRequest {
  orderIds: string[]
  dedupKeys: string[]
  /** Orders of which the id is not known. One of externalUuid (its key part) and externalId is set. */
  lookups: OrderLookup[]
  effectIds: string[]
}

export interface OrderLookup {
  marketplace: string
  account: string
  externalId: string | null
  externalUuid: string | null
}

export interface Loaded {
  /** Oldest first, so that of two orders under one UUID the newer wins. */
  orders: {
    id: string
    snapshot: Order
    details: EffectDetail[]
  }[]
  events: { dedupKey: string; orderId: string; seq: number; verdict: Verdict }[]
  effects: { id: string; status: string; attempts: number; revivals: number }[]
}

/**
 * Everything a group needs, in one query and therefore as of one moment: an event that is recorded after it raises its order's
 * version, so that whoever did not see it here loses the race in save-group.ts. Takes no locks.
 */
export async function loadGroup(sql: Sql, { orderIds, dedupKeys, lookups, effectIds }: LoadRequest): Promise<Loaded> {
  const [row] = await sql<[Loaded]>`
    with
    known as materialized (
      select dedup_key, order_id, seq, verdict from events
      where dedup_key = any(array(select jsonb_array_elements_text(${storableJson(dedupKeys)}::text::jsonb)))
    ),
    lookups as (
      select * from jsonb_to_recordset(${storableJson(lookups)}::text::jsonb)
        as l("marketplace" text, "account" text, "externalId" text, "externalUuid" text)
    ),
    wanted as materialized (
      select value::uuid as id from jsonb_array_elements_text(${storableJson(orderIds)}::text::jsonb)
      union select order_id from known
      union select o.id
        from lookups l cross join lateral (
          select id from orders
          where external_uuid = l."externalUuid" and account = l."account" and marketplace = l."marketplace"
          union all select id from orders
          where external_id = l."externalId" and account = l."account" and marketplace = l."marketplace"
          offset 0 -- one look-up after another, not as a join of whole tables
        ) o
    )
    select
      coalesce((
        select json_agg(json_build_object(
          'id', o.id, 'snapshot', o.snapshot, 'details', coalesce((
            select json_agg(json_build_object('seq', e.seq, 'revivals', e.revivals, 'waitMs',
              ceil(greatest(0, extract(epoch from e.not_before - now()) * 1000))::int8))
            from effects e
            where e.order_id = o.id and (e.revivals > 0 or (e.status = 'waiting' and e.not_before > now()))
          ), '[]')
        ) order by o.created_at)
        from orders o where o.id = any(array(select id from wanted))
      ), '[]') as "orders",
      coalesce((
        select json_agg(json_build_object('dedupKey', dedup_key, 'orderId', order_id, 'seq', seq, 'verdict', verdict))
        from known
      ), '[]') as "events",
      coalesce((
        select json_agg(json_build_object('id', id, 'status', status, 'attempts', attempts, 'revivals', revivals))
        from effects where id = any(array(select jsonb_array_elements_text(${storableJson(effectIds)}::text::jsonb)))
      ), '[]') as "effects"`
  return row
}
