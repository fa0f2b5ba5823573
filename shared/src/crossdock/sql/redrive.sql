-- name: since
-- From when on both sides remember: the day after what may have been dropped.
select before + interval '1 day' from crossdock.forgotten;

-- name: published
-- What the relay has published of some streams since a moment, in order.
select o.id, o.event_id, o.type, o.key, o.created_at
from crossdock.outbox o join crossdock.leases l on l.kind = 'relay'
where o.created_at >= $1 and upper(split_part(o.type, '.', 1)) = any($2::text[])
  and o.id <= l.position and o.id <> all(l.gap_ids)
order by o.id;

-- name: rows
-- Some rows as they were said.
select * from crossdock.outbox where id = any($1::bigint[]) and created_at >= $2 order by id;

-- name: relay
-- Where the relay stands, and whether it is at work.
select name, position, gap_ids, marks, coalesce(expires_at > now(), false) as held
from crossdock.leases where kind = 'relay';

-- name: fence
-- Take the relay's lease from whoever has it: that one publishes nothing more.
update crossdock.leases set owner = $1, epoch = epoch + 1, expires_at = now() + $2::interval
where kind = 'relay' returning epoch;

-- name: hold
-- Still fenced.
update crossdock.leases set expires_at = now() + $2::interval
where kind = 'relay' and epoch = $1 returning name;

-- name: let_go
-- Any replica may be the relay again.
update crossdock.leases set owner = null, expires_at = null, marks = marks || $2::jsonb, trouble = null
where kind = 'relay' and epoch = $1;

-- name: known
-- Which of some events the inbox has.
select message_id from crossdock.inbox where message_id = any($1::uuid[]);

-- name: take_in
-- Put an event into the inbox, and say whether it is new here.
insert into crossdock.inbox (message_id, occurred_at) values ($1, $2)
on conflict do nothing returning message_id;

-- name: lanes
-- Every lane, to be compared with its stream.
select name, stream, partitions, position, stream_created, mark, mark_time, hears, epoch
from crossdock.leases where kind = 'lane' order by stream, name;

-- name: made_up
-- What lies below was made up from outboxes: the lane may read on there. Its owner begins anew.
update crossdock.leases
set position = $3, mark = $3, stream_created = $4, trouble = null, epoch = epoch + 1, expires_at = now()
where name = $1 and epoch = $2 returning name;
