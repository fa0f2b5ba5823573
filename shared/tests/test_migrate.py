"""Migrations: by command only, once each, never changed; one database and one role per service."""

import asyncio
import secrets
import sys

import asyncpg
import pytest

from crossdock import Handlers, Service
from crossdock.database import connect, with_database
from crossdock.errors import NotReady
from crossdock.migrate import make_database, migrate, pending
from crossdock.testing import lay_streams_at


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A service's package with migrations that a test writes: call with a file name and SQL."""
    name = f"grown_{secrets.token_hex(4)}"
    folder = tmp_path / name / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write(file: str, sql: str) -> Service:
        (folder / file).write_text(sql)
        return Service(name, handlers=Handlers(), package=name)

    yield write
    sys.modules.pop(name, None)


@pytest.fixture
async def fresh(postgres_url):
    """URLs of two services' databases, each with its own role."""
    urls, suffix = [], secrets.token_hex(4)
    server = postgres_url.rpartition("@")[2].partition("/")[0]
    for name in (f"one_{suffix}", f"two_{suffix}"):
        url = f"postgresql://{name}:se'cret%20x@{server}/{name}"
        assert await make_database(postgres_url, url)
        urls.append(url)
    yield urls
    admin = await connect(postgres_url)
    for name in (f"one_{suffix}", f"two_{suffix}"):
        await admin.execute(f"drop database {name} with (force)")
        await admin.execute(f"drop role {name}")
    await admin.close()


async def test_each_migration_is_applied_once(package, fresh):
    """A second call does nothing; a later file is applied alone."""
    service = package("0001_pre_tables.sql", "create table a (x int); insert into a values (1);")
    applied = await migrate(service, fresh[0])
    assert applied[0] == "0001_pre_chassis.sql"
    assert applied[-1] == "0001_pre_tables.sql"
    assert await migrate(service, fresh[0]) == []
    package("0002_post_more.sql", "insert into a values (2)")
    assert await migrate(service, fresh[0]) == ["0002_post_more.sql"]
    connection = await connect(fresh[0])
    assert await connection.fetchval("select count(*) from a") == 2
    await connection.close()


async def test_two_that_migrate_at_once_apply_each_file_once(package, fresh):
    """Deploys may overlap: one waits for the other."""
    service = package("0001_pre_tables.sql", "create table a (x int)")
    applied = await asyncio.gather(*(migrate(service, fresh[0]) for _ in range(4)))
    assert [names for names in applied if names] == [max(applied, key=len)]


async def test_while_deploying_the_last_post_migrations_wait(package, fresh):
    """And the service starts without them; what follows a `post` takes it along."""
    package("0001_pre_tables.sql", "create table a (x int)")
    service = package("0002_post_less.sql", "alter table a drop column x")
    applied = await migrate(service, fresh[0], deploying=True)
    assert applied[-1] == "0001_pre_tables.sql"
    connection = await connect(fresh[0])
    assert await pending(connection, service) == []
    package("0003_pre_more.sql", "alter table a add column y int")
    package("0004_post_less.sql", "alter table a add column z int")
    assert await pending(connection, service) == ["0002_post_less.sql", "0003_pre_more.sql"]
    await connection.close()
    applied = await migrate(service, fresh[0], deploying=True)
    assert applied == ["0002_post_less.sql", "0003_pre_more.sql"]
    assert await migrate(service, fresh[0]) == ["0004_post_less.sql"]


async def test_a_migration_that_was_changed_is_refused(package, fresh):
    """What was applied never changes: the file, both checksums and the next step are named."""
    service = package("0001_pre_tables.sql", "create table a (x int)")
    await migrate(service, fresh[0])
    package("0001_pre_tables.sql", "create table a (x bigint)")
    with pytest.raises(NotReady, match=r"0001_pre_tables.sql was applied as .* new migration"):
        await migrate(service, fresh[0])


async def test_a_broken_migration_is_named_and_leaves_nothing(package, fresh):
    """One transaction per file: what came before the error in it is gone too."""
    service = package("0001_pre_tables.sql", "create table a (x int); create tabel b;")
    with pytest.raises(NotReady, match=r'0001_pre_tables.sql failed: syntax error at or near "ta'):
        await migrate(service, fresh[0])
    connection = await connect(fresh[0])
    assert await connection.fetchval("select to_regclass('public.a')") is None
    await connection.close()
    package("0001_pre_tables.sql", "create table a (x int)")
    assert await migrate(service, fresh[0]) == ["0001_pre_tables.sql"]


async def test_a_service_whose_database_lags_does_not_start(package, fresh, nats_url):
    """It says which migrations are missing and which command applies them."""
    service = package("0001_pre_tables.sql", "create table a (x int)")
    await lay_streams_at(nats_url)
    given = {"database_url": fresh[0], "CROSSDOCK_NATS_URL": nats_url, "http_port": 0}
    with pytest.raises(NotReady, match=r"0001_pre_chassis.sql.*0001_pre_tables.sql"):
        await _start(service, given)
    await migrate(service, fresh[0])
    package("0002_pre_more.sql", "select 1")
    with pytest.raises(
        NotReady, match=rf"not applied: 0002_pre_more.sql. Run `crossdock migrate {service.name}`"
    ):
        await _start(service, given)


async def test_a_mesh_without_streams_is_not_ready(service, service_urls):
    """The command that lays them is named."""
    nats_url, database_url = await service_urls(service)
    given = {"database_url": database_url, "CROSSDOCK_NATS_URL": nats_url, "http_port": 0}
    with pytest.raises(NotReady, match=r"streams missing: .*ORDERS.*Run `crossdock topology`"):
        await _start(service, given)


async def test_a_database_that_is_not_there_is_not_ready(service, service_urls):
    """Refused by the server is not waited for: the next step is named, without the password."""
    nats_url, database_url = await service_urls(service)
    given = {
        "database_url": with_database(database_url, "nowhere"),
        "CROSSDOCK_NATS_URL": nats_url,
        "http_port": 0,
    }
    with pytest.raises(NotReady, match=r'"nowhere" does not exist.*crossdock migrate') as raised:
        await _start(service, given)
    assert database_url.split(":")[2].partition("@")[0] not in str(raised.value)


async def _start(service: Service, settings: dict) -> None:
    async with asyncio.timeout(60), service.running(**settings):
        raise AssertionError("it started")


async def test_a_role_cannot_connect_to_another_services_database(fresh, postgres_url):
    """One database and one role per service, and nobody else comes in."""
    one, two = fresh
    name = two.rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(with_database(one, name))
    connection = await connect(one)
    assert await connection.fetchval("select current_user") == one.rpartition("/")[2]
    await connection.close()


async def test_making_a_database_again_changes_nothing_but_the_password(fresh, postgres_url):
    """The command may be run at every deploy; a new password in the URL is the role's from now."""
    assert not await make_database(postgres_url, fresh[0])
    changed = fresh[0].replace("se'cret%20x", "other")
    assert not await make_database(postgres_url, changed)
    await (await connect(changed)).close()
    with pytest.raises(NotReady, match="password authentication failed"):
        await connect(fresh[0])


async def test_a_url_without_role_or_database_is_refused(postgres_url):
    """The URL is where role and database get their names."""
    with pytest.raises(NotReady, match="needs a user and a database"):
        await make_database(postgres_url, "postgresql://localhost/")
