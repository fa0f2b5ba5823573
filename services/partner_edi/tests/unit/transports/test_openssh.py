"""OpenSSH's own client at our SFTP server, as most partners have it."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KeyFor = Callable[[str], Any]
LIMIT = 300_000
pytestmark = pytest.mark.skipif(not shutil.which("sftp"), reason="OpenSSH's sftp is not installed")


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


async def test_opensshs_client_is_told_why(harbour: Any, key_for: KeyFor, tmp_path: Path) -> None:
    """Failure or refusal: in SFTP's version 3, OpenSSH shows no more than that."""
    huge = tmp_path / "huge.edi"
    huge.write_bytes(b"x" * (LIMIT + 1))
    code, said = await _sftp(harbour, key_for("ACME"), f"put {huge} /inbox/huge.edi\n")
    assert (code, "Failure" in said) == (1, True), said
    code, said = await _sftp(harbour, key_for("ACME"), f"put {huge} /huge.edi\n")
    assert (code, "No such file" in said) == (1, True), said
    assert harbour.inbox("ACME") == {}


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
