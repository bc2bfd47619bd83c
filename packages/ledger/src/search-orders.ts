import type { OrderStatus } from '@sluice/orders'
import type { Sql } from './connect.ts'
import { externalUuidKey } from './order-id.ts'
import { type OrderSummary, summaryColumns } from './order-summary.ts'
import { storableText } from './storable.ts'
import { isAbout, type Subject } from './subject.ts'

export interface OrderSearch {
  /**
   * Beginning of a number or of the marketplace's order id, or a whole UUID. A beginning that very many have in common finds
   * those among the newest, and some of the others. What has it as its whole number or id is always found.
   */
  text?: string
  /** Default: orders; with a text, whatever has that number. */
  subject?: Subject
  status?: OrderStatus
  /** Number of the last order of the page before. */
  before?: string
  limit: number
}

/** So many that begin alike are found however old they are, and so many of the newest are looked through for more. */
const maxAlike = 1_000
const maxNewest = 5_000

/** Newest first. What it reads is bounded, whatever is asked and however long the history is. */
export async function searchOrders(sql: Sql, search: OrderSearch): Promise<OrderSummary[]> {
  const { status, before, limit } = search
  const start = storableText(search.text?.trim() ?? '')
  const subject = search.subject ?? (start === '' ? 'order' : undefined)
  const end = `${start}\u{10ffff}`
  // As a range, and in an order that begins with it, so that only the index of statuses will do: the planner knows nothing but an
  // average status, and may hope to meet enough of one that nobody has among the newest.
  const newestFirst =
    status === undefined ? sql`o.created_at desc, o.id desc` : sql`o.status, o.created_at desc, o.id desc`
  const isMeant = sql`
    ${subject === undefined ? sql`true` : isAbout(sql, subject)}
    ${status === undefined ? sql`` : sql`and o.status between ${status} and ${status}`}
    ${
      before === undefined
        ? sql``
        : sql`and (o.created_at, o.id) < (select created_at, id from orders where number = ${before})`
    }`
  if (start === '') {
    return sql<OrderSummary[]>`
      select ${summaryColumns(sql)} from orders o where ${isMeant}
      order by ${newestFirst}
      limit ${limit}`
  }
  return sql<OrderSummary[]>`
    with
    newest as materialized (
      select o.id, o.number, o.external_id from orders o where ${isMeant}
      order by ${newestFirst}
      limit ${maxNewest}
    ),
    found as materialized (
      select id from orders where number = ${start}
      union
      select id from orders where external_id = ${start}
      union
      (select id from orders where number ~>=~ ${start} and number ~<~ ${end} order by number using ~>~ limit ${maxAlike})
      union
      (select id from orders where external_id ~>=~ ${start} and external_id ~<~ ${end}
        order by external_id using ~>~ limit ${maxAlike})
      union
      select id from orders where external_uuid = ${externalUuidKey(start)}
      union
      select id from newest where starts_with(number, ${start}) or starts_with(external_id, ${start})
    )
    select ${summaryColumns(sql)} from orders o where o.id = any(array(select id from found)) and ${isMeant}
    order by ${newestFirst}
    limit ${limit}`
}
