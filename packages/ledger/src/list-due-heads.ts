import type { Sql } from './connect.ts'
import { orderIdOfEffect } from './order-id.ts'
import type { EffectHead } from './write-request.ts'

export interface DueHeadsPage {
  /** Last effect of the page before. */
  afterId?: string
  /** Due for at least so long: leave those alone that are just being enqueued. */
  olderThanMs: number
  limit: number
}

/**
 * Heads of lanes that are due and that nobody holds a lease on: each should have a job. For the steward, which enqueues them
 * again under the same job ids. Pages by order id, a stable order while effects come and go.
 */
export async function listDueHeads(sql: Sql, { afterId, olderThanMs, limit }: DueHeadsPage): Promise<EffectHead[]> {
  const afterOrder = afterId === undefined ? '00000000-0000-0000-0000-000000000000' : orderIdOfEffect(afterId)
  const afterSeq = afterId === undefined ? 0 : Number(afterId.slice(afterId.lastIndexOf('.') + 1))
  return sql<EffectHead[]>`
    select e.id as "effectId", e.kind, e.revivals
    from effects e
    where e.status = 'waiting' and (e.order_id, e.seq) > (${afterOrder}::uuid, ${afterSeq}::integer)
      and e.not_before <= now() - ${olderThanMs}::float8 * interval '1 millisecond'
      and (e.leased_until is null or e.leased_until <= now())
      and not exists (
        select from effects p
        where p.order_id = e.order_id and p.seq < e.seq and p.lane = e.lane and e.lane <> 'deadline'
          and (p.status = 'waiting' or (p.status = 'dead' and p.is_blocking))
        offset 0 -- row by row, not as a join of whole tables
      )
    order by e.order_id, e.seq
    limit ${limit}`
}
