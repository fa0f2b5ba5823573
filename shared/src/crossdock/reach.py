"""How commands reach things: the services installed here, their stores, the broker."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING

from nats.aio.client import Client
from nats.aio.msg import Msg

from .broker import OUTAGES, JetStream
from .database import Connection, connect, with_database
from .errors import NotReady

if TYPE_CHECKING:
    from .service import Service


def service_names() -> list[str]:
    """The services installed here."""
    return sorted(point.name for point in entry_points(group="crossdock.services"))


def load_service(name: str) -> Service:
    """An installed service by its name; NotReady lists those there are."""
    for point in entry_points(group="crossdock.services"):
        if point.name == name:
            service: Service = point.load()
            return service
    raise NotReady(
        f"no service {name!r} is installed here; there are: {', '.join(service_names())}"
    )


def chosen(name: str | None) -> list[str]:
    """One service, or all that are installed."""
    if name is None:
        return service_names()
    if name not in service_names():
        load_service(name)
    return [name]


def database_url(name: str) -> str:
    """Where a service's database is: its own variable, or the administrator's server."""
    own = os.environ.get(f"{name.upper()}_DATABASE_URL")
    if own:
        return own
    admin = os.environ.get("CROSSDOCK_POSTGRES_URL")
    if admin:
        return with_database(admin, name)
    raise NotReady(
        f"neither {name.upper()}_DATABASE_URL nor CROSSDOCK_POSTGRES_URL is set: "
        "start a mesh with `crossdock up`, or set them"
    )


@asynccontextmanager
async def store(name: str) -> AsyncIterator[Connection]:
    """A connection to a service's database."""
    connection = await connect(database_url(name))
    try:
        yield connection
    finally:
        await connection.close()


class LenientClient(Client):
    """A subject may be any bytes: one that is no text must not end the reading of all others."""

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        text = subject.decode(errors="replace").encode()
        message: Msg = super()._build_message(sid, text, reply, data, headers)
        return message


@asynccontextmanager
async def jetstream(url: str | None = None) -> AsyncIterator[JetStream]:
    """A connection to the broker; NotReady says which did not answer."""
    where = url or os.environ.get("CROSSDOCK_NATS_URL", "nats://127.0.0.1:4222")

    async def ignore(_error: Exception) -> None:
        """The exception of the connect itself says it."""

    client = LenientClient()
    try:
        await client.connect(
            where.split(","),
            nkeys_seed_str=os.environ.get("CROSSDOCK_NATS_SEED") or None,
            connect_timeout=3,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # or a first connection is tried for two minutes
            reconnect_time_wait=0.1,  # type: ignore[arg-type]
            error_cb=ignore,
        )
    except OUTAGES as error:
        if "authorization violation" in str(error).lower():
            raise NotReady(
                f"NATS at {where} does not let us in: CROSSDOCK_NATS_SEED has to be the secret of "
                "an administrator's key there; `crossdock up` writes its own into var/crossdock.env"
            ) from error
        raise NotReady(
            f"NATS at {where} does not answer ({error or type(error).__name__}): "
            "start a mesh with `crossdock up`, or set CROSSDOCK_NATS_URL"
        ) from error
    try:
        yield JetStream(client)
    finally:
        await client.close()


def package_version(service: str) -> str:
    """The installed version of a service's package."""
    try:
        return version(f"crossdock-{service.replace('_', '-')}")
    except PackageNotFoundError:
        return "0"
