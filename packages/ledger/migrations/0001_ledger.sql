-- The ledger: orders as the fold of their events, the effects those events decided, every attempt at them, dead letters.
--
-- Two rules keep updates of orders and effects cheap (HOT: no index is touched):
--   orders:  no index on a column that changes with every event; lists go by created_at.
--   effects: what a claim or a postponement changes (attempts, leased_until, not_before, was_unclear) is in no index.

create table orders (
  id            uuid primary key,
  marketplace   text not null,
  account       text not null,
  external_id   text not null,
  -- The part after the last colon of what the marketplace calls the order's UUID.
  external_uuid text,
  number        text not null unique,
  status        text not null check (status in ('announced', 'placed', 'reserved', 'assembling', 'assembled', 'ready', 'taken', 'delivering', 'delivered', 'cancelled')),
  payment       text not null check (payment in ('unpaid', 'paid', 'refunding', 'refunded')),
  version       integer not null check (version > 0),
  -- Codes of what a person should look at.
  attention     text[] not null default '{}',
  snapshot      jsonb not null,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  unique (marketplace, account, external_id)
) with (fillfactor = 60);

create index orders_by_external_uuid on orders (external_uuid) where external_uuid is not null;
create index orders_newest on orders (created_at desc, id desc);
create index orders_needing_attention on orders (created_at desc, id desc) where attention <> '{}';
create index orders_by_number_prefix on orders (number text_pattern_ops);
create index orders_by_external_id_prefix on orders (external_id text_pattern_ops);

-- Recorded once, never changed. seq is the order's version after the event.
create table events (
  id          bigint generated always as identity primary key,
  order_id    uuid not null references orders,
  seq         integer not null check (seq > 0),
  dedup_key   text not null unique,
  source      text not null check (source in ('marketplace', 'back-office', 'effect', 'operator')),
  type        text not null,
  -- As the sender calls it.
  name        text not null,
  occurred_at timestamptz,
  received_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  payload     jsonb not null,
  verdict     text not null check (verdict in ('applied', 'late', 'early', 'duplicate-body-differs', 'ignored', 'refused')),
  unique (order_id, seq)
);

create table effects (
  id               text primary key,
  order_id         uuid not null references orders,
  seq              integer not null check (seq > 0),
  lane             text not null check (lane in ('stock', 'marketplace', 'news', 'deadline')),
  kind             text not null,
  key              text not null,
  payload          jsonb not null,
  idempotency_key  text not null unique,
  status           text not null default 'waiting' check (status in ('waiting', 'done', 'dead', 'dropped')),
  is_blocking      boolean not null,
  not_before       timestamptz not null,
  -- Of the current revival.
  attempts         integer not null default 0 check (attempts >= 0),
  -- In the future: somebody is at it. In the past: somebody was, and never said what came of it.
  leased_until     timestamptz,
  -- An attempt may have been done without our knowing. Stays true until the effect is settled.
  was_unclear      boolean not null default false,
  revivals         integer not null default 0 check (revivals >= 0),
  first_attempt_at timestamptz,
  created_at       timestamptz not null default now(),
  settled_at       timestamptz,
  unique (order_id, seq),
  check (id = order_id::text || '.' || seq::text),
  check ((status = 'waiting') = (settled_at is null)),
  check (status = 'waiting' or leased_until is null),
  check ((attempts > 0) = (first_attempt_at is not null))
) with (fillfactor = 70);

-- What is still to be done: the steward's round, the figures, what an order waits for.
create index effects_waiting on effects (order_id, seq) where status = 'waiting';

create table attempts (
  effect_id   text not null references effects,
  revival     integer not null check (revival >= 0),
  n           integer not null check (n > 0),
  at          timestamptz not null,
  duration_ms integer not null check (duration_ms >= 0),
  outcome     text not null,
  http_status integer,
  -- Excerpts, personal data masked.
  request     text,
  response    text,
  primary key (effect_id, revival, n)
);

-- Either a dead effect or the job of an event that could not be recorded.
create table dead_letters (
  id              bigint generated always as identity primary key,
  queue           text,
  job             text,
  order_id        uuid references orders,
  effect_id       text references effects,
  payload         jsonb,
  -- Equal for letters that died of the same cause.
  fingerprint     text not null,
  fault           text not null check (fault in ('ours', 'theirs', 'data')),
  error           text not null,
  attempts        integer not null check (attempts >= 0),
  first_failed_at timestamptz,
  deadline_at     timestamptz,
  status          text not null default 'open' check (status in ('open', 'replayed', 'discarded')),
  resolved_at     timestamptz,
  resolved_by     text,
  resolved_why    text,
  created_at      timestamptz not null default now(),
  unique (queue, job),
  check (case when effect_id is null then queue is not null and job is not null and payload is not null
              else order_id is not null and queue is null and job is null end),
  check ((status = 'open') = (resolved_at is null)),
  check ((status = 'open') = (resolved_by is null))
);

create unique index dead_letters_open_effect on dead_letters (effect_id) where status = 'open';
create index dead_letters_by_status on dead_letters (status, id);
create index dead_letters_by_order on dead_letters (order_id) where order_id is not null;
