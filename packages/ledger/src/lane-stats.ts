import type { EffectKind, Lane } from '@sluice/orders'
import type { Sql } from './connect.ts'

export interface LaneStats {
  lane: Lane
  kind: EffectKind
  waiting: number
  /** Of those: due now. */
  due: number
  /** Milliseconds since the oldest of the due ones became due; 0 when none is. */
  oldestDueMs: number
}

/** What still has to be done, by kind. Reads every waiting effect: for a figure now and then. */
export async function laneStats(sql: Sql): Promise<LaneStats[]> {
  return sql<LaneStats[]>`
    select lane, kind, count(*)::integer as waiting,
      (count(*) filter (where not_before <= now()))::integer as due,
      greatest(0, coalesce(max(extract(epoch from now() - not_before)) * 1000, 0))::float8 as "oldestDueMs"
    from effects
    where status = 'waiting'
    group by lane, kind
    order by lane, kind`
}
