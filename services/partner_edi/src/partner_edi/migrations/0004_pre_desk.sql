-- Until when the partner has to answer a document of ours, and when it was said that it has not.
alter table documents
    add column due_at timestamptz,
    add column overdue_at timestamptz;
create index documents_awaited on documents (due_at) where state = 'sent' and overdue_at is null;

-- How often a file was taken in again: what it brought may be answered again.
alter table files add column turns int not null default 0;

-- Every text of a document that was handed to its transport; a partner answers by its number.
create table sendings (
    document_id text not null references documents on delete cascade,
    partner_id text not null,
    control bigint not null,
    control_number text not null,
    file_name text not null,
    raw bytea not null,
    profile_version text not null,
    written_at timestamptz not null,
    primary key (document_id, control)
);
create index sendings_by_control on sendings (partner_id, control);
insert into sendings
select document_id, partner_id, group_control, control_number, file_name, raw, profile_version,
    coalesce(sent_at, recorded_at)
from documents where direction = 'out' and raw is not null and group_control is not null;

-- What we owe a partner by a time: an answer to its order, a notice before the goods arrive.
create table duties (
    partner_id text not null,
    document text not null,
    reference text not null,
    po_number text not null default '',
    order_id text,
    owed_at timestamptz not null,
    warn_at timestamptz not null,
    due_at timestamptz not null,
    met_at timestamptz,
    raised_at timestamptz,
    primary key (partner_id, document, reference)
);
create index duties_open on duties (warn_at) where met_at is null and raised_at is null;

-- Codes and segments each partner has used in each set: what is not here is new.
create table habits (
    partner_id text not null,
    set_code text not null,
    kind text not null,
    value text not null,
    document_id text not null,
    since timestamptz not null,
    primary key (partner_id, set_code, kind, value)
);

-- How many of a partner's documents have errors: this window's, and the rate of the one before.
create table error_rates (
    partner_id text not null,
    set_code text not null,
    documents bigint not null,
    seen int not null,
    faulty int not null,
    rate double precision,
    primary key (partner_id, set_code)
);

-- Every version of every profile a document was handled under.
create table profile_versions (
    partner_id text not null,
    version text not null,
    profile jsonb not null,
    source text not null,
    loaded_at timestamptz not null,
    primary key (partner_id, version)
);
insert into profile_versions
select partner_id, version, profile, '', loaded_at from partners;
