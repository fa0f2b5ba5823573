"""Our SFTP server: each partner in its own home, and no half file ever in an inbox."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from partner_edi.transports import sftp_server

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


@pytest.mark.parametrize(
    ("partner_id", "who"),
    [
        ("ACME", "OTHER"),
        ("ACME", "stranger"),
        ("NOBODY", "ACME"),
        ("../ACME", "ACME"),
        ("", "ACME"),
    ],
)
async def test_a_key_opens_its_own_home_only(
    harbour: Any, key_for: KeyFor, partner_id: str, who: str
) -> None:
    """Neither another partner's, nor a stranger's, nor under another name; and makes no folder."""
    with pytest.raises((asyncssh.PermissionDenied, ValueError)):
        async with harbour.sftp(partner_id or " ", key_for(who)):
            pass
    assert sorted(p.name for p in harbour.root.iterdir()) == ["ACME", "OTHER"]


async def test_no_password_no_shell_no_command_no_tunnel(harbour: Any, key_for: KeyFor) -> None:
    """Keys and SFTP, and nothing else that SSH has."""
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            *("127.0.0.1", harbour.port),
            username="ACME",
            password="",
            client_keys=None,
            known_hosts=None,
            agent_path=None,
            config=None,
        )
    async with harbour.connect("ACME", key_for("ACME")) as conn:
        for asked in (conn.run("id"), conn.run(), conn.open_connection("127.0.0.1", 22)):
            with pytest.raises(asyncssh.ChannelOpenError):
                await asked


async def test_a_key_taken_out_of_the_profile_is_sent_away_in_the_middle(
    harbour: Any, key_for: KeyFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was sending is forgotten, and it does not come in again; others stay."""
    monkeypatch.setattr(sftp_server, "BELIEVED", 0.0)
    async with (
        harbour.sftp("ACME", key_for("ACME")) as sftp,
        harbour.sftp("OTHER", key_for("OTHER")) as other,
    ):
        file = await sftp.open("/inbox/po.edi", "wb")
        await file.write(b"ISA")
        harbour.terms.pop("ACME")
        with pytest.raises(asyncssh.SFTPError):
            await file.write(b"more", 3)
        await harbour.until(lambda: not harbour.hidden("ACME"))
        with pytest.raises(asyncssh.PermissionDenied):
            async with harbour.sftp("ACME", key_for("ACME")):
                pass
        assert await other.listdir("/") == ["inbox", "outbox"]
    assert harbour.inbox("ACME") == {}


async def test_a_session_may_not_hold_every_file_open(harbour: Any, key_for: KeyFor) -> None:
    """After some it is told to close them, and then goes on."""
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        opened = [await sftp.open(f"/inbox/{n}.edi", "wb") for n in range(32)]
        with pytest.raises(asyncssh.SFTPFailure, match="close some"):
            await sftp.open("/inbox/33.edi", "wb")
        for file in opened:
            await file.close()
        await (await sftp.open("/inbox/33.edi", "wb")).close()
    assert len(harbour.inbox("ACME")) == 33


async def test_noise_on_the_port_disturbs_nobody(harbour: Any, key_for: KeyFor) -> None:
    """Bytes that are no SSH, and connections that say nothing."""
    silent = [socket.create_connection(("127.0.0.1", harbour.port)) for _ in range(20)]
    for number, one in enumerate(silent):
        one.sendall(b"GET / HTTP/1.1\r\n\r\n" if number % 2 else os.urandom(300))
    async with harbour.sftp("ACME", key_for("ACME")) as sftp:
        assert sorted(await sftp.listdir("/")) == ["inbox", "outbox"]
    for one in silent:
        one.close()


async def test_the_host_key_is_made_once(harbour: Any, key_for: KeyFor) -> None:
    """Partners pin it: the next start has the same, and only its owner can read it."""
    before = (harbour.keys / "host_key").read_bytes()
    assert (harbour.keys / "host_key").stat().st_mode & 0o077 == 0
    async with sftp_server.listening(
        host="127.0.0.1",
        port=0,
        root=harbour.root,
        keys=harbour.keys,
        limit=LIMIT,
        terms_of=harbour.terms.get,
    ) as port:
        harbour.port = port
        async with harbour.sftp("ACME", key_for("ACME")) as sftp:
            assert await sftp.exists("/inbox")
    assert (harbour.keys / "host_key").read_bytes() == before


# OpenSSH's own client, as most partners have it


def _command(harbour: Any, key: Any, *more: str) -> list[str]:
    options = ["BatchMode=yes", "IdentitiesOnly=yes", f"UserKnownHostsFile={harbour.known_hosts}"]
    return [
        "sftp",
        *(word for option in options for word in ("-o", option)),
        *("-F", "none", "-i", str(key.path), "-P", str(harbour.port)),
        *more,
        "ACME@127.0.0.1",
    ]


async def _sftp(harbour: Any, key: Any, batch: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *_command(harbour, key, "-b", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(batch.encode())
    return process.returncode or 0, out.decode()


openssh = pytest.mark.skipif(not shutil.which("sftp"), reason="OpenSSH's sftp is not installed")


@openssh
async def test_opensshs_client_sends_lists_fetches_and_renames(
    harbour: Any, key_for: KeyFor, tmp_path: Path
) -> None:
    """What a partner's script does all day."""
    po = tmp_path / "my order.edi"
    po.write_bytes(b"ISA" * 40_000)
    (harbour.root / "ACME" / "outbox" / "855.edi").write_bytes(b"855")
    batch = f"""
        put "{po}" /inbox/first.edi
        put -p "{po}" /inbox/second.tmp
        rename /inbox/second.tmp "/inbox/second one.edi"
        ls -l /outbox
        get /outbox/855.edi {tmp_path}/855.edi
        rm /outbox/855.edi
    """
    code, said = await _sftp(harbour, key_for("ACME"), batch)
    assert code == 0, said
    assert harbour.inbox("ACME") == dict.fromkeys(["first.edi", "second one.edi"], po.read_bytes())
    assert (tmp_path / "855.edi").read_bytes() == b"855"
    assert not any((harbour.root / "ACME" / "outbox").iterdir())


@openssh
async def test_opensshs_client_is_told_why(harbour: Any, key_for: KeyFor, tmp_path: Path) -> None:
    """Failure or refusal: in SFTP's version 3, OpenSSH shows no more than that."""
    huge = tmp_path / "huge.edi"
    huge.write_bytes(b"x" * (LIMIT + 1))
    code, said = await _sftp(harbour, key_for("ACME"), f"put {huge} /inbox/huge.edi\n")
    assert (code, "Failure" in said) == (1, True), said
    code, said = await _sftp(harbour, key_for("ACME"), f"put {huge} /huge.edi\n")
    assert (code, "No such file" in said) == (1, True), said
    assert harbour.inbox("ACME") == {}


@openssh
async def test_a_killed_client_leaves_nothing(
    harbour: Any, key_for: KeyFor, tmp_path: Path
) -> None:
    """SIGKILL in the middle of an upload: ssh behind it may even say goodbye."""
    big = tmp_path / "big.edi"
    big.write_bytes(b"x" * LIMIT)
    process = await asyncio.create_subprocess_exec(
        *_command(harbour, key_for("ACME"), "-b", "-", "-l", "400"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(f"put {big} /inbox/big.edi\n".encode())
    await process.stdin.drain()
    await harbour.until(lambda: harbour.hidden("ACME"))
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await harbour.until(lambda: not harbour.hidden("ACME"))
    assert harbour.inbox("ACME") == {}
