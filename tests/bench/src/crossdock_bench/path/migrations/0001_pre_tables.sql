-- The one business write of every peer.
create table orders_heard (
    order_id    text primary key,
    customer_id text not null,
    lines       int not null,
    heard_at    timestamptz not null
);
