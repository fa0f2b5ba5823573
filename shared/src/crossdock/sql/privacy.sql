-- name: may_look
-- Who is connected, and whether that is a member of the role that may see personal data.
select
    session_user as name,
    coalesce(
        (select pg_has_role(session_user, oid, 'member') from pg_roles where rolname = $1),
        (select rolsuper from pg_roles where rolname = session_user)
    ) as may
