-- The checks of 0002, 0003 and 0004: reads each table once while everybody goes on reading and writing.

alter table orders
  validate constraint orders_subject_check,
  validate constraint orders_status_check,
  validate constraint orders_subject_status_check;
alter table events validate constraint events_source_check;
alter table effects validate constraint effects_lane_check;
