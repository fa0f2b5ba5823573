"""A partner's home on our SFTP server: `/inbox` takes files, `/outbox` gives them, that is all."""

from __future__ import annotations

import asyncio
import os
import posixpath
import secrets
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, BinaryIO

import asyncssh
import structlog

from . import folders, names

log = structlog.get_logger()
MOST_OPEN = 32
WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
HOW = "send a file as a whole into /inbox"


class Upload:
    """A file on its way in: hidden until it is closed, and gone if it is cut off."""

    def __init__(self, inbox: Path, name: str, limit: int) -> None:
        self.name = name
        self.limit = limit
        self.spoilt = ""
        self._written = 0
        self.path = inbox / f".{secrets.token_hex(8)}.upload"
        self.file: BinaryIO = open(self.path, "xb+", buffering=0)  # noqa: SIM115 - closed by SFTP

    def write(self, offset: int, data: bytes) -> int:
        """Take a piece; more than the limit spoils the whole."""
        if offset + len(data) > self.limit:
            self.spoilt = f"{self.name} has more than the {self.limit} bytes that a file may have"
            raise asyncssh.SFTPFailure(self.spoilt)
        try:
            self.file.seek(offset)
            written = self.file.write(data)
        except OSError as error:
            self.spoilt = str(error)
            raise
        if written < len(data):  # which is how a disk that is full first shows
            self.spoilt = f"only {written} of {len(data)} bytes could be written"
        self._written += written
        return written

    @property
    def size(self) -> int:
        """Bytes from the first to the last."""
        return os.fstat(self.file.fileno()).st_size

    @property
    def fault(self) -> str:
        """Why this cannot be taken in; empty when it can."""
        if not self.spoilt and self._written < self.size:
            return f"only {self._written} of {self.size} bytes were sent: send it as a whole"
        return self.spoilt

    def finish(self, inbox: Path) -> Path:
        """Make the file durable, and let it be seen."""
        os.fsync(self.file.fileno())
        self.file.close()
        return folders.publish(self.path, inbox, self.name)

    def discard(self) -> None:
        """Forget the file."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class Home(asyncssh.SFTPServer):
    """What one session of a partner can see and do."""

    def __init__(
        self,
        channel: asyncssh.SSHServerChannel[bytes],
        home: Path,
        limit: int,
        admit: Callable[[], None],
    ) -> None:
        super().__init__(channel)
        self.ended = False
        self._home = home
        self._limit = limit
        self._admit = admit
        self._open = 0
        # Clients look at a file after they have sent it; we may have taken it in by then.
        self._sent: dict[str, int] = {}

    # Files

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Upload | BinaryIO:
        """Begin to take a file in, or to give one out."""
        box, name = self._place(path)
        if self._open >= MOST_OPEN:
            raise asyncssh.SFTPFailure(f"{self._open} files are open: close some of them first")
        opened = self._begin(box, name, pflags) if pflags & WRITING else self._give(box, name)
        self._open += 1
        return opened

    def _begin(self, box: str, name: str, pflags: int) -> Upload:
        afresh = pflags & (asyncssh.FXF_TRUNC | asyncssh.FXF_EXCL)
        if box != "inbox" or not name or not afresh or pflags & asyncssh.FXF_APPEND:
            raise asyncssh.SFTPPermissionDenied(HOW)
        if fault := names.fault(name):
            raise asyncssh.SFTPFailure(fault)
        return Upload(self._home / box, name, self._limit)

    def _give(self, box: str, name: str) -> BinaryIO:
        if box != "outbox" or not name:
            raise asyncssh.SFTPPermissionDenied("only the files in /outbox can be read")
        self._status(box, name)
        return open(self._home / box / name, "rb", buffering=0)

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        """Take a piece of a file."""
        self._admit()
        if not isinstance(file_obj, Upload):
            raise asyncssh.SFTPPermissionDenied(HOW)
        return file_obj.write(offset, data)

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        """Give a piece of a file."""
        self._admit()
        if isinstance(file_obj, Upload):
            raise asyncssh.SFTPPermissionDenied("what is being sent cannot be read")
        file_obj.seek(offset)
        return bytes(file_obj.read(size))

    async def close(self, file_obj: Any) -> None:
        """Take in what was sent as a whole; drop what was cut off or spoilt."""
        self._open -= 1
        if not isinstance(file_obj, Upload):
            file_obj.close()
            return
        size = file_obj.size
        try:
            if why := "it was cut off" if self.ended else file_obj.fault:
                raise asyncssh.SFTPFailure(why)
            self._admit()
            path = await asyncio.to_thread(file_obj.finish, self._home / "inbox")
        except (asyncssh.SFTPError, OSError) as error:
            file_obj.discard()
            facts = {"partner": self._home.name, "file": file_obj.name, "size": size}
            log.warning("upload_not_taken", **facts, why=str(error))
            if not self.ended:
                raise
            return
        self._sent[file_obj.name] = size
        log.info("uploaded", partner=self._home.name, file=path.name, size=size)

    def fstat(self, file_obj: Any) -> asyncssh.SFTPAttrs:
        """What an open file looks like."""
        file = file_obj.file if isinstance(file_obj, Upload) else file_obj
        return _attrs(os.fstat(file.fileno()))

    def fsync(self, file_obj: Any) -> None:
        """Nothing: closing a file makes it durable."""

    # Names

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """What a file or folder looks like."""
        return self._status(*self._place(path))

    lstat = stat

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """What lies in a folder."""
        box, name = self._place(path)
        if name:
            raise asyncssh.SFTPNoSuchFile(f"{name} is no folder")
        if not box:
            for each in ("inbox", "outbox"):
                yield asyncssh.SFTPName(each.encode(), attrs=self._status(each, ""))
            return
        for entry in await asyncio.to_thread(os.scandir, self._home / box):
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                yield asyncssh.SFTPName(os.fsencode(entry.name), attrs=_attrs(entry.stat()))

    def realpath(self, path: bytes) -> bytes:
        """A path from the home's root, whether or not there is such a file."""
        return _normal(path)

    def remove(self, path: bytes) -> None:
        """Take a file out of the outbox, or take one back that we have not read yet."""
        box, name = self._place(path)
        self._status(box, name)
        (self._home / box / name).unlink()
        log.info("removed_by_partner", partner=self._home.name, box=box, file=name)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file that was sent under a working name its own."""
        (box, old), (target, new) = self._place(oldpath), self._place(newpath)
        if (box, target) != ("inbox", "inbox"):
            raise asyncssh.SFTPPermissionDenied("only within /inbox are files renamed")
        if fault := names.fault(new):
            raise asyncssh.SFTPFailure(fault)
        status = self._status(box, old)
        inbox = self._home / "inbox"
        await asyncio.to_thread(folders.publish, inbox / old, inbox, new)
        self._sent[new] = status.size or 0

    posix_rename = rename

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Times and permissions, which many clients set after an upload, are let pass."""
        self._place(path)

    lsetstat = setstat

    def fsetstat(self, file_obj: Any, attrs: asyncssh.SFTPAttrs) -> None:
        """The same for an open file."""

    def map_path(self, path: bytes) -> bytes:
        """Whatever else SFTP has (links, folders, disk space) is not for partners."""
        raise asyncssh.SFTPPermissionDenied("this is not allowed here")

    # Where things are

    def _place(self, path: bytes) -> tuple[str, str]:
        """The box and the name that a path means, for a partner who is still welcome."""
        self._admit()
        parts = [part for part in os.fsdecode(_normal(path)).split("/") if part]
        if "\0" in "".join(parts) or len(parts) > 2 or parts[:1] not in ([], ["inbox"], ["outbox"]):
            raise asyncssh.SFTPNoSuchFile("there is /inbox and /outbox here, and nothing else")
        box, name = [*parts, "", ""][:2]
        return box, name

    def _status(self, box: str, name: str) -> asyncssh.SFTPAttrs:
        try:
            status = (self._home / box / name).lstat()
        except FileNotFoundError:
            if box == "inbox" and name in self._sent:
                mode = stat.S_IFREG | 0o600
                return asyncssh.SFTPAttrs(size=self._sent[name], permissions=mode)
            raise asyncssh.SFTPNoSuchFile(f"there is no {box}/{name}") from None
        if name and not stat.S_ISREG(status.st_mode):
            raise asyncssh.SFTPNoSuchFile(f"{box}/{name} is no file")
        return _attrs(status)


def _normal(path: bytes) -> bytes:
    return b"/" + posixpath.normpath(b"/" + path).lstrip(b"/")


def _attrs(status: os.stat_result) -> asyncssh.SFTPAttrs:
    """What a partner may know of a file: no owner of this machine."""
    return asyncssh.SFTPAttrs(
        size=status.st_size,
        permissions=status.st_mode,
        atime=int(status.st_atime),
        mtime=int(status.st_mtime),
    )
