-- Lines as they were agreed anew, all of them; null where nothing was changed since the acceptance.
alter table orders add column agreed jsonb;

-- Changes whose answer waits for inventory: it says what of a smaller quantity came too late.
create table unanswered_changes (
    document_id text primary key,
    order_id    text not null,
    asked       jsonb not null
);
create index unanswered_changes_order on unanswered_changes (order_id);
