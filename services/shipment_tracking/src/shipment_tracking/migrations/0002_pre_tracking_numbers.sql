-- A carrier may have a number for each carton, and reports under any of them.
create table tracking_numbers (
    shipment_id     text not null,
    tracking_number text not null check (tracking_number <> ''),
    primary key (shipment_id, tracking_number)
);
create index shipments_of_number on tracking_numbers (tracking_number);

-- While replicas of the release before run beside the new ones, each side sees what the other
-- wrote: they know the one number in `shipments` only. 0003 ends it.
create function tracking_number_to_table() returns trigger language plpgsql as $$
begin
    insert into tracking_numbers (shipment_id, tracking_number)
    values (new.shipment_id, new.tracking_number) on conflict do nothing;
    return null;
end $$;
create trigger tracking_number_to_table after insert or update of tracking_number on shipments
    for each row when (new.tracking_number <> '') execute function tracking_number_to_table();

create function tracking_number_to_shipment() returns trigger language plpgsql as $$
begin
    update shipments set tracking_number = new.tracking_number
    where shipment_id = new.shipment_id and tracking_number = '';
    return null;
end $$;
create trigger tracking_number_to_shipment after insert on tracking_numbers
    for each row execute function tracking_number_to_shipment();

-- After the triggers: what is confirmed meanwhile is then in both.
insert into tracking_numbers (shipment_id, tracking_number)
select shipment_id, tracking_number from shipments where tracking_number <> ''
on conflict do nothing;
