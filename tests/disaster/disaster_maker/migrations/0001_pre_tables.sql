create table numbers (order_id text primary key, n int not null);
