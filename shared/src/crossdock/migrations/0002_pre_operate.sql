-- What people do here: pauses that survive restarts, and every act on a message or a call.
create table crossdock.pauses (
    scope     text primary key,        -- service, stream:ORDERS, lane:relay, handler:bill_shipment
    who       text not null,
    reason    text not null default '',
    paused_at timestamptz not null default now()
);

create table crossdock.acts (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    who         text not null,
    action      text not null,          -- retry, edit, discard, pause, resume, redrive, catch up
    about       text not null,          -- the letter's id, or the scope
    reason      text not null default '',
    selection   uuid not null,          -- acts of one command share it
    before      jsonb not null default '{}',
    after       jsonb not null default '{}',
    body_before bytea,                  -- the bytes as they came, where they were edited or discarded
    body_after  bytea
);

-- Whether a lease is not to be worked on now.
create function crossdock.is_paused(lease text, stream text) returns boolean stable language sql as $$
    select exists (
        select 1 from crossdock.pauses p
        where p.scope in ('service', 'lane:' || lease, 'stream:' || stream))
$$;

-- A position is a number, and a stream that was rolled back to an older copy uses numbers again. So
-- each lane also remembers when the stream stored the last message it handled (`mark`, `mark_time` in
-- nanoseconds), and the relay which event each stream held last (`marks`): another one there, or none,
-- and the stream is not what it was.
alter table crossdock.leases
    drop column paused,
    add mark bigint not null default 0,
    add mark_time bigint not null default 0,
    add marks jsonb not null default '{}';
update crossdock.leases set mark = position where kind = 'lane';

-- Order among parked messages is the order in which they were parked: a stream that was remade counts
-- from one again. `edition` rises when a person changes a row, so that a try begun before is void.
alter table crossdock.parked
    drop constraint parked_pkey,
    add nth bigint generated always as identity primary key,
    add edition int not null default 0;
drop index crossdock.parked_by_key;
create index parked_by_key on crossdock.parked (stream, key, nth);
create index parked_by_place on crossdock.parked (stream, sequence);
create index parked_by_due on crossdock.parked (stream, due_at) where state <> 'dead';

-- Before this moment the inbox does not remember what was handled.
create table crossdock.forgotten (before timestamptz not null);
insert into crossdock.forgotten values ('1970-01-01');

-- Drop days older than `keep_days`; of the outbox only those the relay has wholly published.
create or replace function crossdock.drop_partitions(keep_days int) returns int language plpgsql as $$
declare
    part record;
    day date;
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
        day := to_date(right(part.relname, 8), 'YYYYMMDD');
        open := false;
        if part.parent = 'outbox' then
            execute format(
                'select exists (select 1 from crossdock.%I o, crossdock.leases l
                 where l.kind = ''relay'' and (o.id > l.position or o.id = any(l.gap_ids)))',
                part.relname) into open;
        else
            update crossdock.forgotten set before = greatest(before, (day + 1)::timestamptz);
        end if;
        if not open then
            execute format('drop table crossdock.%I', part.relname);
            dropped := dropped + 1;
        end if;
    end loop;
    return dropped;
end $$;
