-- Nobody reads or writes the one number any more: every replica knows the table.
drop trigger tracking_number_to_shipment on tracking_numbers;
drop trigger tracking_number_to_table on shipments;
drop function tracking_number_to_shipment;
drop function tracking_number_to_table;
alter table shipments drop column tracking_number;
