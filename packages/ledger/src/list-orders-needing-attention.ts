import type { Sql } from './connect.ts'
import { type OrderSummary, summaryColumns } from './order-summary.ts'

/** Newest first. `before`: number of the last order of the page before. */
export async function listOrdersNeedingAttention(
  sql: Sql,
  { before, limit }: { before?: string; limit: number },
): Promise<OrderSummary[]> {
  return sql<OrderSummary[]>`
    select ${summaryColumns(sql)}
    from orders o
    where o.attention <> '{}'
      ${
        before === undefined
          ? sql``
          : sql`and (o.created_at, o.id) < (select created_at, id from orders where number = ${before})`
      }
    order by o.created_at desc, o.id desc
    limit ${limit}`
}
