-- Master data: this service's own copy, fed by catalog events. An older event never overwrites.

create table customers (
    customer_id        text primary key,
    name               text not null,
    status             text not null,
    currency           char(3) not null,
    payment_terms_days int not null,
    tax_exempt         boolean not null,
    ship_to            jsonb not null,
    changed_at         timestamptz not null
);

create table credit (
    customer_id  text primary key,
    limit_amount numeric not null,
    currency     char(3) not null,
    on_hold      boolean not null,
    changed_at   timestamptz not null
);

create table items (
    sku           text primary key,
    description   text not null,
    status        text not null,
    stock_uom     text not null,
    conversions   jsonb not null,
    tax_code      text not null,
    list_amount   numeric,
    list_currency char(3),
    changed_at    timestamptz not null
);

-- Every name an item goes by, its SKU among them: one probe finds it, whatever the customer calls it.
create table item_names (
    name text not null,
    sku  text not null,
    primary key (name, sku)
);
create index item_names_sku on item_names (sku);

create table prices (
    price_id    text primary key,
    customer_id text not null,
    sku         text not null,
    amount      numeric not null,
    currency    char(3) not null,
    valid_from  timestamptz,
    valid_until timestamptz,
    changed_at  timestamptz not null
);
create index prices_customer_sku on prices (customer_id, sku);

-- Orders

create sequence order_numbers start with 100001;

-- What makes a repeated request or document the same order: the key is taken before the work.
create table claims (
    key       text primary key,
    body_hash text not null,
    order_id  text not null default 'ORD-' || nextval('order_numbers')
);

create table orders (
    order_id    text primary key,
    number      bigint not null generated always as (substr(order_id, 5)::bigint) stored,
    status      text not null check (status in ('accepted', 'held', 'rejected', 'cancelled', 'completed')),
    customer_id text not null,
    currency    char(3) not null,
    placed      jsonb not null,
    decision    jsonb not null,
    unanswered  int not null default 0   -- cancellations that inventory has not answered yet
) with (fillfactor = 85);
create unique index orders_number on orders (number);
create index orders_customer on orders (customer_id, number);

-- The agreed lines of accepted orders. Each counter is only ever added to, so events of several
-- streams may come in any order; in between, a counter may be below zero.
create table order_lines (
    order_id      text not null,
    line_no       int not null,
    sku           text not null,
    description   text not null,
    uom           text not null,
    ordered       numeric not null,
    unit_price    numeric not null,
    tax_rates     numeric[] not null,
    customer_item text not null,
    customer_line text not null,
    open          numeric not null,
    reserved      numeric not null default 0,
    backordered   numeric not null default 0,
    shipped       numeric not null default 0,
    cancelled     numeric not null default 0,
    invoiced      numeric not null default 0,
    returned      numeric not null default 0,
    primary key (order_id, line_no)
) with (fillfactor = 70);

-- The foreign key is the guard against an event for an order that is not here: it fails, and waits.
create table order_history (
    order_id text not null references orders,
    entry    bigint generated always as identity,
    at       timestamptz not null,
    what     text not null,
    text     text not null,
    primary key (order_id, entry)
);

create table external_ids (
    order_id    text not null,
    system      text not null,
    external_id text not null,
    primary key (order_id, system, external_id)
);
create index external_ids_id on external_ids (external_id);

create table shipments (
    shipment_id     text primary key,
    order_id        text not null,
    warehouse_id    text not null default '',
    carrier         text not null default '',
    tracking_number text not null default '',
    shipped_at      timestamptz,
    delivered_at    timestamptz,
    signed_by       text not null default '',
    failure         text not null default ''
);
create index shipments_order on shipments (order_id);

-- A payment may be heard before its invoice: the row is there with what is known, the rest is added.
create table invoices (
    invoice_id  text primary key,
    order_id    text not null,
    shipment_id text not null default '',
    issued_at   timestamptz,
    due_at      timestamptz,
    total       numeric not null default 0,
    paid        numeric not null default 0,
    credited    numeric not null default 0
);
create index invoices_order on invoices (order_id);

create table returns (
    return_id  text primary key,
    order_id   text not null,
    status     text not null,
    changed_at timestamptz not null
);
create index returns_order on returns (order_id);

-- What a customer may still come to owe: accepted and not yet billed, and billed and not yet paid.
-- One narrow row per customer, because every order of the customer waits for it.
create table exposures (
    customer_id text not null,
    currency    char(3) not null,
    amount      numeric not null,
    primary key (customer_id, currency)
) with (fillfactor = 50);

create schema if not exists audit;

create view audit.orders as
    select order_id, status, customer_id from orders;

create view audit.order_lines as
    select order_id, line_no, sku, ordered, open, reserved, backordered, shipped, cancelled, invoiced
      from order_lines;
