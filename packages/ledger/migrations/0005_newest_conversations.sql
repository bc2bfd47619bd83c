-- Reads the orders once (without their snapshots) while writes wait and reads go on: workers go on afterwards, ingress does not
-- notice. The subject never changes once a row's first events are in, so updates stay cheap (0001).

create index conversations_newest on orders (created_at desc, id desc) where subject = 'conversation';
