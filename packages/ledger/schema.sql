create table attempts (
  effect_id text not null,
  revival integer not null,
  n integer not null,
  at timestamp with time zone not null,
  duration_ms integer not null,
  outcome text not null,
  http_status integer,
  request text,
  response text,
  constraint attempts_duration_ms_check CHECK ((duration_ms >= 0)),
  constraint attempts_effect_id_fkey FOREIGN KEY (effect_id) REFERENCES effects(id),
  constraint attempts_n_check CHECK ((n > 0)),
  constraint attempts_pkey PRIMARY KEY (effect_id, revival, n),
  constraint attempts_revival_check CHECK ((revival >= 0))
);

create table catch_ups (
  account text not null,
  subject text not null,
  through timestamp with time zone not null,
  run integer not null,
  leased_until timestamp with time zone,
  retry_at timestamp with time zone,
  last_error text,
  updated_at timestamp with time zone not null default now(),
  constraint catch_ups_check CHECK (((leased_until IS NULL) OR (retry_at IS NULL))),
  constraint catch_ups_check1 CHECK (((last_error IS NULL) OR (retry_at IS NOT NULL) OR (leased_until IS NOT NULL))),
  constraint catch_ups_pkey PRIMARY KEY (account, subject),
  constraint catch_ups_run_check CHECK ((run > 0))
);

create table dead_letters (
  id bigint not null generated always as identity,
  queue text,
  job text,
  order_id uuid,
  effect_id text,
  payload jsonb,
  fingerprint text not null,
  fault text not null,
  error text not null,
  attempts integer not null,
  first_failed_at timestamp with time zone,
  deadline_at timestamp with time zone,
  status text not null default 'open'::text,
  resolved_at timestamp with time zone,
  resolved_by text,
  resolved_why text,
  created_at timestamp with time zone not null default now(),
  constraint dead_letters_attempts_check CHECK ((attempts >= 0)),
  constraint dead_letters_check CHECK (
CASE
    WHEN (effect_id IS NULL) THEN ((queue IS NOT NULL) AND (job IS NOT NULL) AND (payload IS NOT NULL))
    ELSE ((order_id IS NOT NULL) AND (queue IS NULL) AND (job IS NULL))
END),
  constraint dead_letters_check1 CHECK (((status = 'open'::text) = (resolved_at IS NULL))),
  constraint dead_letters_check2 CHECK (((status = 'open'::text) = (resolved_by IS NULL))),
  constraint dead_letters_effect_id_fkey FOREIGN KEY (effect_id) REFERENCES effects(id),
  constraint dead_letters_fault_check CHECK ((fault = ANY (ARRAY['ours'::text, 'theirs'::text, 'data'::text]))),
  constraint dead_letters_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint dead_letters_pkey PRIMARY KEY (id),
  constraint dead_letters_queue_job_key UNIQUE (queue, job),
  constraint dead_letters_status_check CHECK ((status = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text])))
);
CREATE INDEX dead_letters_by_order ON public.dead_letters USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX dead_letters_by_status ON public.dead_letters USING btree (status, id);
CREATE UNIQUE INDEX dead_letters_open_effect ON public.dead_letters USING btree (effect_id) WHERE (status = 'open'::text);

create table effects (
  id text not null,
  order_id uuid not null,
  seq integer not null,
  lane text not null,
  kind text not null,
  key text not null,
  payload jsonb not null,
  idempotency_key text not null,
  status text not null default 'waiting'::text,
  is_blocking boolean not null,
  not_before timestamp with time zone not null,
  attempts integer not null default 0,
  leased_until timestamp with time zone,
  was_unclear boolean not null default false,
  revivals integer not null default 0,
  first_attempt_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  constraint effects_attempts_check CHECK ((attempts >= 0)),
  constraint effects_check CHECK ((id = (((order_id)::text || '.'::text) || (seq)::text))),
  constraint effects_check1 CHECK (((status = 'waiting'::text) = (settled_at IS NULL))),
  constraint effects_check2 CHECK (((status = 'waiting'::text) OR (leased_until IS NULL))),
  constraint effects_check3 CHECK (((attempts > 0) = (first_attempt_at IS NOT NULL))),
  constraint effects_idempotency_key_key UNIQUE (idempotency_key),
  constraint effects_lane_check CHECK ((lane = ANY (ARRAY['stock'::text, 'marketplace'::text, 'reading'::text, 'answers'::text, 'news'::text, 'deadline'::text]))),
  constraint effects_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint effects_order_id_seq_key UNIQUE (order_id, seq),
  constraint effects_pkey PRIMARY KEY (id),
  constraint effects_revivals_check CHECK ((revivals >= 0)),
  constraint effects_seq_check CHECK ((seq > 0)),
  constraint effects_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'done'::text, 'dead'::text, 'dropped'::text])))
) with (fillfactor=70);
CREATE INDEX effects_waiting ON public.effects USING btree (order_id, seq) WHERE (status = 'waiting'::text);

create table events (
  id bigint not null generated always as identity,
  order_id uuid not null,
  seq integer not null,
  dedup_key text not null,
  source text not null,
  type text not null,
  name text not null,
  occurred_at timestamp with time zone,
  received_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default now(),
  payload jsonb not null,
  verdict text not null,
  constraint events_dedup_key_key UNIQUE (dedup_key),
  constraint events_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id),
  constraint events_order_id_seq_key UNIQUE (order_id, seq),
  constraint events_pkey PRIMARY KEY (id),
  constraint events_seq_check CHECK ((seq > 0)),
  constraint events_source_check CHECK ((source = ANY (ARRAY['marketplace'::text, 'back-office'::text, 'effect'::text, 'operator'::text, 'catch-up'::text]))),
  constraint events_verdict_check CHECK ((verdict = ANY (ARRAY['applied'::text, 'late'::text, 'early'::text, 'duplicate-body-differs'::text, 'ignored'::text, 'refused'::text])))
);

create table migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (number)
);

create table orders (
  id uuid not null,
  marketplace text not null,
  account text not null,
  external_id text not null,
  external_uuid text,
  number text not null,
  status text not null,
  payment text not null,
  version integer not null,
  attention text[] not null default '{}'::text[],
  snapshot jsonb not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  subject text not null default 'order'::text,
  constraint orders_marketplace_account_external_id_key UNIQUE (marketplace, account, external_id),
  constraint orders_number_key UNIQUE (number),
  constraint orders_payment_check CHECK ((payment = ANY (ARRAY['unpaid'::text, 'paid'::text, 'refunding'::text, 'refunded'::text]))),
  constraint orders_pkey PRIMARY KEY (id),
  constraint orders_status_check CHECK ((status = ANY (ARRAY['announced'::text, 'placed'::text, 'reserved'::text, 'assembling'::text, 'assembled'::text, 'ready'::text, 'taken'::text, 'delivering'::text, 'delivered'::text, 'partly-returned'::text, 'returned'::text, 'cancelled'::text, 'open'::text, 'answered'::text]))),
  constraint orders_subject_check CHECK ((subject = ANY (ARRAY['order'::text, 'conversation'::text]))),
  constraint orders_subject_status_check CHECK (((subject = 'conversation'::text) OR (status <> ALL (ARRAY['open'::text, 'answered'::text])))),
  constraint orders_version_check CHECK ((version > 0))
) with (fillfactor=60);
CREATE INDEX conversations_newest ON public.orders USING btree (created_at DESC, id DESC) WHERE (subject = 'conversation'::text);
CREATE INDEX orders_by_external_id_prefix ON public.orders USING btree (external_id text_pattern_ops);
CREATE INDEX orders_by_external_uuid ON public.orders USING btree (external_uuid) WHERE (external_uuid IS NOT NULL);
CREATE INDEX orders_by_number_prefix ON public.orders USING btree (number text_pattern_ops);
CREATE INDEX orders_by_status ON public.orders USING btree (status, created_at DESC, id DESC);
CREATE INDEX orders_needing_attention ON public.orders USING btree (created_at DESC, id DESC) WHERE (attention <> '{}'::text[]);
CREATE INDEX orders_newest ON public.orders USING btree (created_at DESC, id DESC);
