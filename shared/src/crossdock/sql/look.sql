-- name: leases
-- Every lease, whether it is held, and what troubles it.
select name, kind, stream, position, partitions, trouble, expires_at > now() as held
from crossdock.leases order by name;

-- name: troubles
-- What does not move, and why.
select name, trouble from crossdock.leases where trouble is not null;

-- name: replicas
-- How many replicas live.
select count(*) from crossdock.replicas where seen_at > now() - interval '10 seconds';

-- name: said
-- Bodies of one type of event, in the order they were said.
select body from crossdock.outbox where type = $1 order by id;
