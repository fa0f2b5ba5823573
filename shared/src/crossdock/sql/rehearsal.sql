-- name: hush
-- What this store says stays in it: scopes that are paused for as long as it stands beside another.
insert into crossdock.pauses (scope, who, reason) select unnest($1::text[]), $2, $3
on conflict do nothing;

-- name: lanes
-- Where each lane stands.
select name, stream, partitions, position from crossdock.leases where kind = 'lane' order by name;

-- name: taken
-- Every message that was handled here, parked or not.
select message_id from crossdock.inbox;

-- name: said
-- What this service said because of a message, in order.
select causation_id, type, key, occurred_at, body from crossdock.outbox
where causation_id is not null order by id;

-- name: other_causes
-- What it said because of something else: a person, the clock, an answer from outside.
select count(*) from crossdock.outbox where causation_id is null or not exists (
    select 1 from crossdock.inbox where message_id = causation_id);

-- name: spoke
-- Whether anything was said or asked for here.
select (select count(*) from crossdock.outbox) + (select count(*) from crossdock.errands);

-- The following are made into statements by the `statement` of migrations: %I is a name.

-- name: drop_database
-- Away with it, whoever is connected.
drop database if exists %I with (force);

-- name: close_database
-- Nobody connects from now on.
alter database %I with allow_connections false;

-- name: open_database
-- Its role may connect again.
alter database %I with allow_connections true;

-- name: rename_database
-- Another name; it takes a database that nobody is connected to.
alter database %I rename to %I;

-- name: expel
-- End every connection to a database.
select pg_terminate_backend(pid) from pg_stat_activity where datname = $1;

-- name: connected
-- How many connections a database has.
select count(*) from pg_stat_activity where datname = $1;

-- What the new store takes from the old one at the switch.

-- name: forget_rehearsal
-- Nothing that was said, paused or held while it stood beside the other.
truncate crossdock.outbox, crossdock.pauses, crossdock.acts, crossdock.replicas;

-- name: forget_work
-- Only lanes keep what they have: their positions.
delete from crossdock.leases where kind <> 'lane';

-- name: other_leases
-- The relay with its position, and work by the clock.
select * from crossdock.leases where kind <> 'lane';

-- name: outbox
-- Everything that was said.
select * from crossdock.outbox;

-- name: acts
-- Everything that people did.
select * from crossdock.acts;

-- name: pauses
-- What is paused.
select * from crossdock.pauses;

-- name: highest_epoch
-- The last owner's number.
select coalesce(max(epoch), 0) from crossdock.leases;

-- name: raise_epochs
-- Whoever held a lane of the old store must not take the new one for it.
update crossdock.leases set epoch = $1 + 1, owner = null, expires_at = null;

-- name: go_on_counting
-- New rows come after those that were taken over.
select setval(pg_get_serial_sequence(t, 'id'), greatest($2::bigint, 1))
from unnest(array[$1::text]) as one (t);

-- name: last_number
-- The number of the last event that was said.
select coalesce(max(id), 0) from crossdock.outbox;

-- name: last_act
-- The number of the last act.
select coalesce(max(id), 0) from crossdock.acts;

-- A consumer hears history once more.

-- name: lanes_to_move
-- Each lane as it is now.
select name, stream, partitions, position, hears from crossdock.leases
where kind = 'lane' and stream_created is not null order by name for update;

-- name: forgotten
-- Before this moment the inbox does not know what was handled.
select before from crossdock.forgotten;

-- name: remember
-- What was handled, again in the inbox.
insert into crossdock.inbox (message_id, occurred_at)
select m, o from unnest($1::uuid[], $2::timestamptz[]) as handled (m, o) on conflict do nothing;

-- name: move_back
-- Read again from here; whoever holds the lane begins anew. The audit asks for what lies behind it.
update crossdock.leases
set position = $2, mark = $2, mark_time = $3, trouble = null, epoch = epoch + 1, expires_at = now(),
    hears = (select coalesce(jsonb_object_agg(key, least(value::bigint, $2)), '{}')
             from jsonb_each_text(hears))
where name = $1;

-- name: begin_anew
-- Whoever holds the lane looks at what is parked in it.
update crossdock.leases set epoch = epoch + 1, expires_at = now() where name = $1;
