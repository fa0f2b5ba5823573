-- name: park
-- Keep a message that could not be handled, or that waits behind one.
insert into crossdock.parked
    (stream, sequence, partition, key, state, reason, error, attempts, due_at, message_id, type,
     source, subject, occurred_at, correlation_id, causation_id, traceparent, tracestate, body)
values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict do nothing;

-- name: keys_of
-- Keys of some partitions that wait here, so that later messages go behind them.
select distinct key from crossdock.parked where stream = $1 and partition = any($2::int[]);

-- name: due_heads
-- The first message of each key, where it is due.
select * from crossdock.parked p
where p.stream = $1 and p.partition = any($2::int[]) and p.state <> 'dead' and p.due_at <= now()
  and not exists (
      select 1 from crossdock.parked q
      where q.stream = p.stream and q.key = p.key and q.sequence < p.sequence)
order by p.due_at limit $3;

-- name: next_due
-- Seconds until some head is due; null when only dead ones are left.
select extract(epoch from min(p.due_at) - now())::float8 from crossdock.parked p
where p.stream = $1 and p.partition = any($2::int[]) and p.state <> 'dead'
  and not exists (
      select 1 from crossdock.parked q
      where q.stream = p.stream and q.key = p.key and q.sequence < p.sequence);

-- name: unpark
-- It was handled at last.
delete from crossdock.parked where stream = $1 and sequence = $2 returning key;

-- name: postpone
-- It failed again.
update crossdock.parked
set state = $3, reason = $4, error = $5, attempts = attempts + 1, due_at = now() + $6
where stream = $1 and sequence = $2;

-- name: list_parked
-- What waits or is dead, oldest first, with how many wait behind each.
select p.stream, p.sequence, p.partition, p.key, p.state, p.reason, p.error, p.attempts, p.due_at,
       p.parked_at, p.message_id, p.type, p.traceparent, p.correlation_id, p.body,
       (select count(*) from crossdock.parked q
        where q.stream = p.stream and q.key = p.key and q.sequence > p.sequence) as behind
from crossdock.parked p
where p.state = any($1::text[]) order by p.parked_at, p.sequence limit $2;

-- name: counts
-- How many messages wait and how many are dead.
select count(*) filter (where state <> 'dead') as parked, count(*) filter (where state = 'dead') as dead
from crossdock.parked;
