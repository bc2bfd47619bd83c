import type { Sql } from './connect.ts'
import { storableText } from './storable.ts'
import type { TakenCatchUp } from './take-catch-up.ts'

/** `stopped`: its process ends, another may go on at once. What was noted by advance-catch-up.ts stays in every case. */
export type CatchUpEnd =
  | { kind: 'complete' }
  | { kind: 'stopped' }
  | { kind: 'broken'; error: string; retryInMs: number }

const MAX_ERROR_CHARACTERS = 500

/** Lets go of a run. Does nothing when it belongs to somebody else by now. */
export async function endCatchUp(sql: Sql, { account, subject, run }: TakenCatchUp, end: CatchUpEnd): Promise<void> {
  const retryInMs = end.kind === 'complete' ? null : end.kind === 'broken' ? end.retryInMs : 0
  const error = end.kind === 'broken' ? storableText(end.error.slice(0, MAX_ERROR_CHARACTERS)) : null
  await sql`
    update catch_ups
    set leased_until = null, retry_at = now() + ${retryInMs}::float8 * interval '1 millisecond', last_error = ${error},
      updated_at = now()
    where account = ${account} and subject = ${subject} and run = ${run}`
}
