-- Levels that have changed and were not said yet: added to with the change, emptied when said. Without
-- a key, so that nobody waits: a level that stands here twice is said once.
create table unsaid_levels (
    sku          text not null,
    warehouse_id text not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create view audit.unsaid as
select distinct 'inventory.level_changed.v1' as type, sku as key from unsaid_levels;
