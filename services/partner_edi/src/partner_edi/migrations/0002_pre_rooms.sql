-- Documents of both standards: which business document one is, and the model it is written from.
alter table documents
    add column document text not null default '',
    add column model jsonb,
    drop constraint documents_state_check,
    add constraint documents_state_check check (state in ('received', 'validated', 'translated',
        'rejected', 'duplicate', 'waiting', 'sent', 'acknowledged', 'failed'));

-- ISA13 or UNB05 is unique per partner: the file that used it first. UNB05 is text.
create table received_interchanges (
    partner_id text not null,
    control text not null,
    file_id uuid not null references files,
    ordinal int not null,
    primary key (partner_id, control)
);
insert into received_interchanges
select partner_id, control::text, file_id, ordinal from interchanges;
