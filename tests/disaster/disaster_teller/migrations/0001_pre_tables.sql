create table heard (
    nth      bigint generated always as identity,
    order_id text not null,
    text     text not null,
    by       text not null,                                  -- which replica
    began    timestamptz not null default now(),             -- of the transaction
    ended    timestamptz not null default clock_timestamp()  -- of the handling in it
);
create table broken (order_id text primary key, how text not null);
