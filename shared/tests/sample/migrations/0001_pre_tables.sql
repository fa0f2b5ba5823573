create table heard (
    nth bigint generated always as identity,
    order_id text not null,
    text text not null
);
create table counters (name text primary key, n int not null);
