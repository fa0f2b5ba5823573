-- What the partner answered: accepted, accepted_with_errors, partially_accepted, rejected.
alter table documents add column answer text not null default '';
