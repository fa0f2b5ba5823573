"""Our SFTP server: each partner in its own home, and no half file ever in an inbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

KeyFor = Callable[[str], Any]
LIMIT = 300_000


async def test_what_is_sent_lies_in_the_inbox_once_it_is_closed(
    harbour: Any, key_for: KeyFor
) -> None:
    """Not before: a file that is open is not there, in whatever order its pieces come."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        file = await sftp.open("/inbox/po.edi", "wb")
        await file.write(b"world", 6)
        await file.write(b"hello ", 0)
        assert harbour.inbox("ACME") == {}
        assert await sftp.listdir("/inbox") == []
        await file.close()
        assert harbour.inbox("ACME") == {"po.edi": b"hello world"}
        assert (await sftp.stat("/inbox/po.edi")).size == 11
    assert harbour.hidden("ACME") == []


async def test_a_file_is_there_for_its_sender_after_it_was_taken_in(
    harbour: Any, key_for: KeyFor
) -> None:
    """Clients that look whether their upload arrived do not send it twice."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        async with sftp.open("/inbox/po.edi", "wb") as file:
            await file.write(b"ISA")
        (harbour.root / "ACME" / "inbox" / "po.edi").unlink()
        assert (await sftp.stat("/inbox/po.edi")).size == 3
        await sftp.utime("/inbox/po.edi", (1, 1))
        with pytest.raises(asyncssh.SFTPNoSuchFile, match=r"no inbox/other\.edi"):
            await sftp.stat("/inbox/other.edi")


@pytest.mark.parametrize("end", ["abort", "channel"])
async def test_a_file_that_is_cut_off_leaves_nothing(
    harbour: Any, key_for: KeyFor, end: str
) -> None:
    """Whether the line breaks, or the client dies and its ssh says goodbye."""
    async with harbour.connect("ACME", key_for("ACME")) as conn:
        sftp = await conn.start_sftp_client()
        file = await sftp.open("/inbox/po.edi", "wb")
        await file.write(b"ISA" * 1000)
        assert len(harbour.hidden("ACME")) == 1
        conn.abort() if end == "abort" else sftp.exit()
        await harbour.until(lambda: not harbour.hidden("ACME"))
    assert harbour.inbox("ACME") == {}


async def test_a_file_over_the_limit_is_refused_and_forgotten(
    harbour: Any, key_for: KeyFor
) -> None:
    """The client is told the limit, once more when it closes what it could not write."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        file = await sftp.open("/inbox/huge.edi", "wb")
        await file.write(b"x" * LIMIT)
        with pytest.raises(asyncssh.SFTPFailure, match=r"more than the 300000 bytes"):
            await file.write(b"x")
        with pytest.raises(asyncssh.SFTPFailure, match=r"more than the 300000 bytes"):
            await file.close()
        async with sftp.open("/inbox/just.edi", "wb") as file:
            await file.write(b"x" * LIMIT)
    assert [*harbour.inbox("ACME")] == ["just.edi"]
    assert harbour.hidden("ACME") == []


async def test_a_file_with_a_hole_is_refused(harbour: Any, key_for: KeyFor) -> None:
    """Such as the second half of an upload that somebody thought to resume."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        file = await sftp.open("/inbox/po.edi", "wb")
        await file.write(b"second half", 100)
        with pytest.raises(asyncssh.SFTPFailure, match="only 11 of 111 bytes"):
            await file.close()
        for flags in (asyncssh.FXF_WRITE, asyncssh.FXF_WRITE | asyncssh.FXF_CREAT):
            with pytest.raises(asyncssh.SFTPPermissionDenied, match="as a whole"):
                await sftp.open("/inbox/po.edi", flags)
        both = asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
        async with sftp.open("/inbox/po.edi", both, encoding=None) as file:
            await file.write(b"whole")
            with pytest.raises(asyncssh.SFTPPermissionDenied):
                await file.read(5, 0)
    assert harbour.inbox("ACME") == {"po.edi": b"whole"}
    assert harbour.hidden("ACME") == []


async def test_two_files_of_one_name_are_two_files(harbour: Any, key_for: KeyFor) -> None:
    """The second is not written over the first, which nobody has read yet; nor by a rename."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        for content in (b"one", b"two"):
            async with sftp.open("/inbox/po.edi", "wb") as file:
                await file.write(content)
        async with sftp.open("/inbox/po.edi.filepart", "wb") as file:
            await file.write(b"three")
        assert len(harbour.inbox("ACME")) == 2
        await sftp.posix_rename("/inbox/po.edi.filepart", "/inbox/po.edi")
        assert (await sftp.stat("/inbox/po.edi")).size == 3
    assert sorted(harbour.inbox("ACME").values()) == [b"one", b"three", b"two"]
    assert all(name.startswith("po") for name in harbour.inbox("ACME"))


NAMES = ["with space.edi", "Bestellung-Ü-訂單.edi", "quote'\".edi", "-rf", "a" * 200]


async def test_names_of_every_kind(harbour: Any, key_for: KeyFor) -> None:
    """Spaces, other alphabets, quotes, and bytes that are no text come as they are."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        for name in [*(n.encode() for n in NAMES), b"latin-\xfc.edi"]:
            async with sftp.open(b"/inbox/" + name, "wb") as file:
                await file.write(b"x")
        listed = {n.filename async for n in sftp.scandir(b"/inbox")}
    assert {os.fsencode(name) for name in harbour.inbox("ACME")} == {
        *(name.encode() for name in NAMES),
        b"latin-\xfc.edi",
    }
    assert len(listed) == len(NAMES) + 1


BAD_NAMES = ["a\\b.edi", "new\nline.edi", "nul\0.edi", "a" * 201, "..."[:2]]


async def test_names_that_no_file_can_have_are_refused(harbour: Any, key_for: KeyFor) -> None:
    """Each with a sentence, and the session goes on."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        for name in BAD_NAMES:
            with pytest.raises(asyncssh.SFTPError):
                await sftp.open(f"/inbox/{name}", "wb")
        async with sftp.open("/inbox/good.edi", "wb") as file:
            await file.write(b"x")
    assert [*harbour.inbox("ACME")] == ["good.edi"]


PATHS = [
    "/inbox/../../OTHER/inbox/x.edi",
    "../OTHER/inbox/x.edi",
    "/inbox/../archive/x.edi",
    "/../../../../../../../../tmp/x.edi",
    "/inbox/sub/x.edi",
    "/inbox/../x.edi",
    "/archive/x.edi",
    "/x.edi",
    "/",
    "/inbox",
]


def everything(folder: Path) -> list[Path]:
    """All files below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_no_path_leads_out_of_a_home(harbour: Any, key_for: KeyFor, tmp_path: Path) -> None:
    """Not upwards, not to another partner, not into folders that are ours."""
    harbour.known_hosts.touch()
    before = everything(tmp_path)
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        for path in PATHS:
            with pytest.raises(asyncssh.SFTPError):
                await sftp.open(path, "wb")
        for path in ("/archive", "../OTHER", "/etc", "/inbox/sub", "/inbox/../../OTHER/inbox"):
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await sftp.listdir(path)
        assert sorted(await sftp.listdir("/")) == ["inbox", "outbox"]
        assert sorted(await sftp.listdir("/inbox/../../..")) == ["inbox", "outbox"]
        assert await sftp.realpath("../../etc") == "/etc"
    assert everything(tmp_path) == before


async def test_links_and_folders_are_not_for_partners(harbour: Any, key_for: KeyFor) -> None:
    """A link that is there already is not followed, and none can be made."""
    secret = harbour.root / "OTHER" / "outbox" / "855.edi"
    secret.write_bytes(b"theirs")
    (harbour.root / "ACME" / "outbox" / "link.edi").symlink_to(secret)
    (harbour.root / "ACME" / "outbox" / "mine.edi").write_bytes(b"mine")
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        refused = [
            sftp.symlink("/outbox/mine.edi", "/inbox/l.edi"),
            sftp.link("/outbox/mine.edi", "/inbox/l.edi"),
            sftp.mkdir("/inbox/sub"),
            sftp.rmdir("/inbox"),
            sftp.remove("/inbox"),
            sftp.readlink("/outbox/link.edi"),
            sftp.rename("/outbox/mine.edi", "/inbox/mine.edi"),
            sftp.open("/outbox/mine.edi", "wb"),
            sftp.open("/outbox/mine.edi", "ab"),
            sftp.open("/outbox/link.edi", "rb"),
            sftp.open("/inbox/again.edi", "ab"),
            sftp.stat("/outbox/link.edi"),
            sftp.statvfs("/"),
            sftp.rename("/inbox/none.tmp", "/inbox/none.edi"),
        ]
        for call in refused:
            with pytest.raises(asyncssh.SFTPError):
                await call
        assert await sftp.listdir("/outbox") == ["mine.edi"]


async def test_the_outbox_is_read_and_emptied_by_its_partner(harbour: Any, key_for: KeyFor) -> None:
    """Only its own, and only whole files."""
    outbox = harbour.root / "ACME" / "outbox"
    (outbox / "997 ü.edi").write_bytes(b"ISA" * 50_000)
    (outbox / ".855.edi.tmp").write_bytes(b"half")
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        assert await sftp.listdir("/outbox") == ["997 ü.edi"]
        async with sftp.open("/outbox/997 ü.edi", "rb") as file:
            assert await file.read() == b"ISA" * 50_000
        await sftp.remove("/outbox/997 ü.edi")
        assert await sftp.listdir("/outbox") == []
    async with harbour.sftp("OTHER", key_for("OTHER")) as sftp:
        assert await sftp.listdir("/outbox") == []
