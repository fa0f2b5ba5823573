-- name: messages
-- Parked and dead messages that match, in the order they were parked, with how many wait behind each.
select p.*,
       (select count(*) from crossdock.parked q
        where q.stream = p.stream and q.key = p.key and q.nth > p.nth) as behind
from crossdock.parked p
where p.state = any($1::text[])
  and ($2::text is null or p.stream = upper($2))
  and ($3::text is null or p.type = $3 or starts_with(p.type, $3 || '.'))
  and ($4::text is null or p.key = $4)
  and ($5::text is null or p.reason = $5)
  and ($6::interval is null or p.parked_at < now() - $6)
order by p.nth limit $7;

-- name: message
-- One parked message, by its place in the stream or by its event's id.
select p.*,
       (select count(*) from crossdock.parked q
        where q.stream = p.stream and q.key = p.key and q.nth > p.nth) as behind
from crossdock.parked p
where p.stream = $1 and (p.sequence = $2 or p.message_id = $3) order by p.nth;

-- name: queue
-- Everything parked of one key, in order.
select nth, sequence, type, state, message_id, occurred_at from crossdock.parked
where stream = $1 and key = $2 order by nth;

-- name: retry
-- Try it now, if it is as it was selected and nothing of its key stands before it.
update crossdock.parked p
set state = 'waiting', due_at = now(), attempts = 0, edition = edition + 1, body = coalesce($5, body)
where nth = $1 and edition = $2 and attempts = $3 and state = $4
  and not exists (
      select 1 from crossdock.parked q
      where q.stream = p.stream and q.key = p.key and q.nth < p.nth)
returning nth;

-- name: discard
-- Take it out, if it is as it was selected.
delete from crossdock.parked where nth = $1 and edition = $2 and attempts = $3 and state = $4
returning nth;

-- name: errands
-- Calls that were given up and match, oldest first, with how many wait behind each.
select e.*,
       (select count(*) from crossdock.errands q where q.key = e.key and q.sequence > e.sequence) as behind
from crossdock.errands e
where e.state = 'dead'
  and ($1::text is null or e.kind = $1)
  and ($2::text is null or e.key = $2)
  and ($3::interval is null or e.created_at < now() - $3)
order by e.sequence limit $4;

-- name: errand
-- One call.
select e.*,
       (select count(*) from crossdock.errands q where q.key = e.key and q.sequence > e.sequence) as behind
from crossdock.errands e where e.id = $1;

-- name: errand_queue
-- Every call of one key, in order.
select sequence, kind, state, id, created_at from crossdock.errands where key = $1 order by sequence;

-- name: retry_errand
-- Make the call again, if it is as it was selected; its id stays, for the other side to know it by.
update crossdock.errands
set state = 'due', due_at = now(), attempts = 0, claimed_by = null, claimed_until = null,
    payload = coalesce($3, payload)
where id = $1 and attempts = $2 and state = 'dead' returning id;

-- name: discard_errand
-- Make the call never, if it is as it was selected.
delete from crossdock.errands where id = $1 and attempts = $2 and state = 'dead' returning id;

-- name: note
-- Write down what a person did.
insert into crossdock.acts
    (who, action, about, reason, selection, before, after, body_before, body_after)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: acts
-- What people did here, the latest first.
select * from crossdock.acts where ($1::text is null or about = $1) order by id desc limit $2;
