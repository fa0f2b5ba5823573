-- Nothing reads these any more.
alter table documents drop column rows;
drop table interchanges;
