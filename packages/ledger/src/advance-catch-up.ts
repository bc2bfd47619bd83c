import type { Sql } from './connect.ts'
import type { TakenCatchUp } from './take-catch-up.ts'

/**
 * Holds a run for another lease, and notes how far it has come: everything before `through` was found and enqueued. False
 * when it belongs to somebody else by now, or to nobody: then stop.
 *
 * Two steps that arrive in the wrong order: the cursor never goes back.
 */
export async function advanceCatchUp(
  sql: Sql,
  { account, subject, run }: TakenCatchUp,
  { through, leaseMs }: { through?: Date; leaseMs: number },
): Promise<boolean> {
  const advanced = await sql`
    update catch_ups
    set through = greatest(through, ${through?.toISOString() ?? null}::timestamptz),
      leased_until = now() + ${leaseMs}::float8 * interval '1 millisecond', updated_at = now()
    where account = ${account} and subject = ${subject} and run = ${run} and leased_until is not null`
  return advanced.count > 0
}
