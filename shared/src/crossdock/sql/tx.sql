-- name: lock
-- Take advisory locks by name in one order for everybody, so that nobody waits in a circle.
select pg_advisory_xact_lock(h) from (
    select distinct hashtextextended(n, 0) as h from unnest($1::text[]) as names (n) order by h
) as sorted;
