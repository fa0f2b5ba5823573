-- name: scopes
-- What is paused.
select scope from crossdock.pauses;

-- name: list
-- What is paused, since when, by whom and why.
select scope, who, reason, paused_at from crossdock.pauses order by scope;

-- name: pause
-- Pause; what is paused already stays as it is.
insert into crossdock.pauses (scope, who, reason) values ($1, $2, $3)
on conflict do nothing returning scope;

-- name: resume
-- Go on.
delete from crossdock.pauses where scope = $1 returning scope, who, reason, paused_at;

-- name: resume_all
-- Go on with everything.
delete from crossdock.pauses returning scope, who, reason, paused_at;

-- name: leases
-- What can be paused by name.
select name, kind, stream from crossdock.leases order by name;
