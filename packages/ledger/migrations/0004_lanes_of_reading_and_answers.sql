-- Two more lanes. A migration of its own, because it locks a table of its own (0002).

alter table effects
  drop constraint effects_lane_check,
  add constraint effects_lane_check check (lane in ('stock', 'marketplace', 'reading', 'answers', 'news', 'deadline')) not valid;
