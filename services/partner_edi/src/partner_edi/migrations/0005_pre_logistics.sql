-- Copies of master data: what places and items are called in documents, and what goods cost.
create table warehouses (
    warehouse_id text primary key,
    partner_id   text,
    address      jsonb not null
);
create table items (
    sku         text primary key,
    description text not null,
    aliases     text[] not null
);
create index items_by_alias on items using gin (aliases);
create table prices (
    price_id    text primary key,
    customer_id text not null,
    sku         text not null,
    price       jsonb not null,
    told        boolean not null default false
);
create index prices_by_customer on prices (customer_id);

-- What warehouses hold that is promised to nobody.
create table levels (
    sku          text not null,
    warehouse_id text not null,
    available    numeric not null,
    uom          text not null,
    primary key (sku, warehouse_id)
);

-- Our purchase orders, and every shipment that a warehouse was asked for.
create table purchases (
    po_number    text primary key,
    supplier_id  text not null,
    warehouse_id text not null,
    content      jsonb not null
);
create table dispatches (
    shipment_id  text primary key,
    order_id     text not null,
    warehouse_id text not null,
    lines        jsonb not null
);

-- When a partner was last sent a report that it gets again and again.
create table reports (
    partner_id text not null,
    document   text not null,
    sent_at    timestamptz not null,
    primary key (partner_id, document)
);

-- What customers sold of our goods, as they told it last.
create table sell_through (
    partner_id text not null,
    ends_on    date not null,
    location   text not null,
    item       text not null,
    sku        text not null,
    begins_on  date not null,
    sold       numeric,
    returned   numeric,
    on_hand    numeric,
    uom        text not null,
    primary key (partner_id, ends_on, location, item)
);
