create table heard (
    nth bigint generated always as identity, order_id text not null, text text not null, by int not null);
create table broken (order_id text primary key, how text not null);
