-- Partners as their profiles say; the handlers read these rows, the YAML files are the source.
create table partners (
    partner_id text primary key,
    name text not null,
    version text not null,
    profile jsonb not null,
    loaded_at timestamptz not null
);

-- The last control number used towards each partner: ISA13 and GS06 of what we send.
create table control_numbers (
    partner_id text primary key,
    last bigint not null check (last between 1 and 999999999)
);

-- Every file that was picked up, with its bytes. A crash between commit and move leads back here.
create table files (
    file_id uuid primary key,
    partner_id text not null,
    file_name text not null,
    sha256 text not null,
    raw bytea not null,
    picked_at timestamptz not null,
    state text not null default 'received'
        check (state in ('received', 'done', 'duplicate', 'error')),
    findings text[] not null default '{}'
);
create index files_by_content on files (partner_id, sha256);

-- ISA13 is unique per partner: the file that used it first.
create table interchanges (
    partner_id text not null,
    control bigint not null,
    file_id uuid not null references files,
    ordinal int not null,
    primary key (partner_id, control)
);

-- One row per transaction set, in or out; a file that holds none has one row of its own.
create table documents (
    document_id text primary key,
    direction text not null check (direction in ('in', 'out')),
    set_code text not null,
    partner_id text not null,
    po_number text not null default '',
    order_id text,
    reference text not null default '',
    state text not null check (state in (
        'received', 'translated', 'rejected', 'duplicate', 'waiting', 'sent', 'acknowledged')),
    file_id uuid references files,
    file_name text not null default '',
    control_number text not null default '',
    group_control bigint,
    profile_version text not null default '',
    findings text[] not null default '{}',
    rows jsonb,
    raw bytea,
    trace_id text not null default '',
    recorded_at timestamptz not null,
    sent_at timestamptz,
    answered_at timestamptz
);
create unique index documents_once on documents (set_code, reference) where direction = 'out';
create index documents_by_group on documents (partner_id, group_control) where direction = 'out';
create index documents_by_partner on documents (partner_id, recorded_at);
create index documents_by_po on documents (partner_id, po_number);

-- What the partner wrote in its 850: its line numbers, item ids, units and prices.
create table purchase_orders (
    partner_id text not null,
    po_number text not null,
    document_id text not null references documents,
    po_date date,
    lines jsonb not null,
    primary key (partner_id, po_number)
);

-- Every order; partner_id is null where no partner waits for documents about it.
create table orders (
    order_id text primary key,
    partner_id text,
    po_number text not null default '',
    po_date date,
    ship_to jsonb,
    lines jsonb
);

create schema if not exists audit;
create view audit.documents as
select document_id, direction, set_code, partner_id, order_id, reference, state from documents;
