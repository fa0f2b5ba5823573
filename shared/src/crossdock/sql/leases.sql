-- name: add_lease
-- A lease that should exist; one that does keeps what it has.
insert into crossdock.leases (name, kind) values ($1, $2) on conflict do nothing;

-- name: lock_shape
-- One replica at a time looks at how the lanes are divided.
select pg_advisory_xact_lock(hashtextextended('crossdock lanes', 0));

-- name: lanes_of
-- How one stream is divided into lanes now.
select name, partitions, position, stream_created, mark, mark_time, epoch, hears, trouble from crossdock.leases
where kind = 'lane' and stream = $1 order by name;

-- name: drop_lanes
-- Forget the old division of a stream; its owners lose their leases with it.
delete from crossdock.leases where kind = 'lane' and stream = $1;

-- name: add_lane
-- A lane with the position it inherits.
insert into crossdock.leases (name, kind, stream, partitions, position, stream_created, epoch, hears, mark,
                              mark_time)
values ($1, 'lane', $2, $3, $4, $5, $6, $7, $8, $9);

-- name: hear
-- Verbs that are new to a stream's lanes are heard from where each lane stands; the audit asks no
-- more of it.
update crossdock.leases
set hears = (select jsonb_object_agg(v, leases.position) from unnest($2::text[]) as verbs (v)) || hears
where kind = 'lane' and stream = $1 and not hears ?& $2::text[];

-- name: beat
-- This replica lives.
insert into crossdock.replicas (owner, url, pid, version) values ($1, $2, $3, $4)
on conflict (owner) do update set seen_at = now(), url = excluded.url;

-- name: bury
-- Forget replicas that have been silent for long.
delete from crossdock.replicas where seen_at < now() - interval '1 hour';

-- name: renew
-- Keep what is mine. A row that a batch has locked is renewed by that batch.
update crossdock.leases set expires_at = now() + $2
where name in (select name from crossdock.leases where owner = $1 for update skip locked);

-- name: take
-- Take free and expired leases, up to a fair share among the replicas that live.
with live as (
    select greatest(count(*), 1) as replicas from crossdock.replicas where seen_at > now() - $2::interval
), share as (
    select ceil(count(*)::numeric / (select replicas from live))::int
           - (count(*) filter (where owner = $1))::int as wanted
    from crossdock.leases where not crossdock.is_paused(name, stream)
), free as (
    select name from crossdock.leases
    where not crossdock.is_paused(name, stream) and owner is distinct from $1 and (owner is null or expires_at < now())
    order by name
    limit greatest((select wanted from share), 0)
    for update skip locked
)
update crossdock.leases l set owner = $1, epoch = epoch + 1, expires_at = now() + $2
from free where l.name = free.name;

-- name: mine
-- What this replica holds, and how much more than its share.
select name, kind, stream, partitions, stream_created, position, marks, gap_ids, gap_horizons, epoch,
       count(*) over () - ceil((
           select count(*) from crossdock.leases where not crossdock.is_paused(name, stream))::numeric
         / greatest((select count(*) from crossdock.replicas where seen_at > now() - $2::interval), 1))::int
         as surplus
from crossdock.leases where owner = $1 and not crossdock.is_paused(name, stream) order by name;

-- name: give_back
-- Free one lease at once, so that another replica need not wait for it to expire.
update crossdock.leases set owner = null, expires_at = null
where name = $1 and owner = $2 and epoch = $3;

-- name: give_back_all
-- Free what this replica took and did not begin.
update crossdock.leases set owner = null, expires_at = null where owner = $1;

-- name: forget_replica
-- This replica is gone, and says so.
delete from crossdock.replicas where owner = $1;

-- name: rewind
-- The stream is not the one this lane knew: read it again from a place where both agree. The inbox
-- makes that harmless; verbs are heard from there on as well.
update crossdock.leases
set position = $3, stream_created = $4, mark = $5, mark_time = $6, trouble = null,
    hears = (select coalesce(jsonb_object_agg(key, least(value::bigint, $3)), '{}')
             from jsonb_each_text(hears))
where name = $1 and epoch = $2 returning name;

-- name: pass_by
-- There was nothing for this lane up to here.
update crossdock.leases set position = greatest(position, $3)
where name = $1 and epoch = $2 returning name;

-- name: set_trouble
-- Say why a lease does not move.
update crossdock.leases set trouble = $3 where name = $1 and epoch = $2;

-- name: give_way
-- Do not wait long for a table: everybody else would queue behind.
set local lock_timeout = '2s';

-- name: make_partitions
-- The coming days of inbox and outbox.
select crossdock.make_partitions(3);

-- name: drop_partitions
-- Days that nobody needs any more.
select crossdock.drop_partitions($1);
