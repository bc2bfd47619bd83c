-- What was found by asking. A migration of its own, because it locks a table of its own (0002).

alter table events
  drop constraint events_source_check,
  add constraint events_source_check check (source in ('marketplace', 'back-office', 'effect', 'operator', 'catch-up')) not valid;
