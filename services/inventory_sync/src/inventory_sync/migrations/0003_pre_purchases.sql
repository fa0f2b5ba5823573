-- What suppliers shall bring, as the ERP has it; `late` once somebody was told that it did not come.
create table purchase_orders (
    po_number    text primary key,
    supplier_id  text not null,
    warehouse_id text not null,
    status       text not null,
    due_on       date,
    lines        jsonb not null,
    late         boolean not null default false
);
create index purchase_orders_due on purchase_orders (due_on) where status = 'open' and not late;

-- What suppliers say is on its way, by SKU in stock units.
create table advices (
    partner_id         text not null,
    shipment_reference text not null,
    po_number          text not null,
    digest             bytea not null,
    skus               text[] not null,
    quantities         numeric(18, 6)[] not null,
    expected_at        timestamptz,
    received_at        timestamptz not null,
    primary key (partner_id, shipment_reference, po_number)
);
create index advices_by_order on advices (po_number);
create index movements_by_reference on movements (reference) where kind = 'receipt';
