import type { Order, PlannedEffect } from '@sluice/orders'
import type { Sql } from './connect.ts'
import { storableJson } from './storable.ts'
import type { Subject } from './subject.ts'

/** What a group changes, as rows. Everything but `attempts` and `postponed` is saved only together with its order. */
export interface Changes {
  orders: {
    id: string
    marketplace: string
    account: string
    externalId: string
    externalUuid: string | null
    number: string
    subject: Subject
    status: string
    payment: string
    /** The version that was loaded; 0 for a new order. */
    base: number
    version: number
    attention: string[]
    snapshot: Order
  }[]
  events: {
    orderId: string
    seq: number
    dedupKey: string
    source: string
    type: string
    name: string
    occurredAt: string | null
    receivedAt: string
    payload: unknown
    verdict: string
  }[]
  planned: {
    id: string
    orderId: string
    seq: number
    lane: string
    kind: string
    key: string
    payload: PlannedEffect['payload']
    idempotencyKey: string
    /** `dropped`: decided and taken back within one group. */
    status: 'waiting' | 'dropped'
    isBlocking: boolean
    delayMs: number
  }[]
  /** What becomes of effects that were saved before. One per effect. */
  marks: {
    effectId: string
    orderId: string
    as: 'dropped' | 'dead' | 'revived' | 'done'
    /** dead, and dropped because its last attempt failed for good: of that attempt. A newer one would decide for itself. */
    attempt: number
    revivals: number
  }[]
  /** Attempts after which the effect waits on. One per effect, none for a marked one. */
  postponed: {
    effectId: string
    orderId: string
    attempt: number
    revivals: number
    delayMs: number
    countsAsTry: boolean
    isUnclear: boolean
  }[]
  attempts: {
    effectId: string
    orderId: string
    revival: number
    n: number
    at: string
    durationMs: number
    outcome: string
    httpStatus: number | null
    request: string | null
    response: string | null
  }[]
  letters: {
    orderId: string
    effectId: string
    fingerprint: string
    fault: string
    error: string
    attempts: number
    firstFailedAt: string
  }[]
  /** Open letters of these effects are resolved. */
  resolvedLetters: { orderId: string; effectId: string; as: 'replayed' | 'discarded'; by: string; why: string }[]
}

/**
 * Saves a group in one statement and returns the ids of the orders that were saved; the others were changed by somebody else
 * since they were loaded, and nothing of theirs was saved but attempts and postponements, which are right in any case.
 * One violated constraint fails the whole statement.
 *
 * Locks: the rows of all orders concerned, in the order of their ids, before anything else; whatever hangs on an order is
 * only written under its lock (claims skip what is locked). So groups of several processes cannot deadlock. Whoever waits longer
 * than `rowLockTimeoutMs` for a row that somebody else has locked fails (55P03). Tables are locked before the statement begins, so
 * for these the connection's time-out counts (connect.ts).
 * Plans: tables are reached through `= any(array(...))`, so by index whatever the planner believes about their size; conditions on
 * status stand in a CASE, because else an index of all that waits would look small to it.
 * Times: not_before counts from database time.
 * Crash while it runs: all or nothing. Crash after it, before the caller knows: the retry finds the dedup keys (load-group.ts).
 */
export async function saveGroup(sql: Sql, changes: Changes, rowLockTimeoutMs: number): Promise<Set<string>> {
  const { orders, events, planned, marks, postponed, attempts, letters, resolvedLetters } = changes
  const existingIds = [
    ...orders.filter((order) => order.base > 0).map((order) => order.id),
    ...postponed.map((item) => item.orderId),
    ...attempts.map((item) => item.orderId),
  ]
  const rows = await sql<{ id: string }[]>`
    with
    input as materialized (
      select * from jsonb_to_recordset(${storableJson(orders)}::text::jsonb) as (
        "id" uuid, "marketplace" text, "account" text, "externalId" text, "externalUuid" text, "number" text, "subject" text,
        "status" text, "payment" text, "base" integer, "version" integer, "attention" text[], "snapshot" jsonb)
    ),
    locked as materialized (
      select id, version from orders
      where id = any(array(select value::uuid from jsonb_array_elements_text(${storableJson(existingIds)}::text::jsonb)))
        and (select set_config('lock_timeout', ${`${rowLockTimeoutMs}ms`}, true)) is not null
      order by id
      for no key update
    ),
    updated as (
      update orders o set
        external_uuid = coalesce(o.external_uuid, i."externalUuid"),
        subject = i."subject", status = i."status", payment = i."payment", version = i."version", attention = i."attention",
        snapshot = i."snapshot", updated_at = now()
      from input i
      where o.id = any(array(select "id" from input)) and o.id = i."id" and o.version = i."base"
        and (select count(*) from locked) >= 0 -- locks come first
      returning o.id
    ),
    inserted as (
      insert into orders (id, marketplace, account, external_id, external_uuid, number, subject, status, payment, version, attention,
        snapshot)
      select "id", "marketplace", "account", "externalId", "externalUuid", "number", "subject", "status", "payment", "version",
        "attention", "snapshot"
      from input
      where "base" = 0 and (select count(*) from updated) >= 0 -- updates, and with them the locks, come first
      order by "id"
      on conflict (id) do nothing
      returning id
    ),
    saved as materialized (
      select id from updated union all select id from inserted
    ),
    saved_events as (
      insert into events (order_id, seq, dedup_key, source, type, name, occurred_at, received_at, payload, verdict)
      select "orderId", "seq", "dedupKey", "source", "type", "name", "occurredAt", "receivedAt", "payload", "verdict"
      from jsonb_to_recordset(${storableJson(events)}::text::jsonb) as e(
        "orderId" uuid, "seq" integer, "dedupKey" text, "source" text, "type" text, "name" text, "occurredAt" timestamptz,
        "receivedAt" timestamptz, "payload" jsonb, "verdict" text)
      where "orderId" = any(array(select id from saved))
    ),
    saved_effects as (
      insert into effects (id, order_id, seq, lane, kind, key, payload, idempotency_key, status, is_blocking, not_before, settled_at)
      select "id", "orderId", "seq", "lane", "kind", "key", "payload", "idempotencyKey", "status", "isBlocking",
        now() + "delayMs" * interval '1 millisecond', case when "status" = 'dropped' then now() end
      from jsonb_to_recordset(${storableJson(planned)}::text::jsonb) as p(
        "id" text, "orderId" uuid, "seq" integer, "lane" text, "kind" text, "key" text, "payload" jsonb, "idempotencyKey" text,
        "status" text, "isBlocking" boolean, "delayMs" double precision)
      where "orderId" = any(array(select id from saved))
    ),
    marks as materialized (
      select * from jsonb_to_recordset(${storableJson(marks)}::text::jsonb) as m(
        "effectId" text, "orderId" uuid, "as" text, "attempt" integer, "revivals" integer)
      where "orderId" = any(array(select id from saved))
    ),
    marked as (
      update effects e set
        status = case m."as" when 'revived' then 'waiting' else m."as" end,
        settled_at = case when m."as" <> 'revived' then now() end,
        leased_until = null,
        attempts = case when m."as" = 'revived' then 0 else e.attempts end,
        first_attempt_at = case when m."as" <> 'revived' then e.first_attempt_at end,
        revivals = e.revivals + case when m."as" = 'revived' then 1 else 0 end,
        not_before = case when m."as" = 'revived' then now() else e.not_before end
      from marks m
      where e.id = any(array(select "effectId" from marks)) and e.id = m."effectId" and case m."as"
        when 'dropped' then e.status = 'dead' or e.status = 'waiting' and (
          e.attempts = 0 and e.revivals = 0 and not e.was_unclear
          or m."attempt" > 0 and e.attempts = m."attempt" and e.revivals = m."revivals")
        when 'dead' then e.status = 'waiting' and e.attempts = m."attempt" and e.revivals = m."revivals"
        when 'revived' then e.status = 'dead'
        when 'done' then e.status in ('waiting', 'dead')
      end
    ),
    postponements as materialized (
      select * from jsonb_to_recordset(${storableJson(postponed)}::text::jsonb) as p(
        "effectId" text, "attempt" integer, "revivals" integer, "delayMs" double precision, "countsAsTry" boolean,
        "isUnclear" boolean)
      where (select count(*) from locked) >= 0
    ),
    postponed as (
      update effects e set
        not_before = now() + p."delayMs" * interval '1 millisecond',
        leased_until = null,
        was_unclear = e.was_unclear or p."isUnclear",
        attempts = case when p."countsAsTry" then e.attempts else e.attempts - 1 end,
        first_attempt_at = case when p."countsAsTry" or e.attempts > 1 then e.first_attempt_at end
      from postponements p
      where e.id = any(array(select "effectId" from postponements)) and e.id = p."effectId"
        and case e.status when 'waiting' then
          e.revivals = p."revivals" and e.attempts = p."attempt" and e.leased_until is not null
        end
    ),
    saved_attempts as (
      insert into attempts (effect_id, revival, n, at, duration_ms, outcome, http_status, request, response)
      select "effectId", "revival", "n", "at", "durationMs", "outcome", "httpStatus", "request", "response"
      from jsonb_to_recordset(${storableJson(attempts)}::text::jsonb) as a(
        "effectId" text, "revival" integer, "n" integer, "at" timestamptz, "durationMs" integer, "outcome" text,
        "httpStatus" integer, "request" text, "response" text)
      where (select count(*) from locked) >= 0
      on conflict do nothing
    ),
    resolutions as materialized (
      select * from jsonb_to_recordset(${storableJson(resolvedLetters)}::text::jsonb) as r(
        "orderId" uuid, "effectId" text, "as" text, "by" text, "why" text)
      where "orderId" = any(array(select id from saved))
    ),
    resolved as (
      update dead_letters d set status = r."as", resolved_at = now(), resolved_by = r."by", resolved_why = r."why"
      from resolutions r
      where d.effect_id = any(array(select "effectId" from resolutions)) and d.effect_id = r."effectId" and d.status = 'open'
    ),
    saved_letters as (
      insert into dead_letters (order_id, effect_id, fingerprint, fault, error, attempts, first_failed_at)
      select "orderId", "effectId", "fingerprint", "fault", "error", "attempts", "firstFailedAt"
      from jsonb_to_recordset(${storableJson(letters)}::text::jsonb) as d(
        "orderId" uuid, "effectId" text, "fingerprint" text, "fault" text, "error" text, "attempts" integer,
        "firstFailedAt" timestamptz)
      where "orderId" = any(array(select id from saved))
      on conflict (effect_id) where status = 'open' do nothing
    )
    select id from saved`
  return new Set(rows.map((row) => row.id))
}
