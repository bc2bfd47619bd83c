-- The second marketplace: conversations beside orders, returns, two more lanes, what is found by asking instead of being told.
--
-- Workers go on meanwhile. A column with a constant default is not written into the rows, and wider checks are added NOT VALID, so
-- that a strong lock lasts for an instant; 0006 validates them under a lock that lets everybody work. Each migration takes a
-- strong lock on one table only (0002 orders, 0003 events, 0004 effects): workers read the three in different orders, and two of
-- their locks in one transaction would end in a deadlock.

alter table orders
  -- A conversation is a row here because it has a number, events and effects like an order, but it is none.
  add column subject text not null default 'order',
  add constraint orders_subject_check check (subject in ('order', 'conversation')) not valid,
  drop constraint orders_status_check,
  add constraint orders_status_check check (status in ('announced', 'placed', 'reserved', 'assembling', 'assembled', 'ready', 'taken', 'delivering', 'delivered', 'partly-returned', 'returned', 'cancelled', 'open', 'answered')) not valid,
  add constraint orders_subject_status_check check (subject = 'conversation' or status not in ('open', 'answered')) not valid;

-- One list of one account that is gone through regularly: how far, and who is at it.
create table catch_ups (
  account      text not null,
  subject      text not null,
  -- Everything that changed before was asked for, and what was found is with the queues.
  through      timestamptz not null,
  -- Counts the takings: whoever holds an older number has lost it.
  run          integer not null check (run > 0),
  -- In the future: somebody is at it. In the past: somebody was, and never said what came of it.
  leased_until timestamptz,
  -- After a run that broke or was stopped: not before this.
  retry_at     timestamptz,
  -- Of the newest run, when it broke.
  last_error   text,
  updated_at   timestamptz not null default now(),
  primary key (account, subject),
  check (leased_until is null or retry_at is null),
  check (last_error is null or retry_at is not null or leased_until is not null)
);
