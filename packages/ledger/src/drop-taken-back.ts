import type { Sql } from './connect.ts'
import { storableJson } from './storable.ts'
import type { ClaimedEffect } from './write-request.ts'

/**
 * The order took the effect back while an attempt had it, and that attempt then tried nothing (`wait`): so it could not be
 * dropped at the time, and must not be performed now.
 */
export function isTakenBack({ order, key, attempt, revivals, wasUnclear }: ClaimedEffect): boolean {
  return order.effects[key]?.status === 'dropped' && attempt === 1 && revivals === 0 && !wasUnclear
}

/** Drops claimed effects that were never attempted before. Idempotent; the conditions say again what isTakenBack said. */
export async function dropTakenBack(sql: Sql, effectIds: string[]): Promise<void> {
  await sql`
    update effects
    set status = 'dropped', settled_at = now(), leased_until = null, attempts = 0, first_attempt_at = null
    where id = any(array(select jsonb_array_elements_text(${storableJson(effectIds)}::text::jsonb)))
      and case status when 'waiting' then attempts = 1 and revivals = 0 and not was_unclear end`
}
