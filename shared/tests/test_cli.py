"""The command line, as a person runs it: what it shows, and one line for what is wrong."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import pytest
from sample.app import BROKEN
from sample.tools import cancelled
from typer.testing import CliRunner

from crossdock import reach
from crossdock.cli.app import build
from crossdock.database import connect, with_database
from crossdock.errors import Reject, RetryLater
from crossdock_local import forks

NOWHERE = "nats://127.0.0.1:1"


@pytest.fixture
def environment(tmp_path, nats_url):
    """A folder of its own, in which the sample is an installed service."""
    entry = tmp_path / "sample-0.1.dist-info"
    entry.mkdir()
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 0.1\n")
    (entry / "entry_points.txt").write_text("[crossdock.services]\nsample = sample.app:service\n")
    kept = {k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}
    paths = [str(tmp_path), str(Path(__file__).parent), *(p for p in sys.path if p)]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "CROSSDOCK_NATS_URL": nats_url}


@pytest.fixture
def crossdock(environment, tmp_path):
    """Run `crossdock ...`: exit code, standard output, standard error."""

    async def run(*words: str, **more: str) -> tuple[int, str, str]:
        given = {**environment, **more}
        command = ["crossdock", *words]
        return await asyncio.to_thread(forks.run, command, environment=given, folder=tmp_path)

    return run


def one_line(result: tuple[int, str, str]) -> str:
    """The one line that a failed command says."""
    code, _, err = result
    assert code == 1
    assert "Traceback" not in err
    [line] = err.strip().splitlines()
    assert line.startswith("crossdock: ")
    return line


async def test_ground_is_laid_on_fresh_servers_by_two_commands(crossdock, postgres_url):
    """`migrate` makes role, database and tables; `topology` the streams; both may run again."""
    server = postgres_url.rpartition("@")[2].partition("/")[0]
    urls = {
        "CROSSDOCK_POSTGRES_URL": postgres_url,
        "SAMPLE_DATABASE_URL": f"postgresql://sample_cli:x@{server}/sample_cli",
    }
    try:
        code, out, err = await crossdock("migrate", "sample", **urls)
        assert (code, err) == (0, "")
        assert out.startswith("sample: database made, 0001_pre_chassis.sql")
        assert "0001_pre_tables.sql" in out
        code, out, _ = await crossdock("migrate", "sample", **urls)
        assert (code, out.strip()) == (0, "sample: nothing to do")
    finally:
        admin = await connect(postgres_url)
        await admin.execute("drop database if exists sample_cli with (force)")
        await admin.execute("drop role if exists sample_cli")
        await admin.close()
    code, out, _ = await crossdock("topology")
    assert code == 0
    assert "ORDERS: created" in out
    code, out, _ = await crossdock("topology", "--keep-days", "30")
    assert "ORDERS: changed" in out
    assert "created" not in out
    code, out, _ = await crossdock("topology")
    assert "changed" not in out.replace("unchanged", ""), "what was not said did not stay"
    code, out, _ = await crossdock("topology", "--keep-days", "0")
    assert "ORDERS: changed" in out


async def test_what_happens_in_a_mesh_can_be_looked_at(desk, crossdock):
    """status and tail show what is there, for people and for programs."""
    BROKEN["ORD-1"] = RetryLater("customer C1 is not known here yet", after=60)
    BROKEN["ORD-2"] = Reject("no such item", code="unknown_item")
    await desk.deliver(cancelled(1), cancelled(1, "behind"), cancelled(2), cancelled(3))
    urls = {"SAMPLE_DATABASE_URL": desk.runtime.settings.database_url}
    answers = await asyncio.gather(
        crossdock("status", "-s", "sample", "--json", **urls),
        crossdock("tail", "orders.cancelled", "--count", "4"),
        crossdock("tail", "orders", "--count", "2", "--since", "2", "--json"),
    )
    assert [(code, err) for code, _, err in answers] == [(0, "")] * 3
    status, tail, tail_json = (out for _, out, _ in answers)
    [row] = json.loads(status)
    assert (row["service"], row["replicas"], row["lanes"]) == ("sample", 1, "2/2")
    assert (row["parked"], row["dead"], row["trouble"]) == (2, 1, [])
    assert [line.split()[2] for line in tail.splitlines()] == ["ORD-1", "ORD-1", "ORD-2", "ORD-3"]
    assert [json.loads(line)["order_id"] for line in tail_json.splitlines()] == ["ORD-2", "ORD-3"]


async def test_what_waits_can_be_looked_at(desk, monkeypatch):
    """Parked and dead messages with why and since when, for people and for programs."""
    BROKEN["ORD-1"] = RetryLater("customer C1 is not known here yet", after=60)
    BROKEN["ORD-2"] = Reject("no such item", code="unknown_item")
    await desk.deliver(cancelled(1), cancelled(1, "behind"), cancelled(2), cancelled(3))
    monkeypatch.setenv("SAMPLE_DATABASE_URL", desk.runtime.settings.database_url)
    monkeypatch.setenv("CROSSDOCK_NATS_URL", desk.runtime.settings.nats_url)
    monkeypatch.setattr(reach, "service_names", lambda: ["sample"])

    async def shown(*words: str) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, build(), words)
        assert result.exit_code == 0, result.output
        return result.output

    first, behind = json.loads(await shown("parked", "--json"))
    assert (first["key"], first["state"], first["reason"]) == ("ORD-1", "waiting", "retry_later")
    assert behind["state"] == "behind"
    assert "customer C1 is not known here yet" in await shown("parked")
    assert "no such item" in await shown("dead")
    status = await shown("status")
    assert "sample" in status
    assert "2/2" in status


async def test_what_is_not_installed_is_named_with_what_is(crossdock):
    """A typing mistake is answered with the names there are."""
    for answer in await asyncio.gather(
        crossdock("status", "-s", "smaple"), crossdock("run", "smaple")
    ):
        line = one_line(answer)
        assert "no service 'smaple' is installed here; there are: " in line
        assert "sample" in line.partition("there are:")[2]


async def test_a_server_that_is_away_is_named_in_one_line(crossdock, service_urls, service):
    """NATS or PostgreSQL: which one, where, and what to do; never a traceback."""
    _, url = await service_urls(service)
    away = "postgresql://sample:secret@127.0.0.1:1/sample"
    nats_away, store_away, unset, refused, migrated = await asyncio.gather(
        crossdock("status", "-s", "sample", SAMPLE_DATABASE_URL=url, CROSSDOCK_NATS_URL=NOWHERE),
        crossdock("parked", "-s", "sample", SAMPLE_DATABASE_URL=away),
        crossdock("dead", "-s", "sample"),
        crossdock("parked", "-s", "sample", SAMPLE_DATABASE_URL=with_database(url, "nowhere")),
        crossdock("migrate", "sample", SAMPLE_DATABASE_URL=away),
    )
    assert f"NATS at {NOWHERE} does not answer" in one_line(nats_away)
    for answer in (store_away, migrated):
        line = one_line(answer)
        assert "PostgreSQL at postgresql://sample@127.0.0.1:1/sample does not answer" in line
        assert "crossdock up" in line
        assert "secret" not in line
    assert "neither SAMPLE_DATABASE_URL nor CROSSDOCK_POSTGRES_URL is set" in one_line(unset)
    assert 'database "nowhere" does not exist: `crossdock migrate` makes it' in one_line(refused)


async def test_a_service_that_cannot_start_says_why_in_one_line(crossdock, service, service_urls):
    """Port taken, setting wrong, streams missing, database not there."""
    _, url = await service_urls(service)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answers = await asyncio.gather(
            crossdock("run", "sample", SAMPLE_DATABASE_URL=url, SAMPLE_HTTP_PORT=port),
            crossdock("run", "sample", SAMPLE_DATABASE_URL=url, SAMPLE_LANES="99"),
            crossdock("run", "sample", SAMPLE_DATABASE_URL=url, SAMPLE_HTTP_PORT="0"),
            crossdock(
                "run",
                "sample",
                SAMPLE_DATABASE_URL=with_database(url, "nowhere"),
                SAMPLE_HTTP_PORT="0",
            ),
        )
    lines = [one_line(answer) for answer in answers]
    assert f"127.0.0.1:{port} is taken" in lines[0]
    assert "SAMPLE_HTTP_PORT" in lines[0]
    assert "SAMPLE_LANES='99'" in lines[1]
    assert "streams missing: " in lines[2]
    assert "Run `crossdock topology`" in lines[2]
    assert 'database "nowhere" does not exist' in lines[3]


async def test_help_needs_nothing(crossdock):
    """Every command is listed; no server is asked."""
    code, out, _ = await crossdock("--help", CROSSDOCK_NATS_URL=NOWHERE)
    assert code == 0
    for command in ("run", "migrate", "topology", "status", "tail", "parked", "dead"):
        assert command in out
