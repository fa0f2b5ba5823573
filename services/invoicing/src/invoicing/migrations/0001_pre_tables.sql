-- Invoicing's own copy of the general ledger accounts, fed by the catalog.
create table items (
    sku        text primary key,
    gl_code    text not null,
    changed_at timestamptz not null
);

-- What was agreed with the customer: read whole by its key, so kept whole.
create table orders (
    order_id text primary key,
    agreed   jsonb not null
);

-- `issued` is the invoice as it was said; the columns beside it are what is searched or moves.
create table invoices (
    invoice_id  text primary key,
    shipment_id text not null unique,
    order_id    text not null,
    customer_id text not null,
    currency    char(3) not null,
    total       numeric not null check (total >= 0),
    due_at      timestamptz not null,
    issued      jsonb not null,
    credited    numeric not null default 0 check (credited between 0 and total),
    paid        numeric not null default 0 check (paid between 0 and total),
    settled_at  timestamptz
);
create index invoices_of_order on invoices (order_id);
create index invoices_of_customer on invoices (customer_id, due_at);
create index invoices_open on invoices (customer_id, currency, due_at) where settled_at is null;

create table credit_memos (
    credit_memo_id text primary key,
    invoice_id     text not null references invoices,
    return_id      text not null,
    customer_id    text not null,
    currency       char(3) not null,
    total          numeric not null check (total >= 0),
    issued         jsonb not null
);
create index credit_memos_of_invoice on credit_memos (invoice_id);
create index credit_memos_of_return on credit_memos (return_id);

create table payments (
    payment_id      text primary key,
    idempotency_key text not null unique,
    digest          bytea not null,
    customer_id     text not null,
    currency        char(3) not null,
    amount          numeric not null check (amount > 0),
    reference       text not null,
    received_at     timestamptz not null,
    recorded_at     timestamptz not null
);
create index payments_of_customer on payments (customer_id);

create table payment_applications (
    payment_id text not null references payments,
    invoice_id text not null references invoices,
    amount     numeric not null check (amount > 0),
    applied_at timestamptz not null,
    primary key (payment_id, invoice_id)
);
create index payment_applications_of_invoice on payment_applications (invoice_id);

-- What customers owe: one entry per invoice, credit memo and applied payment, never changed. Adding
-- one locks nobody, where a row with the balance would make all lanes wait for a large customer.
create table receivables (
    document_id text not null,
    invoice_id  text not null,
    kind        text not null check (kind in ('invoice', 'credit_memo', 'payment')),
    customer_id text not null,
    currency    char(3) not null,
    amount      numeric not null,
    booked_at   timestamptz not null,
    primary key (document_id, invoice_id)
);
create index receivables_of_customer on receivables (customer_id, currency) include (amount);

create schema if not exists audit;

-- Credited and paid come from the documents, open from the running columns: they must agree.
create view audit.invoices as
    select i.invoice_id, i.shipment_id, i.order_id, i.customer_id, i.currency::text as currency,
           i.total,
           coalesce((select sum(c.total) from credit_memos c
                     where c.invoice_id = i.invoice_id), 0) as credited,
           coalesce((select sum(a.amount) from payment_applications a
                     where a.invoice_id = i.invoice_id), 0) as paid,
           i.total - i.credited - i.paid as open
    from invoices i;

create view audit.invoiced_lines as
    select i.invoice_id, i.order_id, l.line_no, l.sku, (l.quantity ->> 'value')::numeric as quantity
    from invoices i,
         jsonb_to_recordset(i.issued -> 'lines') as l (line_no int, sku text, quantity jsonb);

create view audit.credit_lines as
    select c.credit_memo_id, c.return_id, c.invoice_id, i.order_id, l.line_no, i.shipment_id,
           (l.quantity ->> 'value')::numeric as quantity,
           (l.net ->> 'amount')::numeric + coalesce(
               (select sum((tax -> 'amount' ->> 'amount')::numeric)
                from jsonb_array_elements(l.taxes) as tax), 0) as total
    from credit_memos c join invoices i using (invoice_id),
         jsonb_to_recordset(c.issued -> 'lines')
             as l (line_no int, quantity jsonb, net jsonb, taxes jsonb);

create view audit.payment_applications as
    select a.payment_id, a.invoice_id, p.currency::text as currency, a.amount
    from payment_applications a join payments p using (payment_id);

create view audit.payments as
    select p.payment_id, p.customer_id, p.currency::text as currency, p.amount,
           coalesce((select sum(a.amount) from payment_applications a
                     where a.payment_id = p.payment_id), 0) as applied
    from payments p;

-- Everything but the balance comes from the documents; the balance comes from the entries. Money on
-- account is in audit.payments: it lowers a balance when it is applied.
create view audit.receivables as
    select customer_id, currency::text as currency, sum(invoiced) as invoiced,
           sum(credited) as credited, sum(paid) as paid, sum(balance) as balance
    from (
        select customer_id, currency, total as invoiced, 0 as credited, 0 as paid, 0 as balance
        from invoices
        union all select customer_id, currency, 0, total, 0, 0 from credit_memos
        union all select p.customer_id, p.currency, 0, 0, a.amount, 0
        from payment_applications a join payments p using (payment_id)
        union all select customer_id, currency, 0, 0, 0, amount from receivables
    ) as booked
    group by customer_id, currency;
