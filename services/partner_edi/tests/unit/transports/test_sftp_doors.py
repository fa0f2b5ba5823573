"""Who comes in at our SFTP server, and who is sent away."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import asyncssh
import pytest

from partner_edi.transports import sftp_server

KeyFor = Callable[[str], Any]
LIMIT = 300_000


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
