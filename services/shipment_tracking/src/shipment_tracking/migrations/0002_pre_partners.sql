-- Who runs a warehouse: one that a partner runs is asked by EDI, and nobody calls it.
create table warehouses (
    warehouse_id text primary key,
    partner_id   text
);

-- Who carries a shipment, for what it was quoted, and whether the carrier takes it.
create table carriages (
    shipment_id text primary key,
    order_id    text not null,
    carrier     text not null,
    quoted      jsonb not null,
    assigned_at timestamptz not null,
    answer      text check (answer in ('accepted', 'declined')),
    answered_at timestamptz
);

-- Every bill of a carrier once, with what became of it.
create table freight_bills (
    carrier        text not null,
    invoice_number text not null,
    shipment_id    text,
    digest         bytea not null,
    body           jsonb not null,
    outcome        text not null check (outcome in ('charged', 'refused')),
    heard_at       timestamptz not null,
    primary key (carrier, invoice_number)
);
create unique index freight_charged_once on freight_bills (shipment_id, carrier)
    where outcome = 'charged';
