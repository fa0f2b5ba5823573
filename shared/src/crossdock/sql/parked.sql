-- name: park
-- Keep a message that could not be handled, or that waits behind one.
insert into crossdock.parked
    (stream, sequence, partition, key, state, reason, error, attempts, due_at, message_id, type,
     source, subject, occurred_at, correlation_id, causation_id, traceparent, tracestate, body)
values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- name: keys_of
-- Keys of some partitions that wait here, so that later messages go behind them.
select distinct key from crossdock.parked where stream = $1 and partition = any($2::int[]);

-- name: types_of
-- Types of what waits in some partitions.
select distinct type from crossdock.parked where stream = $1 and partition = any($2::int[]);

-- name: due_heads
-- The first message of each key, where it is due and its type is not among those paused.
select * from crossdock.parked p
where p.stream = $1 and p.partition = any($2::int[]) and p.state <> 'dead' and p.due_at <= now()
  and p.type <> all($3::text[])
  and not exists (
      select 1 from crossdock.parked q
      where q.stream = p.stream and q.key = p.key and q.nth < p.nth)
order by p.due_at, p.nth limit $4;

-- name: next_due
-- Seconds until some head is due; null when only dead or paused ones are left.
select extract(epoch from min(p.due_at) - now())::float8 from crossdock.parked p
where p.stream = $1 and p.partition = any($2::int[]) and p.state <> 'dead'
  and p.type <> all($3::text[])
  and not exists (
      select 1 from crossdock.parked q
      where q.stream = p.stream and q.key = p.key and q.nth < p.nth);

-- name: unpark
-- Take rows out as they are now, to be handled in this transaction; a person may have changed or
-- discarded one meanwhile, and what was dead stays.
delete from crossdock.parked where nth = any($1::bigint[]) and state <> 'dead' returning *;

-- name: postpone
-- It failed again; unless a person changed the row while it was tried.
update crossdock.parked
set state = $3, reason = $4, error = $5, attempts = attempts + 1, due_at = now() + $6
where nth = $1 and edition = $2 returning nth;

-- name: free_too_new
-- What an older release could not know is tried at once, and its attempts count for nothing.
update crossdock.parked set due_at = now(), attempts = 0
where stream = $1 and partition = any($2::int[]) and reason = 'too_new' and state = 'waiting';

-- name: list_parked
-- What waits or is dead, in the order it was parked, with how many wait behind each.
select p.*,
       (select count(*) from crossdock.parked q
        where q.stream = p.stream and q.key = p.key and q.nth > p.nth) as behind
from crossdock.parked p
where p.state = any($1::text[]) order by p.nth limit $2;

-- name: counts
-- How many messages wait, how many of them for an upgrade, and how many are dead.
select count(*) filter (where state <> 'dead') as parked,
       count(*) filter (where state <> 'dead' and reason = 'too_new') as too_new,
       count(*) filter (where state = 'dead') as dead
from crossdock.parked;
