-- Orders are known here for one reason: where their goods go, and how many shipments they have.
create table orders (
    order_id  text primary key,
    ship_to   jsonb not null,
    shipments int not null default 0
);

create table shipments (
    shipment_id     text primary key,
    order_id        text not null,
    warehouse_id    text not null,
    state           text not null default 'requested'
        check (state in ('requested', 'picked', 'packed', 'shipped', 'delivered', 'failed')),
    ship_to         jsonb not null,
    packages        jsonb not null default '[]',
    split_from      text,
    carrier         text not null default '',
    tracking_number text not null default '',
    bill_of_lading  text not null default '',
    signed_by       text not null default '',
    requested_at    timestamptz not null,
    asked_at        timestamptz,
    picked_at       timestamptz,
    packed_at       timestamptz,
    shipped_at      timestamptz,
    delivered_at    timestamptz,
    failed_at       timestamptz
);
create index shipments_by_order on shipments (order_id);
create index shipments_by_tracking_number on shipments (tracking_number)
    where tracking_number <> '';

create table shipment_lines (
    shipment_id text not null,
    line_no     int not null,
    sku         text not null,
    uom         text not null,
    requested   numeric not null check (requested > 0),
    shipped     numeric not null default 0 check (shipped >= 0),
    short       numeric not null default 0 check (short >= 0),
    follows     numeric not null default 0 check (follows >= 0),
    primary key (shipment_id, line_no),
    constraint never_more_than_requested check (shipped + short + follows <= requested)
);

create table milestones (
    shipment_id  text not null,
    milestone_id text not null,
    code         text not null,
    recorded_at  timestamptz not null,
    place        text not null default '',
    text         text not null default '',
    primary key (shipment_id, milestone_id)
);

-- Everything the outside said, with what became of it. 'unmatched' ones wait here for their shipment.
create table confirmations (
    source          text not null check (source in ('warehouse', 'carrier')),
    event_id        text not null,
    shipment_id     text,
    tracking_number text,
    body            jsonb not null,
    digest          bytea not null,
    outcome         text not null check (outcome in ('taken', 'refused', 'unmatched')),
    answer          jsonb not null,
    received_at     timestamptz not null,
    duplicates      int not null default 0,
    primary key (source, event_id)
);
create index confirmations_unmatched on confirmations (tracking_number)
    where outcome = 'unmatched';

-- A plain sequence: a gap in the licence plates harms nobody, the same plate twice does.
create sequence sscc_serial;

create view audit.shipments as
    select shipment_id, order_id, warehouse_id, state from shipments;

-- What follows in a later shipment is requested there, and counted there only.
create view audit.shipped_lines as
    select shipment_id, order_id, line_no, sku, requested - follows as requested, shipped, short
    from shipment_lines join shipments using (shipment_id);
