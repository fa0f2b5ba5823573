"""Whether a service fits beside what is deployed, from records of real starts."""

import asyncio
import copy
import json

import msgspec
import pytest
import structlog
from sample.tools import until
from typer.testing import CliRunner

from crossdock import deployed, reach
from crossdock.broker import JetStream
from crossdock.cli.app import build
from crossdock.deployed import Deployed
from crossdock.fits import reasons
from crossdock.testing import at_desk

CANCELLED, RECORDED = "orders.cancelled.v1", "shipments.milestone_recorded.v1"


@pytest.fixture
def sample(service) -> Deployed:
    """The sample as it would be recorded."""
    return deployed.candidate(service, "local")


def other(sample: Deployed, **words) -> Deployed:
    """Another service beside it."""
    nothing = {"emits": {}, "hears": {}, "asks": (), "answers": (), "reads": None}
    return msgspec.structs.replace(sample, service="another", version="7", **{**nothing, **words})


def changed(snapshots: dict, literal: str, change) -> dict:
    """Snapshots with one event's fields changed."""
    found = copy.deepcopy(snapshots)
    name = found[literal]["schema"]["$ref"].rpartition("/")[2]
    change(found[literal]["schema"]["$defs"][name])
    return found


def blocking(candidate: Deployed, *there: Deployed) -> list[str]:
    """What blocks a candidate, about which contract."""
    return [each.about for each in reasons(candidate, there) if each.blocks]


def test_what_is_recorded_is_what_the_service_declares(sample):
    """What it says, what it hears in every version it knows, what it asks and answers."""
    assert RECORDED in sample.emits
    assert set(sample.hears) >= {CANCELLED}
    assert sample.hears[CANCELLED]["title"] == CANCELLED
    assert all(literal.startswith(("shipments.", "exceptions.")) for literal in sample.emits)


def test_the_same_fits_beside_itself(sample):
    """What is deployed everywhere today can be deployed again."""
    twin = other(sample, emits=sample.hears, hears=sample.emits)
    assert blocking(sample, sample, twin) == []


def test_a_version_that_a_consumer_does_not_know_blocks(sample):
    """The consumer would park it; a producer of it blocks a consumer that does not know it."""
    newer = {CANCELLED.replace("v1", "v2"): sample.hears[CANCELLED]}
    older = other(sample, hears={CANCELLED: sample.hears[CANCELLED]})
    assert blocking(msgspec.structs.replace(sample, emits=newer), older) == [*newer]
    assert blocking(sample, other(sample, emits=newer)) == [*newer]
    both = {**newer, CANCELLED: sample.hears[CANCELLED]}
    assert blocking(msgspec.structs.replace(sample, emits=newer), other(sample, hears=both)) == []


def test_a_field_that_a_consumer_reads_blocks_when_it_goes(sample):
    """And does not when nobody reads it, or when it only comes."""

    def drop(struct):
        del struct["properties"]["text"]
        struct["required"] = [name for name in struct["required"] if name != "text"]

    def add(struct):
        struct["properties"]["more"] = {"type": "string", "default": ""}

    emits = changed(sample.emits, RECORDED, drop)
    leaner = msgspec.structs.replace(sample, emits=emits)
    heard = {RECORDED: sample.emits[RECORDED]}
    reader = other(sample, hears=heard, reads={RECORDED: ("text",)})
    [reason] = [each for each in reasons(leaner, [reader]) if each.blocks]
    assert (reason.about, reason.beside) == (RECORDED, "another 7")
    assert "text" in reason.text
    richer = msgspec.structs.replace(sample, emits=changed(sample.emits, RECORDED, add))
    assert blocking(richer, reader) == []


def test_a_producer_that_writes_less_than_the_candidate_reads_blocks(sample):
    """The candidate is the reader then, and what runs is the writer."""

    def drop(struct):
        del struct["properties"]["reason"]
        struct["required"] = [name for name in struct["required"] if name != "reason"]

    writer = other(sample, emits=changed({CANCELLED: sample.hears[CANCELLED]}, CANCELLED, drop))
    assert blocking(sample, writer) == [CANCELLED]


def test_what_is_said_no_more_blocks_while_somebody_hears_it(sample):
    """An event, and the answer to a question."""
    before = msgspec.structs.replace(sample, answers=("a.asked.v1",))
    less = {literal: each for literal, each in sample.emits.items() if literal != RECORDED}
    after = msgspec.structs.replace(sample, emits=less, answers=())
    listener = other(sample, hears={RECORDED: sample.emits[RECORDED]}, asks=("a.asked.v1",))
    assert sorted(blocking(after, before, listener)) == ["a.asked.v1", RECORDED]
    assert blocking(after, before) == []


def test_what_nobody_says_yet_is_a_note(sample):
    """A consumer may come before its producer."""
    found = reasons(sample, [other(sample)])
    assert CANCELLED in [each.about for each in found]
    assert not any(each.blocks for each in found)


def test_a_candidate_is_what_its_code_says(service, tmp_path, monkeypatch):
    """Not what was committed before the change that is to be deployed."""
    (tmp_path / f"{RECORDED}.json").write_text("{}")
    monkeypatch.setattr(deployed, "folder", lambda name: tmp_path)
    assert deployed.candidate(service, "local").emits[RECORDED]["title"] == RECORDED
    started = msgspec.json.decode(deployed.described(service, "local"), type=Deployed)
    assert started.emits[RECORDED] == {}


async def test_who_leaves_does_not_say_that_the_broker_is_away(service, service_urls):
    """A false alarm at every end teaches people to overlook the true one."""
    nats_url, database_url = await service_urls(service)
    with structlog.testing.capture_logs() as logs:
        async with at_desk(service, nats_url, database_url):
            pass
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == []


async def test_a_service_records_itself_and_the_command_answers(desk, monkeypatch):
    """From a real start: yes where it fits, no with the reason, and never for a wrong name."""
    js: JetStream = desk.runtime.jetstream

    async def recorded():
        return await deployed.read(js, "local")

    [here] = await until(recorded)
    assert (here.service, here.environment) == ("sample", "local")
    monkeypatch.setenv("CROSSDOCK_NATS_URL", desk.runtime.settings.nats_url)
    monkeypatch.setattr("crossdock.cli.deployed.load_service", lambda name: desk.service)
    monkeypatch.setattr(reach, "service_names", lambda: ["sample"])

    async def run(*words: str):
        words = ("contracts", *words)
        return await asyncio.to_thread(CliRunner().invoke, build(), words)

    yes = await run("can-deploy", "sample")
    assert (yes.exit_code, yes.output.splitlines()[0]) == (
        0,
        f"yes: {here.name} to local, beside 1 services",
    )
    nowhere = await run("can-deploy", "sample", "--to", "prod")
    assert nowhere.exit_code == 1
    assert "known: local" in str(nowhere.exception)
    assert (await run("can-deploy", "sample", "--to", "prod", "--first")).exit_code == 0
    newer = {RECORDED: here.emits[RECORDED]}
    reader = other(here, hears={RECORDED.replace("v1", "v9"): newer[RECORDED]})
    await desk.runtime.client.request(
        f"$KV.{deployed.BUCKET}.local.another", msgspec.json.encode(reader)
    )
    no = await run("can-deploy", "sample", "--json")
    told = json.loads(no.output)
    assert (no.exit_code, told["deployable"], told["beside"]) == (
        1,
        False,
        ["another 7", here.name],
    )
    assert "v9 only" in next(each["text"] for each in told["reasons"] if each["blocks"])
    assert "another" in (await run("deployed")).output
