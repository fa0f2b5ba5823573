-- What a replica of this service may hold: a lane, the relay, the errands, a periodic job.
-- One row each, with its position where it has one. `epoch` rises with every change of owner, and
-- each transaction of the owner checks it, so a replica that wakes up late commits nothing.
create table crossdock.leases (
    name           text primary key,
    kind           text not null check (kind in ('lane', 'relay', 'periodic')),
    stream         text,
    partitions     int[] not null default '{}',
    stream_created text,                          -- the stream's identity; another means it was remade
    position       bigint not null default 0,     -- stream sequence handled, or outbox row published
    hears          jsonb not null default '{}',   -- verbs this lane reads, and since which position
    gap_ids        bigint[] not null default '{}',
    gap_horizons   bigint[] not null default '{}',
    owner          text,
    epoch          bigint not null default 0,
    expires_at     timestamptz,
    paused         boolean not null default false,
    trouble        text                           -- why it does not move, for people
) with (fillfactor = 50);

-- Which replicas live, where their HTTP answers, and what they run.
create table crossdock.replicas (
    owner      text primary key,
    url        text not null,
    pid        int not null,
    version    text not null,
    started_at timestamptz not null default now(),
    seen_at    timestamptz not null default now()
) with (fillfactor = 50);

-- Every message this service took from a stream, once. The time is the event's own, so a second
-- publication has the same one, and whole days can be dropped.
create table crossdock.inbox (
    message_id  uuid not null,
    occurred_at timestamptz not null,
    primary key (message_id, occurred_at)
) partition by range (occurred_at);
create table crossdock.inbox_other partition of crossdock.inbox default;

-- Events this service said, in the order of `id`. Rows are only ever added; days are dropped whole.
create table crossdock.outbox (
    id             bigint generated always as identity,
    created_at     timestamptz not null default now(),
    event_id       uuid not null,
    type           text not null,
    key            text not null,
    occurred_at    timestamptz not null,
    correlation_id uuid not null,
    causation_id   uuid,
    traceparent    text not null,
    tracestate     text not null default '',
    body           bytea not null,
    primary key (id, created_at)
) partition by range (created_at);
create table crossdock.outbox_other partition of crossdock.outbox default;

-- Messages that could not be handled, with those of the same key that wait behind them.
create table crossdock.parked (
    stream         text not null,
    sequence       bigint not null,
    partition      int not null,
    key            text not null,
    state          text not null check (state in ('waiting', 'behind', 'dead')),
    reason         text not null default '',      -- technical, retry_later, too_new, reject, undecodable
    error          text not null default '',
    attempts       int not null default 0,
    due_at         timestamptz not null default now(),
    parked_at      timestamptz not null default now(),
    message_id     uuid not null,
    type           text not null,
    source         text not null,
    subject        text not null,
    occurred_at    timestamptz not null,
    correlation_id uuid not null,
    causation_id   uuid,
    traceparent    text not null,
    tracestate     text not null default '',
    body           bytea not null,
    primary key (stream, sequence)
);
create index parked_by_key on crossdock.parked (stream, key, sequence);

-- Calls to the outside world: recorded with the business change, made after its commit.
create table crossdock.errands (
    id             uuid primary key,
    sequence       bigint generated always as identity,
    kind           text not null,
    key            text not null,
    payload        bytea not null,
    state          text not null default 'due' check (state in ('due', 'dead')),
    attempts       int not null default 0,
    due_at         timestamptz not null default now(),
    claimed_by     text,
    claimed_until  timestamptz,
    error          text not null default '',
    created_at     timestamptz not null default now(),
    correlation_id uuid not null,
    causation_id   uuid,
    traceparent    text not null,
    tracestate     text not null default ''
);
create index errands_by_key on crossdock.errands (key, sequence);

-- Make the day partitions of the coming days. Called by `migrate` and hourly by the service; a day
-- that cannot be made (its rows are in the default partition already) stays there, and is no loss.
create function crossdock.make_partitions(days int) returns void language plpgsql as $$
declare
    parent text;
    day date;
begin
    foreach parent in array array['inbox', 'outbox'] loop
        for day in select generate_series(current_date - 1, current_date + days, interval '1 day')::date loop
            begin
                execute format(
                    'create table if not exists crossdock.%I partition of crossdock.%I
                     for values from (%L) to (%L)',
                    parent || '_' || to_char(day, 'YYYYMMDD'), parent, day::timestamptz, (day + 1)::timestamptz);
            exception when check_violation then
                null;
            end;
        end loop;
    end loop;
end $$;

-- Drop days older than `keep_days`; of the outbox only those the relay has wholly published.
create function crossdock.drop_partitions(keep_days int) returns int language plpgsql as $$
declare
    part record;
    open boolean;
    dropped int := 0;
begin
    for part in
        select c.relname, p.relname as parent
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        join pg_class p on p.oid = i.inhparent
        join pg_namespace n on n.oid = p.relnamespace
        where n.nspname = 'crossdock' and p.relname in ('inbox', 'outbox')
          and right(c.relname, 8) ~ '^[0-9]{8}$'
          and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - keep_days
    loop
        open := false;
        if part.parent = 'outbox' then
            execute format(
                'select exists (select 1 from crossdock.%I o, crossdock.leases l
                 where l.kind = ''relay'' and (o.id > l.position or o.id = any(l.gap_ids)))',
                part.relname) into open;
        end if;
        if not open then
            execute format('drop table crossdock.%I', part.relname);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end $$;

select crossdock.make_partitions(3);
