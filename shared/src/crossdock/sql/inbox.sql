-- name: enter
-- Move the lane where it is still mine, and say which messages are new here.
with moved as (
    update crossdock.leases
    set position = $3, mark = $3, mark_time = $7, expires_at = now() + $4, trouble = null
    where name = $1 and epoch = $2
    returning name
), fresh as (
    insert into crossdock.inbox (message_id, occurred_at)
    select m, o from unnest($5::uuid[], $6::timestamptz[]) as incoming (m, o)
    where exists (select 1 from moved)
    on conflict do nothing
    returning message_id
)
select exists (select 1 from moved) as mine, array(select message_id from fresh) as fresh;

-- name: hold
-- The lane is still mine, checked and locked until the commit.
update crossdock.leases set expires_at = now() + $3 where name = $1 and epoch = $2 returning name;
