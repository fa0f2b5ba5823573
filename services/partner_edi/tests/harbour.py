"""Our SFTP server as a partner meets it: keys, ways in, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncssh
import msgspec

from partner_edi.transports import folders
from partner_edi.transports.terms import Transport


class Key(msgspec.Struct, frozen=True):
    """A key pair: a file for OpenSSH, and the line for a profile."""

    path: Path
    public: str


def make_key(path: Path) -> Key:
    """The key pair in a file, made when it is first asked for."""
    if not path.exists():
        asyncssh.generate_private_key("ssh-ed25519", path.name).write_private_key(path)
        path.chmod(0o600)
    public = asyncssh.read_private_key(path).export_public_key().decode().strip()
    return Key(path, public)


class Harbour:
    """A running SFTP server of ours, the partners' homes, and ways in."""

    def __init__(self, root: Path, keys: Path, terms: dict[str, Transport]) -> None:
        self.root = root
        self.keys = keys
        self.terms = terms
        self.port = 0

    @property
    def known_hosts(self) -> Path:
        """Our host key, as a client's file has it."""
        public = (self.keys / "host_key.pub").read_text()
        path = self.keys / "known_hosts"
        path.write_text(f"[127.0.0.1]:{self.port} {public}")
        return path

    def connect(
        self, partner_id: str, key: Key
    ) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
        """A connection with a partner's key and nothing else."""
        return asyncssh.connect(
            *("127.0.0.1", self.port),
            username=partner_id,
            client_keys=[str(key.path)],
            known_hosts=str(self.known_hosts),
            agent_path=None,
            config=None,
        )

    @asynccontextmanager
    async def sftp(self, partner_id: str, key: Key) -> AsyncIterator[asyncssh.SFTPClient]:
        """A partner's session."""
        async with self.connect(partner_id, key) as conn, conn.start_sftp_client() as sftp:
            yield sftp

    def inbox(self, partner_id: str) -> dict[str, bytes]:
        """What the intake would find there."""
        found = folders.files(self.root / partner_id / "inbox")
        return {entry.name: Path(entry.path).read_bytes() for entry in found}

    def hidden(self, partner_id: str) -> list[str]:
        """What is on its way in, or was forgotten."""
        return [p.name for p in (self.root / partner_id / "inbox").glob(".*")]

    async def until(self, true: Callable[[], object]) -> None:
        """Return when something has become true."""
        async with asyncio.timeout(10):
            while not true():
                await asyncio.sleep(0.01)
