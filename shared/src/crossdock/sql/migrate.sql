-- name: lock
-- One migration of a database at a time; the lock ends with the connection.
select pg_advisory_lock(hashtextextended('crossdock migrate', 0));

-- name: ledger
-- Where applied migrations are written down, and the schemas that are there before the first one.
create schema if not exists crossdock;
create schema if not exists audit;
create table if not exists crossdock.migrations (
    owner text not null, name text not null, checksum text not null,
    applied_at timestamptz not null default now(), primary key (owner, name));

-- name: has_ledger
-- Whether any migration was ever applied here.
select to_regclass('crossdock.migrations') is not null;

-- name: applied
-- What was applied, and as what.
select owner, name, checksum from crossdock.migrations;

-- name: note
-- Write one down.
insert into crossdock.migrations (owner, name, checksum) values ($1, $2, $3);

-- name: has_role
-- Whether a role exists.
select exists (select 1 from pg_roles where rolname = $1);

-- name: has_database
-- Whether a database exists.
select exists (select 1 from pg_database where datname = $1);

-- name: statement
-- A statement whose names cannot be parameters, quoted by PostgreSQL itself.
select format($1, variadic $2::text[]);

-- The following are made into statements by `statement` above: %I is a name, %L a literal.

-- name: create_role
-- A service's role.
create role %I login password %L;

-- name: alter_role
-- Its password as its URL has it now.
alter role %I login password %L;

-- name: become_member
-- The administrator makes the database for the role, and must be a member of it.
grant %I to current_user;

-- name: create_database
-- A service's database, owned by its role.
create database %I owner %I;

-- name: close_database
-- Nobody else connects to it.
revoke all on database %I from public;
