-- How the ways to and from each partner work: since when one fails, why, and whether that was told.
create table transport_lines (
    partner_id text not null,
    way text not null check (way in ('inbox', 'fetch', 'put')),
    worked_at timestamptz,
    failing_since timestamptz,
    failures int not null default 0,
    trouble text not null default '',
    told_at timestamptz,
    primary key (partner_id, way)
);
