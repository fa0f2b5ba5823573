-- Two partners may have documents of one kind with one reference: it names something between us and
-- one of them. What came second was taken for the same document again, and never sent.
drop index documents_once;
create unique index documents_once on documents (partner_id, set_code, reference)
    where direction = 'out';
