-- What of an order's lines is reserved or backordered, for partners whose order response says it.
create table promised_lines (
    order_id    text not null,
    line_no     int not null,
    reserved    numeric not null default 0,
    backordered numeric not null default 0,
    primary key (order_id, line_no)
);

-- What partners asked for, as they wrote it, for the answer to be in their words.
create table requests (
    document_id text primary key,
    partner_id  text not null,
    po_number   text not null,
    model       jsonb not null
);
create index requests_by_po on requests (partner_id, po_number);
create index orders_by_po on orders (partner_id, po_number);
