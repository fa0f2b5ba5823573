-- How far each of the ERP's lists was read: the ERP's own change number.
create table cursors (
    list    text primary key,
    version bigint not null,
    read_at timestamptz not null
);

-- Our copy of each record, as the event that last told of it.
create table records (
    list       text not null,
    id         text not null,
    version    bigint not null,
    content    text not null,
    changed_at timestamptz not null,
    primary key (list, id)
);

-- Records that could not be read as they stand in the ERP. A row goes when the ERP mends it.
create table refusals (
    list       text not null,
    id         text not null,
    content    text not null,
    reason     text not null,
    refused_at timestamptz not null,
    primary key (list, id)
);

-- One row per document that the ERP must book.
create table postings (
    document_kind text not null check (document_kind in ('order', 'invoice', 'credit_memo')),
    document_id   text not null,
    order_id      text not null,
    amount        numeric not null,
    currency      char(3) not null,
    state         text not null default 'pending' check (state in ('pending', 'posted', 'failed')),
    erp_reference text,
    failure       text,
    asked_at      timestamptz not null,
    answered_at   timestamptz,
    primary key (document_kind, document_id)
);

create index postings_by_state on postings (state, asked_at);

create schema if not exists audit;

create view audit.postings as
select document_kind, document_id, order_id, state, amount, currency::text as currency
  from public.postings;
