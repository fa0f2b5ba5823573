-- Shipments that could not be billed as the order was agreed: billed once it is agreed anew.
create table held_shipments (
    shipment_id text primary key,
    order_id    text not null,
    shipped     jsonb not null
);
create index held_shipments_of_order on held_shipments (order_id);
