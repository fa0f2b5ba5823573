-- Everything that was heard, once, append-only: the only question asked of the hot path is one
-- insert per event, so it carries few indexes and keeps the body as the bytes it came in.
create table events (
    event_id       uuid primary key,
    type           text not null,
    noun           text not null,
    key            text not null,
    order_id       text,
    service        text not null,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    correlation_id uuid,
    causation_id   uuid,
    trace_id       text,
    stream         text not null,
    sequence       bigint not null,
    body           bytea not null
);

create index events_by_key on events (key);
-- Most events of an order carry it as their key already; only the others need a second way in.
create index events_by_order on events (order_id) where order_id is distinct from key;
create index events_by_trace on events (trace_id);
create index events_by_time on events (recorded_at);

-- Work for people. What happened and its context stay in the event that the case points to.
create table cases (
    case_id      text primary key,
    exception_id text not null unique,
    event_id     uuid not null,
    team         text not null,
    title        text not null,
    order_id     text,
    state        text not null default 'open' check (state in ('open', 'assigned', 'resolved')),
    opened_at    timestamptz not null,
    assignee     text,
    assigned_at  timestamptz,
    resolution   text,
    resolved_by  text,
    resolved_at  timestamptz
);

create index cases_by_team on cases (team, state, opened_at);

create schema if not exists audit;

create view audit.events as
    select event_id, type, key, order_id, correlation_id, causation_id, trace_id, service
    from events;
