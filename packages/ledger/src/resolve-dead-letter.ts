import type { Sql } from './connect.ts'
import { storableText } from './storable.ts'

export interface Resolution {
  as: 'replayed' | 'discarded'
  /** Who decided. */
  by: string
  why?: string | undefined
}

/**
 * Closes an open letter; false when it was not open (any more). Only the letter: a dead effect stays dead and its lane
 * blocked. To try an effect again see revive-effect.ts.
 */
export async function resolveDeadLetter(sql: Sql, letterId: string, { as, by, why }: Resolution): Promise<boolean> {
  const resolved = await sql`
    update dead_letters
    set status = ${as}, resolved_at = now(), resolved_by = ${storableText(by)}, resolved_why = ${why === undefined ? null : storableText(why)}
    where id = ${letterId}::bigint and status = 'open'`
  return resolved.count > 0
}
