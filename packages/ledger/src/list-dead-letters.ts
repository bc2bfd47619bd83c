import type { Sql } from './connect.ts'
import type { DeadLetter, DeadLetterStatus } from './dead-letter.ts'

export interface DeadLetterFilter {
  status?: DeadLetterStatus
  /** Only this one. */
  id?: string
  /** Id of the last letter of the page before. */
  before?: string
  limit: number
}

/** Newest first. */
export async function listDeadLetters(sql: Sql, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const { status, id, before, limit } = filter
  return sql<DeadLetter[]>`
    select d.id, d.queue, d.job, o.number as "orderNumber",
      case when e.id is not null then json_build_object(
        'id', e.id, 'kind', e.kind, 'lane', e.lane, 'key', e.key, 'isBlocking', e.is_blocking) end as "effect",
      coalesce(d.payload, e.payload) as "payload",
      d.fingerprint, d.fault, d.error, d.attempts, d.first_failed_at as "firstFailedAt",
      d.status, d.resolved_at as "resolvedAt", d.resolved_by as "resolvedBy", d.resolved_why as "resolvedWhy",
      d.created_at as "createdAt"
    from dead_letters d
    left join effects e on e.id = d.effect_id
    left join orders o on o.id = d.order_id
    where true
      ${status === undefined ? sql`` : sql`and d.status = ${status}`}
      ${id === undefined ? sql`` : sql`and d.id = ${id}::bigint`}
      ${before === undefined ? sql`` : sql`and d.id < ${before}::bigint`}
    order by d.id desc
    limit ${limit}`
}
