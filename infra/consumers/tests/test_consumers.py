"""Consumers without the chassis: both versions, nothing lost over a kill, and in the trace."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias
from uuid import uuid4

import pytest

from crossdock.reach import jetstream
from crossdock.topology import lay_streams
from crossdock_contracts.shipped import examples
from crossdock_local.nats import NatsServer
from crossdock_local.ports import free_ports

FOLDER = Path(__file__).parents[1]
PYTHON = sys.executable
MOST_LINES, PATIENCE, EACH = 25, 40.0, 60
NODE = "node/consumer.mjs"
COMMANDS = {
    "faststream_app.py": [PYTHON, "-m", "faststream", "run", "faststream_app:app"],
    "plain.py": [PYTHON, "plain.py"],
    NODE: ["node", "consumer.mjs"],
}
LINE = re.compile(r"(?P<id>\S+) (?P<type>\S+) (?P<about>\d+) 00-(\w{32})-(\w{16})-01")


Said: TypeAlias = "dict[str, tuple[Told, str]]"


class Told(NamedTuple):
    """An event as it was published, and what a consumer has to make of it."""

    literal: str
    body: dict[str, Any]
    about: int


def both_versions() -> list[Told]:
    """Two events, each in both versions, as the contracts' examples have them."""
    _, order = examples("orders.accepted.v1")[0]
    _, shipment = examples("shipments.shipped.v1")[0]
    first, left = json.loads(order), json.loads(shipment)
    days, packages = first.pop("payment_terms_days", 30), left.pop("packages")
    terms = {"net_days": 45, "discount_percent": "2", "discount_days": 10}
    cartons = [{"contents": package["contents"]} for package in packages]
    return [
        Told("orders.accepted.v1", {**first, "payment_terms_days": days}, days),
        Told("orders.accepted.v2", {**first, "type": "orders.accepted.v2", "terms": terms}, 45),
        Told("shipments.shipped.v1", {**left, "packages": packages}, len(packages)),
        Told(
            "shipments.shipped.v2",
            {**left, "type": "shipments.shipped.v2", "cartons": cartons * 2},
            2 * len(packages),
        ),
    ]


async def publish(url: str, said: Said, count: int) -> None:
    """Publish each version so many times, each event in a trace of its own."""
    async with jetstream(url) as js:
        await lay_streams(js)
        for number in range(count):
            for told in both_versions():
                event_id, trace = await _publish(js, told, f"ORD-{number}")
                said[event_id] = (told, trace)


async def _publish(js: Any, told: Told, key: str) -> tuple[str, str]:
    event_id, trace = str(uuid4()), uuid4().hex
    headers = {
        "Nats-Msg-Id": event_id,
        "ce-id": event_id,
        "ce-type": told.literal,
        "content-type": "application/json",
        "traceparent": f"00-{trace}-{trace[:16]}-01",
    }
    body = json.dumps({**told.body, "order_id": key}).encode()
    reply = await js.client.request(f"{told.literal}.{key}", body, headers=headers, timeout=10)
    assert b'"error"' not in reply.data, reply.data
    return event_id, trace


class Consumer:
    """A consumer's process, which can be killed and started again, and all that it said."""

    def __init__(self, url: str, lines: Path, command: Sequence[str], home: Path) -> None:
        self.url, self.lines, self.command, self.home = url, lines, list(command), home
        self.process: subprocess.Popen[bytes] | None = None
        self.before = 0  # how many lines it had said when it was killed

    def start(self) -> None:
        """Start the consumer; what it says is kept."""
        given = {**os.environ, "NATS_URL": self.url}
        with self.lines.open("ab") as lines, self.lines.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.home, env=given, stdout=lines, stderr=log
            )

    def kill(self) -> None:
        """Kill it without a word."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def heard(self) -> list[re.Match[str]]:
        """What it said so far; others write to its output as well."""
        text = self.lines.read_text(encoding="utf-8") if self.lines.exists() else ""
        return [match for line in text.splitlines() if (match := LINE.search(line))]

    def until(self, count: int) -> None:
        """Return when it has heard so many different events."""
        end = time.monotonic() + PATIENCE
        while len({match["id"] for match in self.heard()}) < count:
            log = self.lines.with_suffix(".log").read_text(encoding="utf-8")
            assert self.process is not None
            assert self.process.poll() is None, log
            assert time.monotonic() < end, f"heard {len(self.heard())} of {count}\n{log}"
            time.sleep(0.005)


def without(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; with CI set, the consumer in Node.js must be run")
    pytest.skip(f"{reason}: the consumer in Node.js was not run")


def install(folder: Path) -> str:
    """Put the consumer in Node.js and its packages into a folder; why not, where that fails."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed"
    folder.mkdir()
    for path in (FOLDER / "node").glob("*.*"):
        shutil.copy(path, folder)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    command = ["npm", "install", "--prefix", str(folder), *quiet]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        return "npm gave no answer in four minutes"
    if done.returncode:
        return f"npm could not get its packages ({' '.join(done.stderr.split())[:200]})"
    return ""


class Story(NamedTuple):
    """What was published, what each consumer said of it, and why one of them said nothing."""

    said: Said
    heard: dict[str, Consumer]
    without_node: str


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All at once: they hear the past, are killed at it, miss something, come back, hear on."""
    folder = tmp_path_factory.mktemp("consumers")
    [port] = free_ports(1)
    server = NatsServer(folder / "nats", port)
    without_node = install(folder / "node")
    homes = {name: folder / "node" if name == NODE else FOLDER for name in COMMANDS}
    if without_node:
        del homes[NODE]
    consumers = {
        name: Consumer(server.url, folder / f"{n}.txt", COMMANDS[name], home)
        for n, (name, home) in enumerate(homes.items())
    }
    server.start()
    try:
        yield Story(_tell(server.url, list(consumers.values())), consumers, without_node)
    finally:
        for consumer in consumers.values():
            consumer.kill()
        server.stop()


def _tell(url: str, consumers: Sequence[Consumer]) -> Said:
    said: Said = {}
    asyncio.run(publish(url, said, EACH))
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.until(EACH)
        consumer.kill()
        consumer.before = len(consumer.heard())
    asyncio.run(publish(url, said, 1))
    for consumer in consumers:
        consumer.start()
    for consumer in consumers:
        consumer.until(len(said))
    asyncio.run(publish(url, said, 1))
    for consumer in consumers:
        consumer.until(len(said))
    return said


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_lost_over_a_kill(story: Story, name: str) -> None:
    """It goes on where it was, reads both versions, and its steps are in the events' traces."""
    if name not in story.heard:
        without(story.without_node)
    consumer = story.heard[name]
    heard = consumer.heard()
    assert {match["id"] for match in heard} == story.said.keys()
    for match in heard:
        told, trace = story.said[match["id"]]
        assert (match["type"], int(match["about"])) == (told.literal, told.about)
        assert match[4] == trace, "a step of another trace"
        assert match[5] != trace[:16], "the producer's step is not the consumer's"
    # It did not begin anew: only what was under way at the kill came twice.
    first = {match["id"] for match in heard[: consumer.before // 4]}
    assert not first & {match["id"] for match in heard[consumer.before :]}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_short(name: str) -> None:
    """Nobody needs more than a page for it, blank lines aside, and it needs nothing of ours."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= MOST_LINES
    assert "crossdock" not in text


def test_packages_come_from_wherever_npm_is_told() -> None:
    """No lock file, no address: whoever installs decides."""
    assert {path.name for path in (FOLDER / "node").iterdir()} == {"consumer.mjs", "package.json"}
    wanted = json.loads((FOLDER / "node/package.json").read_text(encoding="utf-8"))["dependencies"]
    assert wanted.keys() == {"@nats-io/jetstream", "@nats-io/transport-node"}
    assert all(re.fullmatch(r"\^\d+\.\d+\.\d+", version) for version in wanted.values())
