import type { Order } from '@sluice/orders'
import type { Sql } from './connect.ts'

/** What a row of `orders` is about. A conversation has a number, events and effects like an order, but it is none. */
export type Subject = 'order' | 'conversation'

export function subjectOf(order: Order): Subject {
  return order.conversation === undefined ? 'order' : 'conversation'
}

/** A condition on orders as `o`. Written out, because an index on some of the rows is not used for a parameter. */
export function isAbout(sql: Sql, subject: Subject) {
  switch (subject) {
    case 'order':
      return sql`o.subject = 'order'`
    case 'conversation':
      return sql`o.subject = 'conversation'`
  }
}
