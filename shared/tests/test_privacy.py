"""Personal data is left out of what commands and logs show, and every look at it is noted."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
import structlog
from sample.app import BROKEN
from sample.tools import cancelled
from typer.testing import CliRunner

from crossdock import reach
from crossdock.cli.app import build
from crossdock.database import connect
from crossdock.errors import Reject
from crossdock.privacy import ROLE, event_shown
from crossdock.telemetry import write_logs

WHY = ("--unredacted", "--reason", "the customer asks for it")


@pytest.fixture
async def invoke(desk, monkeypatch):
    """Run `crossdock ...` here, with the sample as the only service: its exit code and output."""
    BROKEN["ORD-2"] = Reject("no such item", code="unknown_item")
    await desk.deliver(cancelled(1), cancelled(2))
    monkeypatch.setenv("SAMPLE_DATABASE_URL", desk.runtime.settings.database_url)
    monkeypatch.setenv("CROSSDOCK_NATS_URL", desk.runtime.settings.nats_url)
    monkeypatch.delenv("CROSSDOCK_POSTGRES_URL", raising=False)
    monkeypatch.setattr(reach, "service_names", lambda: ["sample"])
    monkeypatch.setattr("crossdock.privacy.OWNERS", {"orders": "sample"})

    async def run(*words: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, build(), words)
        return result.exit_code, result.output or str(result.exception)

    return run


@pytest.fixture
async def member(desk, postgres_url):
    """The role of this test's store may see personal data."""
    admin = await connect(postgres_url)
    role = urlsplit(desk.runtime.settings.database_url).username
    if not await admin.fetchval("select 1 from pg_roles where rolname = $1", ROLE):
        await admin.execute(f"create role {ROLE}")
    await admin.execute(f'grant {ROLE} to "{role}"')
    yield role
    await admin.execute(f'revoke {ROLE} from "{role}"')
    await admin.close()


async def test_what_is_personal_is_not_shown(invoke):
    """Neither in the streams, nor in dead letters, in a list or alone."""
    _, stored = await invoke("tail", "orders", "--count", "2", "--json")
    _, dead = await invoke("dead", "--json")
    [letter] = json.loads(dead)
    _, one = await invoke("dead", "show", letter["id"])
    _, as_json = await invoke("dead", "show", letter["id"], "--json")
    for told in (*stored.splitlines(), letter["body"], json.loads(as_json)["body"]):
        body = json.loads(told)
        assert body["cancelled_by"] == "(personal)"
        assert body["reason"]["text"] == "plain"
    assert "(personal)" in one


async def test_it_takes_the_role_and_a_reason(desk, invoke):
    """A service's own role is no member, and nothing is noted of what nobody saw."""
    code, told = await invoke("tail", "orders", "--count", "2", *WHY)
    assert code == 1
    assert ROLE in told
    code, told = await invoke("tail", "orders", "--count", "2", "--unredacted")
    assert code == 1
    assert "--reason" in told
    assert json.loads((await invoke("acts", "--json"))[1]) == []


async def test_whoever_may_see_it_is_noted_first(invoke, member):
    """Who, what and why stand among the acts; so does a look into a letter and the acts."""
    [letter] = json.loads((await invoke("dead", "--json"))[1])
    _, one = await invoke("dead", "show", letter["id"], *WHY, "--by", "ann")
    assert '"cancelled_by": "test"' in one
    _, stored = await invoke("tail", "orders", "--count", "2", "--json", *WHY)
    assert {json.loads(line)["cancelled_by"] for line in stored.splitlines()} == {"test"}
    streams, shown = json.loads((await invoke("acts", "--json"))[1])
    assert (shown["action"], shown["about"], shown["who"]) == ("look", letter["id"], "ann")
    assert shown["reason"] == streams["reason"] == WHY[2]
    assert shown["after"] == {"role": member}
    assert streams["about"] == "orders, as it is stored"


async def test_bytes_kept_among_the_acts_are_not_shown_either(invoke, member):
    """What was discarded stays for whoever may see it."""
    [letter] = json.loads((await invoke("dead", "--json"))[1])
    await invoke("dead", "discard", letter["id"], "--reason", "a test")
    [act] = json.loads((await invoke("acts", "--json"))[1])
    assert "bytes" in act["body_before"]
    acts = json.loads((await invoke("acts", "--json", *WHY))[1])
    assert json.loads(acts[-1]["body_before"])["cancelled_by"] == "test"
    assert acts[0]["action"] == "look"


def test_an_event_of_an_unknown_type_is_withheld():
    """A version that is newer than the contracts here may say anything."""
    assert b"withheld" in event_shown("orders.cancelled.v99", b'{"a": 1}')
    assert b"withheld" in event_shown("\xff", b'{"a": 1}')


def test_logs_say_nothing_personal(capsys):
    """Neither an event that is logged, nor the locals of what failed with one."""
    event = cancelled(1)

    def fail(secret) -> None:
        raise ZeroDivisionError("told to")

    write_logs("sample", "info")
    try:
        log = structlog.get_logger()
        log.info("heard", about=event, body=b"Ann")
        try:
            fail(event)
        except ZeroDivisionError:
            log.exception("failed")
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["about"]["cancelled_by"] == "(personal)"
    assert json.loads(first)["body"] == "(3 bytes)"
    assert "ZeroDivisionError" in second
    assert "cancelled_by" not in second
