import type { Fault } from '@sluice/orders'
import type { Sql } from './connect.ts'
import { fingerprintOf } from './fingerprint.ts'
import { storableJson } from './storable.ts'

/** The job of an event that could not be recorded. Letters of effects are written by their settlement. */
export interface EventLetter {
  queue: string
  job: string
  /** All that is needed to put the job back. */
  payload: unknown
  fault: Fault
  error: string
  attempts: number
  /** RFC 3339 UTC. */
  firstFailedAt?: string
  /** When the event names its order. */
  orderNumber?: string
}

/**
 * Idempotent: a job has one letter, whoever finds it dead and however often, also after a person has resolved it (a replay
 * has a job id of its own). Returns the letter's id.
 */
export async function writeDeadLetter(sql: Sql, letter: EventLetter): Promise<string> {
  const { queue, job, payload, fault, error, attempts, firstFailedAt, orderNumber } = letter
  const [row] = await sql<[{ id: string }]>`
    insert into dead_letters (queue, job, payload, order_id, fingerprint, fault, error, attempts, first_failed_at)
    select l."queue", l."job", coalesce(l."payload", 'null'), o.id,
      ${fingerprintOf(queue, fault, error)}, ${fault}, l."error", ${attempts}, ${firstFailedAt ?? null}::timestamptz
    from jsonb_to_record(${storableJson({ queue, job, payload, error, orderNumber })}::text::jsonb)
      as l("queue" text, "job" text, "payload" jsonb, "error" text, "orderNumber" text)
    left join orders o on o.number = l."orderNumber"
    on conflict (queue, job) do update set attempts = greatest(dead_letters.attempts, excluded.attempts)
    returning id`
  return row.id
}
