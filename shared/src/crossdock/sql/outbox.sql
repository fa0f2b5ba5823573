-- name: append
-- Add events in order. The transaction id is drawn before the first row number: the relay trusts
-- that a number missing now belongs to a transaction it can see running.
with me as materialized (select pg_current_xact_id() as xact)
insert into crossdock.outbox
    (event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, tracestate, body)
select e.event_id, e.type, e.key, e.occurred_at, e.correlation_id, e.causation_id,
       e.traceparent, e.tracestate, e.body
from me, unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[], $6::uuid[],
                $7::text[], $8::text[], $9::bytea[]) with ordinality
    as e (event_id, type, key, occurred_at, correlation_id, causation_id, traceparent, tracestate,
          body, nth)
order by e.nth;

-- name: next_rows
-- Rows after the cursor, and rows of known gaps that have appeared, with the oldest transaction that
-- was running: a gap is empty for ever once that one is not older than the gap's horizon.
with edge as materialized (
    select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as below
)
select edge.below, o.id, o.event_id, o.type, o.key, o.occurred_at, o.correlation_id,
       o.causation_id, o.traceparent, o.tracestate, o.body
from edge left join lateral (
    (select * from crossdock.outbox where id = any($3::bigint[]))
    union all
    (select * from crossdock.outbox where id > $1 order by id limit $2)
) o on true
order by o.id;

-- name: move_cursor
-- Remember what is published, where the relay is still mine. The horizon of a new gap (0) is this
-- transaction: whoever drew a number before, has begun before.
update crossdock.leases
set position = $3, gap_ids = $4, gap_horizons = array(
        select case horizon when 0 then pg_current_xact_id()::text::bigint else horizon end
        from unnest($5::bigint[]) with ordinality as gap (horizon, nth) order by nth
    ),
    expires_at = now() + $6, trouble = null, marks = marks || $7::jsonb
where name = $1 and epoch = $2 returning gap_horizons;

-- name: backlog
-- Rows that are not published yet, and the age of the oldest in seconds.
select count(*) as rows, coalesce(extract(epoch from now() - min(o.created_at)), 0)::float8 as age
from crossdock.leases l join crossdock.outbox o on o.id > l.position or o.id = any(l.gap_ids)
where l.kind = 'relay';
