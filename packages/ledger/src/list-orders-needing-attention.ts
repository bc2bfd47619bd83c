import type { Sql } from './connect.ts'
import { type OrderSummary, summaryColumns } from './order-summary.ts'
import { isAbout, type Subject } from './subject.ts'

export interface AttentionPage {
  /** Default: orders. */
  subject?: Subject
  /** Number of the last one of the page before. */
  before?: string
  limit: number
}

/** Newest first. */
export async function listOrdersNeedingAttention(
  sql: Sql,
  { subject = 'order', before, limit }: AttentionPage,
): Promise<OrderSummary[]> {
  return sql<OrderSummary[]>`
    select ${summaryColumns(sql)}
    from orders o
    where o.attention <> '{}' and ${isAbout(sql, subject)}
      ${
        before === undefined
          ? sql``
          : sql`and (o.created_at, o.id) < (select created_at, id from orders where number = ${before})`
      }
    order by o.created_at desc, o.id desc
    limit ${limit}`
}
