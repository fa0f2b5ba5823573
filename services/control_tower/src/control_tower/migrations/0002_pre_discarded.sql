-- What a person discarded here was heard but never written down: others may name it as their cause.
create view audit.discarded as
    select (before -> 'headers' ->> 'ce-id')::uuid as event_id
    from crossdock.acts where action = 'discard';
