"""A partner's own SFTP server: what it has for us is fetched, what we have for it is put there.

asyncssh is imported where a visit begins: it takes 30 MB, and few services ever pay one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from . import names
from .own_keys import CLIENT_KEY, key_file
from .quiet import Quiet
from .terms import TheirSftp

if TYPE_CHECKING:
    import asyncssh

CHUNK = 1 << 16
MOST_LISTED = 10_000
LONGEST_VISIT = 300.0
# To connect and to put: together less than an errand may take.
PATIENCE = 10.0
LONGEST_PUT = 10.0


class Trouble(Exception):
    """A visit came to nothing, or to less than it should: the text has values and next step."""


class NotTaken(Exception):
    """The intake cannot take this one file; it stays, and the others go on."""


class Remote(msgspec.Struct, frozen=True):
    """A file on the partner's server, as its listing tells."""

    name: str
    size: int
    mtime: int

    @property
    def identity(self) -> str:
        """What tells the file from a later one of the same name."""
        return f"sftp/{self.mtime}/{self.size}"


# Takes a file in: True once it is committed, False when it is not complete and may still grow.
# `quiet` is for how many seconds it has not changed.
Receive = Callable[[Remote, bytes, float], Awaitable[bool]]


class Visits:
    """The visits to one partner's server; remembers how its files looked before."""

    def __init__(self, terms: TheirSftp, keys: Path, *, limit: int, quiet_seconds: float) -> None:
        self.terms = terms
        self._keys = keys
        self._limit = limit
        self._quiet_seconds = quiet_seconds
        self._quiet: Quiet[str, Remote] = Quiet()

    async def fetch(self, receive: Receive) -> list[str]:
        """Take in what lies there, oldest first; what is wrong with single files, in sentences.

        A file leaves the server only after it is committed here. When it cannot be removed it is
        fetched again, and the intake knows it.
        """
        async with visit(self.terms, self._keys, LONGEST_VISIT) as sftp:
            found, faults = await self._look(sftp)
            if any(self._quiet.of(each.name) < self._quiet_seconds for each in found):
                await asyncio.sleep(self._quiet_seconds)
                found, faults = await self._look(sftp)
            for each in found:
                if (quiet := self._quiet.of(each.name)) >= self._quiet_seconds:
                    faults += await self._fetch_one(sftp, each, quiet, receive)
        return faults

    async def _look(self, sftp: asyncssh.SFTPClient) -> tuple[list[Remote], list[str]]:
        found, faults = [], []
        async for entry in self._listed(sftp):
            name = os.fsdecode(entry.filename)
            if names.unfinished(name) or not _is_plain(entry.attrs):
                continue
            if fault := names.fault(name):
                faults.append(f"{fault}; it stays on {self.terms.host}")
                continue
            found.append(Remote(name, entry.attrs.size or 0, entry.attrs.mtime or 0))
            if len(found) >= MOST_LISTED:
                break
        self._quiet.look({each.name: each for each in found})
        return sorted(found, key=lambda each: (each.mtime, each.name)), faults

    async def _listed(self, sftp: asyncssh.SFTPClient) -> AsyncIterator[Any]:
        from asyncssh import SFTPNoSuchFile

        try:
            async for entry in sftp.scandir(self.terms.fetch_from.encode()):
                yield entry
        except SFTPNoSuchFile as error:
            text = f"{self.terms.host} has no folder {self.terms.fetch_from}"
            raise Trouble(f"{text}: correct transport.fetch_from in the profile") from error

    async def _fetch_one(
        self, sftp: asyncssh.SFTPClient, remote: Remote, quiet: float, receive: Receive
    ) -> list[str]:
        from asyncssh import SFTPConnectionLost, SFTPError, SFTPNoConnection

        path = _join(self.terms.fetch_from, remote.name)
        try:
            if remote.size > self._limit:
                return [self._too_large(remote)]
            raw = await self._read(sftp, path)
            if len(raw) != remote.size or await self._changed(sftp, path, remote):
                return []  # it is being written, or was taken away: the next visit sees
            if await receive(remote, raw, quiet) and not await self._changed(sftp, path, remote):
                await self._clear(sftp, path, remote.name, raw)
        except (SFTPConnectionLost, SFTPNoConnection):
            raise
        except (SFTPError, NotTaken) as error:
            return [f"{remote.name} on {self.terms.host}: {type(error).__name__}: {error}"]
        return []

    async def _read(self, sftp: asyncssh.SFTPClient, path: bytes) -> bytes:
        """The file's bytes, and no more than may come."""
        raw = bytearray()
        async with sftp.open(path, "rb") as file:
            while len(raw) <= self._limit:
                piece: Any = await file.read(CHUNK)
                if not piece:
                    break
                raw += piece
        return bytes(raw)

    async def _changed(self, sftp: asyncssh.SFTPClient, path: bytes, remote: Remote) -> bool:
        """Whether there is another file now than the one that was listed, or none."""
        from asyncssh import SFTPNoSuchFile

        try:
            now = await sftp.stat(path)
        except SFTPNoSuchFile:
            return True
        return ((now.size or 0), (now.mtime or 0)) != (remote.size, remote.mtime)

    async def _clear(self, sftp: asyncssh.SFTPClient, path: bytes, name: str, raw: bytes) -> None:
        """Move away or delete what is committed here."""
        from asyncssh import SFTPError

        if self.terms.keep_in is None:
            await sftp.remove(path)
            return
        try:
            await sftp.rename(path, _join(self.terms.keep_in, name))
        except SFTPError:
            given, mark = Path(name), hashlib.sha256(raw).hexdigest()[:12]
            other = f"{given.stem}.{mark}{given.suffix}"
            if await sftp.exists(_join(self.terms.keep_in, other)):
                await sftp.remove(path)  # the same content is kept there already
            else:
                await sftp.rename(path, _join(self.terms.keep_in, other))

    def _too_large(self, remote: Remote) -> str:
        return (
            f"{remote.name} on {self.terms.host} has {remote.size} bytes, more than the"
            f" {self._limit} allowed, and stays there: have it split, or raise"
            " PARTNER_EDI_FILE_LIMIT"
        )


async def put(terms: TheirSftp, keys: Path, name: str, content: bytes) -> None:
    """Put a file into the partner's folder: written under a working name, then renamed.

    When a crash came after the renaming, the file is there already, and that is enough.
    """
    hidden, target = _join(terms.put_into, f".{name}.tmp"), _join(terms.put_into, name)
    async with visit(terms, keys, LONGEST_PUT) as sftp:
        if await sftp.exists(target):
            if await sftp.getsize(target) == len(content):
                return
            text = f"{terms.put_into} on {terms.host} has another file {name} than ours"
            raise Trouble(f"{text}: have it taken away")
        async with sftp.open(hidden, "wb") as file:
            await file.write(content)
        await sftp.rename(hidden, target)


@asynccontextmanager
async def visit(terms: TheirSftp, keys: Path, longest: float) -> AsyncIterator[asyncssh.SFTPClient]:
    """A session on the partner's server; Trouble when there is none, or when it breaks off.

    After `longest` seconds the connection is cut: leaving a session politely would wait for the
    server, which may have fallen silent in the middle of a request.
    """
    import asyncssh

    asyncssh.set_log_level("WARNING")
    key = await asyncio.to_thread(key_file, keys, CLIENT_KEY)
    trusted = [asyncssh.import_public_key(line) for line in terms.host_keys]
    where = f"{terms.host}:{terms.port}"
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE + longest
    try:
        async with (
            asyncssh.connect(
                terms.host,
                terms.port,
                username=terms.user,
                client_keys=[str(key)],
                known_hosts=(trusted, [], []),
                agent_path=None,
                config=None,
                preferred_auth="publickey",
                connect_timeout=PATIENCE,
                login_timeout=PATIENCE,
                keepalive_interval=PATIENCE,
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):
            until = loop.time() + longest
            cut = loop.call_at(until, connection.abort)
            try:
                yield sftp
            finally:
                cut.cancel()
    except asyncssh.HostKeyNotVerifiable as error:
        text = (
            f"{where} shows a host key that is not in the profile's transport.host_keys: ask the"
            " partner, over another way, whether it has a new one, and write it there"
        )
        raise Trouble(text) from error
    except asyncssh.PermissionDenied as error:
        text = (
            f"{where} does not let {terms.user} in with our key: give the partner its public half,"
            f" {key.with_suffix('.pub')}"
        )
        raise Trouble(text) from error
    except (OSError, asyncssh.Error) as error:
        why = f": {type(error).__name__}: {error}"
        if isinstance(error, TimeoutError) or loop.time() >= until:
            why = " did not answer in time"
        raise Trouble(f"{where}{why}; it is tried again") from error


def _join(folder: str, name: str) -> bytes:
    return os.fsencode(f"{folder.rstrip('/')}/{name}")


def _is_plain(attrs: Any) -> bool:
    """A file, or what a server that tells no kinds may mean by one."""
    return (
        attrs.permissions is None
        or not stat.S_IFMT(attrs.permissions)
        or stat.S_ISREG(attrs.permissions)
    )
