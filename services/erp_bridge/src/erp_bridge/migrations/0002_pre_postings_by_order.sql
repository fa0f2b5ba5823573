-- Whether an order is known is asked for every invoice and credit memo.
create index postings_by_order on postings (order_id);
