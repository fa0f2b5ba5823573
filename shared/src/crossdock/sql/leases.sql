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
-- more of it. Whoever has the lane does not hear them, and loses it.
update crossdock.leases
set hears = (select jsonb_object_agg(v, leases.position) from unnest($2::text[]) as verbs (v)) || hears,
    owner = null, expires_at = null, epoch = epoch + 1
where kind = 'lane' and stream = $1 and not hears ?& $2::text[];

-- name: arrive
-- A replica that starts says what it hears, before it does.
insert into crossdock.replicas (owner, url, pid, version, hears) values ($1, $2, $3, $4, $5)
on conflict (owner) do update set seen_at = now();

-- name: look
-- All that a replica does about leases once a second or so, in one statement: it says that it lives,
-- forgets replicas that have been silent for long, keeps what is its own (a row that a batch has locked
-- is renewed by that batch), takes free and expired leases up to a fair share among the living replicas
-- of its release, and reads what it holds then, how much more that is than its share, and what is paused. A lane
-- is not for a replica that would pass by what another hears; of two that each hear something alone in
-- its stream, the one that started later takes it.
with beat as (
    insert into crossdock.replicas (owner, url, pid, version, hears) values ($1, $3, $4, $5, $6)
    on conflict (owner) do update set seen_at = now(), url = excluded.url
), buried as (
    delete from crossdock.replicas where owner <> $1 and seen_at < now() - interval '1 hour'
), renewed as (
    update crossdock.leases set expires_at = now() + $2
    where name in (select name from crossdock.leases where owner = $1 for update skip locked)
), others as materialized (  -- replicas that live and are of another release
    select r.hears, r.started_at > me.started_at as later
    from crossdock.replicas r, crossdock.replicas me
    where me.owner = $1 and r.owner <> $1 and r.hears <> $6::jsonb and r.seen_at > now() - $2::interval
), going as materialized (  -- a function call per lease would cost more than all the rest
    select l.* from crossdock.leases l, lateral (select $6::jsonb -> l.stream as verbs) mine
    where not exists (
        select 1 from crossdock.pauses p
        where p.scope in ('service', 'lane:' || l.name, 'stream:' || l.stream))
      and (l.kind <> 'lane' or mine.verbs is not null and not exists (
        select 1 from others o, lateral (select o.hears -> l.stream as verbs) theirs
        where not theirs.verbs <@ mine.verbs and (o.later or theirs.verbs @> mine.verbs)))
), share as (
    select ceil(count(*)::numeric / (
               select 1 + count(*) from crossdock.replicas
               where owner <> $1 and hears = $6::jsonb and seen_at > now() - $2::interval))::int as fair,
           (count(*) filter (where owner = $1))::int as held
    from going
), free as (
    select name from crossdock.leases
    where owner is distinct from $1 and (owner is null or expires_at < now())
          and name in (select name from going)
    order by name
    limit greatest((select fair - held from share), 0)
    for update skip locked
), taken as (
    update crossdock.leases l set owner = $1, epoch = epoch + 1, expires_at = now() + $2
    from free where l.name = free.name
    returning l.*
), mine as (
    select * from taken
    union all
    select * from going where owner = $1
)
select name, kind, stream, partitions, stream_created, position, marks, gap_ids, gap_horizons, epoch,
       count(name) over () - fair as surplus, array(select scope from crossdock.pauses) as paused
from share left join mine on true order by name;

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

-- name: hear_from
-- A lane begins here because somebody wished so: the audit asks nothing of it that lies below.
update crossdock.leases
set hears = (select coalesce(jsonb_object_agg(key, greatest(value::bigint, $3)), '{}')
             from jsonb_each_text(hears))
where name = $1 and epoch = $2;

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
