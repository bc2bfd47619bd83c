import type { Sql } from './connect.ts'

/** What a ledger holds. */
export interface Totals {
  orders: number
  /** Chats, reviews, questions. */
  conversations: number
  /** Events of marketplaces and back office; results of effects and timers are not among them. */
  eventsFromOutside: number
  attempts: number
  /** Attempts beyond an effect's first. */
  retries: number
  deadLetters: number
}

/** Reads everything: for reports on a ledger of a trial, never for a dashboard. */
export async function countTotals(sql: Sql): Promise<Totals> {
  const [totals] = await sql<[Totals]>`
    select
      (select count(*) from orders where subject = 'order')::integer as orders,
      (select count(*) from orders where subject = 'conversation')::integer as conversations,
      (select count(*) from events where source in ('marketplace', 'back-office'))::integer as "eventsFromOutside",
      (select count(*) from attempts)::integer as attempts,
      (select count(*) - count(distinct effect_id) from attempts)::integer as retries,
      (select count(*) from dead_letters)::integer as "deadLetters"`
  return totals
}
