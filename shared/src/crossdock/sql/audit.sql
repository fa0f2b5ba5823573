-- name: snapshot
-- Everything read from here on is of one moment.
begin isolation level repeatable read read only;

-- name: take_snapshot
-- The first statement fixes the moment.
select count(*) from crossdock.leases;

-- name: outbox
-- Every event this service said, and whether the relay has published it.
select o.id, o.event_id, o.type, o.key, o.occurred_at,
       coalesce(o.id <= l.position and o.id <> all(l.gap_ids), false) as published
from crossdock.outbox o left join crossdock.leases l on l.kind = 'relay';

-- name: said
-- Which of these events this service has said by now.
select event_id from crossdock.outbox where event_id = any($1::uuid[]);

-- name: inbox
-- Every message this service took.
select message_id from crossdock.inbox;

-- name: lanes
-- Where each lane stands, and since when it hears what.
select name, stream, partitions, position, hears from crossdock.leases where kind = 'lane';

-- name: has_unsaid
-- Whether this service keeps marks of what it will say soon.
select to_regclass('audit.unsaid') is not null;

-- name: unsaid
-- What is marked to be said soon, and is in no outbox yet.
select type, key from audit.unsaid;

-- name: parked
-- What waits or is dead.
select message_id, type, key, state, reason from crossdock.parked;

-- name: errands
-- Calls that are not made yet, or were given up.
select id, kind, key, state from crossdock.errands;
