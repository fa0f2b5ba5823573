-- name: add
-- Record calls to make after this commit.
insert into crossdock.errands
    (id, kind, key, payload, correlation_id, causation_id, traceparent, tracestate)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: claim
-- Take due errands of some kinds, the first of each key only, so that calls about one thing stay in order.
update crossdock.errands set claimed_by = $1, claimed_until = now() + $3
where id in (
    select e.id from crossdock.errands e
    where e.state = 'due' and e.due_at <= now() and e.kind = any($4::text[])
      and (e.claimed_until is null or e.claimed_until < now())
      and not exists (
          select 1 from crossdock.errands b where b.key = e.key and b.sequence < e.sequence)
    order by e.sequence limit $2
    for update skip locked)
returning *;

-- name: finish
-- Done: the rows go with the transaction that records the outcome, where they are still mine.
delete from crossdock.errands where id = any($1::uuid[]) and claimed_by = $2 returning id;

-- name: postpone
-- It failed; try again later, or never (`dead`).
update crossdock.errands
set state = $3, error = $4, attempts = attempts + 1, due_at = now() + $5, claimed_by = null,
    claimed_until = null
where id = $1 and claimed_by = $2 returning id;

-- name: release
-- Give back what was not started.
update crossdock.errands set claimed_by = null, claimed_until = null where claimed_by = $1;

-- name: next_due
-- Seconds until some errand of these kinds can be tried.
select extract(epoch from min(greatest(e.due_at, coalesce(e.claimed_until, e.due_at))) - now())::float8
from crossdock.errands e
where e.state = 'due' and e.kind = any($1::text[])
  and not exists (select 1 from crossdock.errands b where b.key = e.key and b.sequence < e.sequence);

-- name: counts
-- Calls that are still to be made, and those given up.
select count(*) filter (where state = 'due') as due, count(*) filter (where state = 'dead') as dead
from crossdock.errands;

-- name: list_dead
-- Calls that were given up, oldest first.
select id, kind, key, attempts, error, created_at, payload, traceparent from crossdock.errands
where state = 'dead' order by created_at limit $1;
