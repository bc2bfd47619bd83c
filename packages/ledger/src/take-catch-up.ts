import type { Sql } from './connect.ts'

export interface CatchUpRequest {
  account: string
  /** As the marketplace's package calls the list: `orders`. */
  subject: string
  /** Due when its `through` is as old as this. */
  dueAfterMs: number
  leaseMs: number
}

/** One run, for whoever holds it: `run` tells it from every other. */
export interface TakenCatchUp {
  account: string
  subject: string
  run: number
  /** Everything before was asked for. On the very first run the same as `now`: history is left alone. */
  through: Date
  /** Database time of the taking. */
  now: Date
}

/**
 * Takes a list for one run; undefined when it is not due or somebody else is at it. A run that broke is due again at its
 * `retry_at`, one whose holder died as soon as the lease has run out.
 *
 * Locks: the row, for the length of the statement; of several who ask at once one gets it. All times are database time.
 */
export async function takeCatchUp(sql: Sql, request: CatchUpRequest): Promise<TakenCatchUp | undefined> {
  const { account, subject, dueAfterMs, leaseMs } = request
  const [taken] = await sql<TakenCatchUp[]>`
    insert into catch_ups as c (account, subject, through, run, leased_until)
    values (${account}, ${subject}, now(), 1, now() + ${leaseMs}::float8 * interval '1 millisecond')
    on conflict (account, subject) do update
    set run = c.run + 1, leased_until = excluded.leased_until, retry_at = null, updated_at = now()
    where case
      when c.leased_until is not null then c.leased_until <= now()
      when c.retry_at is not null then c.retry_at <= now()
      else c.through <= now() - ${dueAfterMs}::float8 * interval '1 millisecond'
    end
    returning account, subject, run, through, now() as "now"`
  return taken
}
