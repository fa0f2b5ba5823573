-- Copies of master data, fed by catalog events.
create table warehouses (
    warehouse_id text primary key,
    name         text not null,
    priority     int not null,
    active       boolean not null
);

create table items (
    sku       text primary key,
    stock_uom text not null,
    uoms      text[] not null,      -- other units, and in `factors`, at the same place,
    factors   numeric[] not null    -- how many stock units one of them holds
);

-- What the books say now. Whoever writes a row here holds the advisory lock sku:<SKU>.
create table stock (
    sku          text not null,
    warehouse_id text not null,
    uom          text not null,
    on_hand      numeric(18, 6) not null,
    reserved     numeric(18, 6) not null default 0,
    primary key (sku, warehouse_id),
    constraint never_oversold check (0 <= reserved and reserved <= on_hand)
) with (fillfactor = 70);   -- room for updates in place: these rows are the hottest of all

-- Why on hand is what it is: rows are only ever added, and their sum is on hand.
create table movements (
    movement_id  text primary key,  -- derived from the document, so that nothing is booked twice
    sku          text not null,
    warehouse_id text not null,
    uom          text not null,
    kind         text not null
        check (kind in ('opening', 'receipt', 'restock', 'adjustment', 'shipment')),
    quantity     numeric(18, 6) not null check (quantity <> 0),
    source       text not null default '',
    reference    text not null default '',
    booked_by    text not null default '',
    at           timestamptz not null
);

-- What of an order line was ever set aside in a warehouse, and what became of it.
create table reservations (
    order_id     text not null,
    line_no      int not null,
    warehouse_id text not null,
    sku          text not null,
    reserved     numeric(18, 6) not null,
    shipped      numeric(18, 6) not null default 0,
    released     numeric(18, 6) not null default 0,
    primary key (order_id, line_no, warehouse_id),
    check (0 <= shipped and 0 <= released and shipped + released <= reserved)
) with (fillfactor = 80);

-- What waits for stock, served by sequence. A line that waits for nothing has no row.
create table backorders (
    order_id text not null,
    line_no  int not null,
    sku      text not null,
    uom      text not null,
    quantity numeric(18, 6) not null check (quantity > 0),
    since    timestamptz not null,
    sequence bigint generated always as identity,
    primary key (order_id, line_no)
);
create index backorders_by_sku on backorders (sku, sequence);

create schema if not exists audit;

create view audit.stock as
with moved as (
    select sku, warehouse_id,
           sum(quantity) filter (where kind = 'opening') as opening,
           sum(quantity) filter (where kind = 'receipt') as received,
           sum(quantity) filter (where kind = 'restock') as restocked,
           sum(quantity) filter (where kind = 'adjustment') as adjusted,
           -sum(quantity) filter (where kind = 'shipment') as shipped
      from movements group by sku, warehouse_id
), promised as (
    select sku, warehouse_id, sum(reserved - shipped - released) as quantity
      from reservations group by sku, warehouse_id
)
select sku, warehouse_id,
       coalesce(s.on_hand, 0) as on_hand, coalesce(s.reserved, 0) as reserved,
       coalesce(m.opening, 0) as opening, coalesce(m.received, 0) as received,
       coalesce(m.restocked, 0) as restocked, coalesce(m.adjusted, 0) as adjusted,
       coalesce(m.shipped, 0) as shipped, coalesce(p.quantity, 0) as open_reservations
  from stock s
  full join moved m using (sku, warehouse_id)
  full join promised p using (sku, warehouse_id);

create view audit.order_lines as
with held as (
    select order_id, line_no, min(sku) as sku,
           sum(reserved - shipped - released) as reserved, sum(shipped) as shipped
      from reservations group by order_id, line_no
)
select order_id, line_no, coalesce(h.sku, b.sku) as sku,
       coalesce(h.reserved, 0) as reserved, coalesce(b.quantity, 0) as backordered,
       coalesce(h.shipped, 0) as shipped
  from held h full join backorders b using (order_id, line_no);
