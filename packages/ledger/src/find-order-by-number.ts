import type { Order } from '@sluice/orders'
import type { Sql } from './connect.ts'

export async function findOrderByNumber(sql: Sql, number: string): Promise<Order | undefined> {
  const [row] = await sql<{ snapshot: Order }[]>`select snapshot from orders where number = ${number}`
  return row?.snapshot
}
