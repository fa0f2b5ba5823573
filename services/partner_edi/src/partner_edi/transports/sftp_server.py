"""Our SFTP server: partners come with their keys, each to its own home."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh
import structlog
from asyncssh.stream import SSHServerStreamSession

from crossdock import Service
from crossdock.errors import NotReady

from .. import book
from . import folders
from .home import Home
from .own_keys import HOST_KEY, key_file
from .public_keys import body
from .terms import OurSftp, Transport

log = structlog.get_logger()
# How a partner's terms are found; None where there is no such partner.
TermsOf = Callable[[str], Transport | None]
# A key that is taken out of a profile is refused after so many seconds, on open connections too.
BELIEVED = 1.0
SFTP_VERSION = 3
GONE = "this key is not in the partner's profile any more"


class Guard:
    """Who may come in, as the profiles say now."""

    def __init__(self, terms_of: TermsOf) -> None:
        self._terms_of = terms_of
        self._known: dict[str, tuple[frozenset[str], float]] = {}

    def knows(self, partner_id: str, key: str) -> bool:
        """Whether a partner may come with a key."""
        keys, until = self._known.get(partner_id, (frozenset(), 0.0))
        if until < time.monotonic():
            terms = self._terms_of(partner_id)
            keys = frozenset(map(body, terms.keys)) if isinstance(terms, OurSftp) else frozenset()
            if keys:
                self._known[partner_id] = keys, time.monotonic() + BELIEVED
        return key in keys


class Session(SSHServerStreamSession[bytes]):
    """SFTP in a partner's home, and no shell, command or other subsystem.

    A home closes in the same way what its partner has closed and what was left open at the end:
    so it is told when nothing more comes.
    """

    def __init__(self, enter: Callable[[Any], Home]) -> None:
        super().__init__(None, self._enter, SFTP_VERSION)
        self._enter_home = enter
        self._home: Home | None = None

    def _enter(self, channel: Any) -> Home:
        self._home = self._enter_home(channel)
        return self._home

    async def read(self, datatype: int | None, n: int, exact: bool) -> bytes:
        """The next bytes from the partner."""
        try:
            return await super().read(datatype, n, exact)
        except BaseException:
            if self._home is not None:
                self._home.ended = True
            raise


class Door(asyncssh.SSHServer):
    """One connection: a key and a name, or nothing."""

    def __init__(self, guard: Guard, enter: Callable[[Any], Home], guests: set[Any]) -> None:
        self._guard = guard
        self._enter = enter
        self._guests = guests

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, to close it when the service stops."""
        self._conn = conn
        self._guests.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._guests.discard(self._conn)

    def public_key_auth_supported(self) -> bool:
        """Keys are the only way in."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this partner's profile has this key."""
        offered = body(key.export_public_key().decode())
        self._conn.set_extra_info(offered_key=offered)
        if self._guard.knows(username, offered):
            return True
        log.warning("key_refused", partner=username[:40], fingerprint=key.get_fingerprint())
        return False

    def session_requested(self) -> tuple[Any, Any]:
        """A session of a partner whose key was found good."""
        return self._conn.create_server_channel(encoding=None), Session(self._enter)


def serving(service: Service) -> AbstractAsyncContextManager[int]:
    """The server as the service's settings ask for it."""
    settings = service.settings

    def terms_of(partner_id: str) -> Transport | None:
        profile = book.current(settings.profiles).partners.get(partner_id)
        return profile.transport if profile else None

    return listening(
        host=settings.sftp_host,
        port=settings.sftp_port,
        root=settings.root,
        keys=settings.keys,
        limit=settings.file_limit,
        terms_of=terms_of,
    )


@asynccontextmanager
async def listening(
    *, host: str, port: int, root: Path, keys: Path, limit: int, terms_of: TermsOf
) -> AsyncIterator[int]:
    """Serve partners until left; the port that it listens on. NotReady when that is taken."""
    asyncssh.set_log_level("WARNING")  # what it tells of each connection, we tell shorter
    guests: set[Any] = set()
    guard = Guard(terms_of)
    try:
        acceptor = await asyncssh.listen(
            host,
            port,
            server_factory=partial(Door, guard, partial(_home, guard, root, limit), guests),
            server_host_keys=[str(key_file(keys, HOST_KEY))],
            agent_forwarding=False,
            gss_host=None,
            login_timeout=30,
            keepalive_interval=30,
            keepalive_count_max=4,
        )
    except OSError as error:
        raise NotReady(
            f"SFTP cannot listen on {host}:{port} ({error.strerror}): stop what listens there, or"
            " set PARTNER_EDI_SFTP_HOST and PARTNER_EDI_SFTP_PORT"
        ) from error
    log.info("sftp_listens", host=host, port=acceptor.get_port())
    try:
        yield acceptor.get_port()
    finally:
        acceptor.close()
        for guest in list(guests):
            guest.abort()
        await acceptor.wait_closed()


def _home(guard: Guard, root: Path, limit: int, channel: Any) -> Home:
    """The home of the partner that a session belongs to."""
    conn = channel.get_connection()
    partner_id, key = conn.get_extra_info("username"), conn.get_extra_info("offered_key")

    def admit() -> None:
        if not guard.knows(partner_id, key):
            log.warning("guest_sent_away", partner=partner_id)
            conn.disconnect(asyncssh.DISC_BY_APPLICATION, GONE)
            raise asyncssh.SFTPPermissionDenied(GONE)

    folders.make(root, [partner_id])
    return Home(channel, root / partner_id, limit, admit)
