import type { OrderStatus } from '@sluice/orders'
import type { Sql } from './connect.ts'
import { externalUuidKey } from './order-id.ts'
import { type OrderSummary, summaryColumns } from './order-summary.ts'
import { storableText } from './storable.ts'
import { isAbout, type Subject } from './subject.ts'

export interface OrderSearch {
  /** Beginning of a number or of the marketplace's order id, or a whole UUID. */
  text?: string
  /** Default: orders; with a text, whatever has that number. */
  subject?: Subject
  status?: OrderStatus
  /** Number of the last order of the page before. */
  before?: string
  limit: number
}

/** Newest first. */
export async function searchOrders(sql: Sql, search: OrderSearch): Promise<OrderSummary[]> {
  const { status, before, limit } = search
  const start = storableText(search.text?.trim() ?? '')
  const subject = search.subject ?? (start === '' ? 'order' : undefined)
  const end = `${start}\u{10ffff}`
  return sql<OrderSummary[]>`
    select ${summaryColumns(sql)}
    from orders o
    where ${subject === undefined ? sql`true` : isAbout(sql, subject)}
      ${
        start === ''
          ? sql``
          : sql`and o.id in (
            select id from orders where number ~>=~ ${start} and number ~<~ ${end}
            union select id from orders where external_id ~>=~ ${start} and external_id ~<~ ${end}
            union select id from orders where external_uuid = ${externalUuidKey(start)}
          )`
      }
      ${status === undefined ? sql`` : sql`and o.status = ${status}`}
      ${
        before === undefined
          ? sql``
          : sql`and (o.created_at, o.id) < (select created_at, id from orders where number = ${before})`
      }
    order by o.created_at desc, o.id desc
    limit ${limit}`
}
