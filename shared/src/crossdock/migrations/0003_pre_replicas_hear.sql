-- Which verbs of which streams a replica has handlers for: during a deploy, a lane is not for a release
-- that would pass by what another one hears.
alter table crossdock.replicas add hears jsonb not null default '{}';
