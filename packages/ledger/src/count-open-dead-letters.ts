import type { Sql } from './connect.ts'

export async function countOpenDeadLetters(sql: Sql): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select count(*)::integer as count from dead_letters where status = 'open'`
  return row.count
}
