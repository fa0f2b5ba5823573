"""A partner's SFTP server: an ordinary one with a folder of its own, and hands on what it does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

from partner_edi.transports.own_keys import CLIENT_KEY, public_half
from partner_edi.transports.terms import TheirSftp

Before = Callable[[str, str], Awaitable[None]]


class PartnerServer:
    """What the partner has at its end; `before` is awaited at each thing that is asked of it."""

    def __init__(self, root: Path, keys: Path) -> None:
        self.root = root
        self.keys = keys
        self.port = 0
        self.said: list[tuple[str, str]] = []
        self.refuse = False
        self.before: Before | None = None
        self.after: Before | None = None
        self.guests: list[Any] = []
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        for box in ("out", "in", "done"):
            (root / box).mkdir(parents=True)

    @property
    def public(self) -> str:
        """Its host key."""
        return self.host_key.export_public_key().decode().strip()

    @property
    def profile(self) -> str:
        """What a profile says of its transport."""
        return (
            "transport:\n  kind: their_sftp\n  host: 127.0.0.1\n  user: crossdock\n"
            f"  port: {self.port}\n  host_keys: [{self.public!r}]\n"
            "  fetch_from: /out\n  put_into: /in\n  keep_in: /done\n  every_seconds: 0.1\n"
        )

    def terms(self, **changed: Any) -> TheirSftp:
        """What the profile says of this server."""
        given = {
            "kind": "their_sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "user": "crossdock",
            "host_keys": [self.public],
            "fetch_from": "/out",
            "put_into": "/in",
        }
        return TheirSftp.model_validate({**given, **changed})

    def has(self, box: str) -> dict[str, bytes]:
        """What lies in one of its folders."""
        return {path.name: path.read_bytes() for path in (self.root / box).iterdir()}

    def leave(self, name: str, content: bytes, age: float = 60.0) -> Path:
        """Put a file there for us, as one that was written a while ago."""
        path = self.root / "out" / name
        path.write_bytes(content)
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))
        return path

    def hang_up(self) -> None:
        """Every line breaks."""
        for guest in self.guests:
            guest.abort()
        self.guests.clear()

    def breaking(self, step: str, moment: str) -> Before:
        """Breaks the line, once, when the server is asked for something."""

        async def breaks(what: str, _path: str) -> None:
            if what == step:
                setattr(self, moment, None)
                self.hang_up()

        return breaks

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[PartnerServer]:
        """Listen; every open connection ends with it."""
        there = self

        class Door(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                there.guests.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                ours = public_half(there.keys, CLIENT_KEY).split()[1]
                known = username == "crossdock" and not there.refuse
                return known and ours in key.export_public_key().decode()

        acceptor = await asyncssh.listen(
            "127.0.0.1",
            port,
            server_factory=Door,
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: _Files(channel, self),
        )
        self.port = acceptor.get_port()
        try:
            yield self
        finally:
            acceptor.close()
            self.hang_up()
            await acceptor.wait_closed()


def _told(name: str) -> Any:
    """An operation that says that it happens, and may be held or refused."""

    async def operation(self: _Files, *args: Any) -> Any:
        first = args[0] if isinstance(args[0], bytes) else self.opened.get(args[0], b"")
        what = (name, os.fsdecode(first))
        self.there.said.append(what)
        if self.there.before is not None:
            await self.there.before(*what)
        answer = getattr(asyncssh.SFTPServer, name)(self, *args)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if name == "open":
            self.opened[answer] = first
            self.files.append(answer)
        if self.there.after is not None:
            await self.there.after(*what)
        return answer

    return operation


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, there: PartnerServer) -> None:
        super().__init__(channel, chroot=str(there.root).encode())
        self.there = there
        self.opened: dict[Any, bytes] = {}
        self.files: list[Any] = []

    def exit(self) -> None:
        for file in self.files:
            file.close()

    open = _told("open")
    read = _told("read")
    write = _told("write")
    stat = _told("stat")
    remove = _told("remove")
    rename = _told("rename")
