-- Nobody reads or writes the one number any more: every replica knows the table.
-- In the order in which the service takes them: in another, they would wait for each other.
lock table shipments in access exclusive mode;
lock table tracking_numbers in access exclusive mode;
drop trigger tracking_number_to_shipment on tracking_numbers;
drop trigger tracking_number_to_table on shipments;
drop function tracking_number_to_shipment;
drop function tracking_number_to_table;
alter table shipments drop column tracking_number;
