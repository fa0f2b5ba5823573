create table orders (
    order_id    text primary key,
    customer_id text not null,
    returns     int not null default 0
);

-- What left, per shipment and order line: the most that can ever come back.
create table shipped_lines (
    shipment_id text not null,
    line_no     int not null,
    order_id    text not null,
    sku         text not null,
    uom         text not null,
    shipped     numeric not null check (shipped > 0),
    shipped_at  timestamptz not null,
    primary key (shipment_id, line_no)
);
create index shipped_lines_by_order on shipped_lines (order_id);

-- Which invoice billed which shipment. Invoices may be heard of before their shipment.
create table invoices (
    shipment_id text primary key,
    invoice_id  text not null
);

create table returns (
    return_id       text primary key,
    order_id        text not null,
    customer_id     text not null,
    state           text not null default 'authorized'
        check (state in ('authorized', 'received', 'inspected', 'closed')),
    asked_by        text not null,
    warehouse_id    text,
    authorized_at   timestamptz not null,
    received_at     timestamptz,
    inspected_at    timestamptz,
    closed_at       timestamptz,
    credit_memo_ids text[] not null default '{}'
);
create index returns_by_order on returns (order_id);

create table return_lines (
    return_id   text not null,
    line_no     int not null,
    shipment_id text not null,
    sku         text not null,
    uom         text not null,
    invoice_id  text,
    reason_code text not null,
    reason_text text not null,
    authorized  numeric not null check (authorized > 0),
    received    numeric not null default 0,
    inspected   numeric not null default 0,
    restocked   numeric not null default 0,
    creditable  numeric not null default 0,
    credited    numeric not null default 0,
    primary key (return_id, line_no, shipment_id),
    check (received between 0 and authorized),
    check (inspected between 0 and received),
    check (restocked between 0 and inspected),
    check (creditable between 0 and inspected)
);
create index return_lines_by_shipment on return_lines (shipment_id, line_no);

-- Answers given, by the caller's own id: a repetition gets the same one.
create table answers (
    request_id text primary key,
    digest     bytea not null,
    status     int not null,
    body       jsonb not null,
    given_at   timestamptz not null
);

create view audit.return_lines as
    select return_id, order_id, line_no, sku, shipment_id, authorized, inspected, creditable,
        restocked, state
    from return_lines join returns using (return_id);
