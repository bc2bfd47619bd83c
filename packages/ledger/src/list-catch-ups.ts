import type { Sql } from './connect.ts'

/** How far one list of one account has been gone through. */
export interface CatchUpState {
  account: string
  subject: string
  through: Date
  /** Milliseconds since `through`, by the database's clock. */
  ageMs: number
  isRunning: boolean
  /** Why the newest run broke; null when it did not. */
  lastError: string | null
  /** When it will be tried again after that. */
  retryAt: Date | null
}

/** Also of accounts that the configuration does not name any more. */
export async function listCatchUps(sql: Sql): Promise<CatchUpState[]> {
  return sql<CatchUpState[]>`
    select account, subject, through, greatest(0, extract(epoch from now() - through) * 1000)::float8 as "ageMs",
      coalesce(leased_until > now(), false) as "isRunning", last_error as "lastError", retry_at as "retryAt"
    from catch_ups
    order by account, subject`
}
