import type { AttentionCode, OrderStatus, PaymentStatus } from '@sluice/orders'
import type { Sql } from './connect.ts'
import type { Subject } from './subject.ts'

/** An order, or a conversation, as lists show it. */
export interface OrderSummary {
  id: string
  marketplace: string
  account: string
  externalId: string
  number: string
  subject: Subject
  status: OrderStatus
  payment: PaymentStatus
  version: number
  attention: AttentionCode[]
  createdAt: Date
  updatedAt: Date
}

/** The columns of a summary, of orders as `o`. */
export function summaryColumns(sql: Sql) {
  return sql`
    o.id, o.marketplace, o.account, o.external_id as "externalId", o.number, o.subject, o.status, o.payment,
    o.version, to_jsonb(o.attention) as "attention",
    o.created_at as "createdAt", o.updated_at as "updatedAt"`
}
