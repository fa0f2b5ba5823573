"""A partner's own SFTP server: fetched exactly once, put there whole, and trouble is told."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from partner_server import PartnerServer

from partner_edi.transports import sftp_client
from partner_edi.transports.sftp_client import Remote, Trouble, Visits

LIMIT = 300_000


class Store:
    """Takes files in as the intake does: what comes again is known."""

    def __init__(self) -> None:
        self.committed: dict[tuple[str, str, bytes], int] = {}
        self.answer: Callable[[Remote, bytes, float], bool] = lambda *_: True

    async def receive(self, remote: Remote, raw: bytes, quiet: float) -> bool:
        """Commit a file, where it is taken."""
        if not self.answer(remote, raw, quiet):
            return False
        key = remote.name, remote.identity, raw
        self.committed[key] = self.committed.get(key, 0) + 1
        return True

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """Names and contents, in the order of their coming."""
        return [(name, raw) for name, _, raw in self.committed]


@pytest.fixture
def store() -> Store:
    """An empty store."""
    return Store()


def visits(partner: PartnerServer, quiet_seconds: float = 0.0, **changed: Any) -> Visits:
    """Visits to the partner's server."""
    terms = partner.terms(**changed)
    return Visits(terms, partner.keys, limit=LIMIT, quiet_seconds=quiet_seconds)


async def test_files_are_fetched_oldest_first_and_then_deleted(
    partner: PartnerServer, store: Store
) -> None:
    """Of any name; what is not finished, no file, or a link, stays."""
    partner.leave("b.edi", b"first" * 50_000, age=90)
    partner.leave("a ü.edi", b"second", age=80)
    partner.leave(os.fsdecode(b"latin-\xfc.edi"), b"third", age=70)
    partner.leave("c.edi.tmp", b"half")
    partner.leave(".d.edi", b"half")
    (partner.root / "out" / "folder").mkdir()
    (partner.root / "out" / "link.edi").symlink_to(partner.root / "out" / "folder")
    assert await visits(partner).fetch(store.receive) == []
    assert [raw for _, raw in store.files] == [b"first" * 50_000, b"second", b"third"]
    assert sorted(path.name for path in (partner.root / "out").iterdir()) == [
        ".d.edi",
        "c.edi.tmp",
        "folder",
        "link.edi",
    ]


async def test_fetched_files_can_be_kept_there(partner: PartnerServer, store: Store) -> None:
    """Under their names; the same name again gets another, the same content stays once."""
    for content in (b"one", b"two", b"two"):
        partner.leave("po.edi", content)
        await visits(partner, keep_in="/done").fetch(store.receive)
    assert partner.has("out") == {}
    assert sorted(partner.has("done").values()) == [b"one", b"two"]
    assert [raw for _, raw in store.files][:2] == [b"one", b"two"]


async def test_what_is_not_committed_stays(partner: PartnerServer, store: Store) -> None:
    """Neither refused by the intake for now, nor lost with it."""
    partner.leave("po.edi", b"ISA")
    store.answer = lambda *_: False
    assert await visits(partner).fetch(store.receive) == []
    assert partner.has("out") == {"po.edi": b"ISA"}

    async def fails(*_: Any) -> bool:
        raise ConnectionError("the store is away")

    with pytest.raises(Trouble, match="the store is away"):
        await visits(partner).fetch(fails)
    assert partner.has("out") == {"po.edi": b"ISA"}


STEPS = ["open", "read", "stat", "remove"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_line_that_breaks_anywhere_neither_loses_nor_doubles(
    partner: PartnerServer, store: Store, step: str, moment: str
) -> None:
    """Before or after each thing that the server is asked for."""
    partner.leave("po.edi", b"ISA" * 40_000)
    partner.leave("next.edi", b"NEXT", age=10)

    setattr(partner, moment, partner.breaking(step, moment))
    with pytest.raises(Trouble, match="tried again"):
        await visits(partner).fetch(store.receive)
    assert await visits(partner).fetch(store.receive) == []
    assert sorted(store.files) == [("next.edi", b"NEXT"), ("po.edi", b"ISA" * 40_000)]
    assert partner.has("out") == {}


@pytest.mark.parametrize("step", STEPS)
async def test_a_server_that_dies_anywhere_neither_loses_nor_doubles(
    partner: PartnerServer, store: Store, step: str, tmp_path: Path
) -> None:
    """The visit is trouble; the next one, to the server that is back, ends the work."""
    other = PartnerServer(tmp_path / "mortal", tmp_path / "keys")
    other.leave("po.edi", b"ISA" * 40_000)
    reached, dead = asyncio.Event(), asyncio.Event()

    async def holds(what: str, _path: str) -> None:
        if what == step:
            reached.set()
            await dead.wait()

    other.before = holds
    async with other.running():
        working = visits(other)
        task = asyncio.create_task(working.fetch(store.receive))
        await asyncio.wait_for(reached.wait(), 10)
    with pytest.raises(Trouble, match="tried again"):
        await task
    dead.set()
    with pytest.raises(Trouble, match="tried again"):
        await working.fetch(store.receive)
    other.before = None
    async with other.running(other.port):
        assert await working.fetch(store.receive) == []
    assert store.files == [("po.edi", b"ISA" * 40_000)]
    assert other.has("out") == {}


async def test_a_file_that_is_still_being_written_is_not_taken(
    partner: PartnerServer, store: Store
) -> None:
    """It changes between two looks, or while it is read."""
    path = partner.leave("po.edi", b"ISA")

    async def writes_on(what: str, _path: str) -> None:
        if what == "read":
            partner.before = None
            with path.open("ab") as file:
                file.write(b"*more")

    partner.before = writes_on
    working = visits(partner)
    assert await working.fetch(store.receive) == []
    assert store.files == []
    assert await working.fetch(store.receive) == []
    assert store.files == [("po.edi", b"ISA*more")]


async def test_a_new_file_is_looked_at_twice(partner: PartnerServer, store: Store) -> None:
    """A visit waits for the quiet time, once, and takes what has not changed."""
    partner.leave("po.edi", b"ISA", age=0)
    quiet: list[float] = []
    store.answer = lambda _remote, _raw, seconds: not quiet.append(seconds)
    assert await visits(partner, quiet_seconds=0.05).fetch(store.receive) == []
    assert store.files == [("po.edi", b"ISA")]
    assert quiet[0] >= 0.05


async def test_a_file_replaced_while_it_is_committed_is_fetched_too(
    partner: PartnerServer, store: Store
) -> None:
    """Only what was committed is removed."""
    partner.leave("po.edi", b"one", age=60)

    def replaces(_remote: Remote, raw: bytes, _quiet: float) -> bool:
        if raw == b"one":
            partner.leave("po.edi", b"two", age=30)
        return True

    store.answer = replaces
    for _ in range(2):
        assert await visits(partner).fetch(store.receive) == []
    assert store.files == [("po.edi", b"one"), ("po.edi", b"two")]
    assert partner.has("out") == {}


async def test_files_that_cannot_be_taken_leave_the_others_alone(
    partner: PartnerServer, store: Store
) -> None:
    """Too large, a name that no file may have, one that may not be read: each in a sentence."""
    partner.leave("huge.edi", b"x" * (LIMIT + 1), age=99)
    partner.leave("back\\slash.edi", b"x", age=98)
    partner.leave("locked.edi", b"x", age=97)
    partner.leave("good.edi", b"good", age=96)

    async def locks(what: str, path: str) -> None:
        if (what, path) == ("open", "/out/locked.edi"):
            raise asyncssh.SFTPPermissionDenied("locked")

    partner.before = locks
    faults = await visits(partner).fetch(store.receive)
    assert store.files == [("good.edi", b"good")]
    assert len(faults) == 3
    for words in (("300001 bytes", "PARTNER_EDI_FILE_LIMIT"), ("'\\\\'",), ("locked.edi",)):
        assert any(all(word in fault for word in words) for fault in faults), faults
    assert sorted(partner.has("out")) == ["back\\slash.edi", "huge.edi", "locked.edi"]


async def test_a_server_that_lies_about_a_size_fills_no_memory(
    partner: PartnerServer, store: Store
) -> None:
    """Reading ends at the limit, whatever the listing said."""
    path = partner.leave("po.edi", b"x", age=60)

    async def grows(what: str, _path: str) -> None:
        if what == "open":
            path.write_bytes(b"x" * (LIMIT * 3))

    partner.before = grows
    assert await visits(partner).fetch(store.receive) == []
    assert store.files == []
    assert sum(what == "read" for what, _ in partner.said) <= 2 * LIMIT // (1 << 15)


async def test_a_server_with_another_key_is_not_spoken_to(
    partner: PartnerServer, store: Store
) -> None:
    """Nor when ours is not let in; both say what to do, and neither sends anything."""
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with pytest.raises(Trouble, match=r"transport\.host_keys: ask the partner"):
        await visits(partner, host_keys=[stranger]).fetch(store.receive)
    with pytest.raises(Trouble, match=r"host_keys"):
        await sftp_client.put(partner.terms(host_keys=[stranger]), partner.keys, "a", b"x")
    with pytest.raises(Trouble, match=r"let somebody in with our key.*client_key\.pub"):
        await visits(partner, user="somebody").fetch(store.receive)
    with pytest.raises(Trouble, match=r"no folder /no_such: correct transport\.fetch_from"):
        await visits(partner, fetch_from="/no_such").fetch(store.receive)
    assert partner.said == []


async def test_a_server_that_never_answers_is_given_up(
    partner: PartnerServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time, and with its name."""
    monkeypatch.setattr(sftp_client, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Trouble, match=f"127.0.0.1:{port}"):
            await visits(partner, port=port).fetch(store.receive)
    with pytest.raises(Trouble, match=r"tried again"):
        await visits(partner, port=port).fetch(store.receive)
