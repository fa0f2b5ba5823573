"""Which service listens where on this machine."""

import contextlib
import dataclasses
import fcntl
import functools
import os
import random
import socket
import tempfile
from importlib.metadata import entry_points

import psutil

from .errors import LocalError
from .processes import STATE_VARIABLE

HOST = "127.0.0.1"
DEFAULT_BASE = 7400
FLOW = (
    "order_intake",
    "inventory_sync",
    "shipment_tracking",
    "invoicing",
    "returns",
    "partner_edi",
    "erp_bridge",
    "control_tower",
)
# Below the range from which kernels take the ports of outgoing connections: a port found free
# here is not lost to one of them before its server binds it.
FREE_RANGE = range(20_000, 32_000)
_claimed: set[int] = set()


def installed_services() -> tuple[str, ...]:
    """The names of the services installed here, in the order of the main flow, others after."""
    found = {entry.name for entry in entry_points(group="crossdock.services")}
    return (*(name for name in FLOW if name in found), *sorted(found.difference(FLOW)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ports:
    """The ports of a mesh; `services` maps a service's name to its HTTP port."""

    supervisor: int
    services: dict[str, int]
    erp: int
    warehouse: int
    nats: int
    postgres: int

    @classmethod
    def default(cls) -> "Ports":
        """The usual ports, from CROSSDOCK_PORT_BASE (7400) upwards."""
        base = _base()
        # The flow's services keep their ports whether or not the others are installed;
        # services beyond it come after the servers, so that they never collide.
        others = [name for name in installed_services() if name not in FLOW]
        services = {name: base + 1 + i for i, name in enumerate(FLOW)}
        services |= {name: base + 40 + i for i, name in enumerate(others)}
        return cls(
            supervisor=base,
            services=services,
            erp=base + 11,
            warehouse=base + 12,
            nats=base + 22,
            postgres=base + 32,
        )

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody listens on, for demo and tests."""
        names = tuple(dict.fromkeys((*FLOW, *installed_services())))
        supervisor, erp, warehouse, nats, postgres, *rest = free_ports(5 + len(names))
        return cls(
            supervisor=supervisor,
            services=dict(zip(names, rest, strict=True)),
            erp=erp,
            warehouse=warehouse,
            nats=nats,
            postgres=postgres,
        )


def _base() -> int:
    text = os.environ.get("CROSSDOCK_PORT_BASE", str(DEFAULT_BASE))
    if not text.isdigit() or not 1024 <= int(text) <= 65_000:
        raise LocalError(
            f"CROSSDOCK_PORT_BASE is {text!r}: set it to a number from 1024 to 65000, or unset it"
        )
    return int(text)


def free_ports(count: int) -> list[int]:
    """`count` different ports on 127.0.0.1 that can be bound now.

    They are this process' until it ends: no other call gives them out, also not while the server
    that they are for has yet to start or is being restarted.
    """
    found: list[int] = []
    for port in random.sample(FREE_RANGE, len(FREE_RANGE)):
        if _claim(port) and can_bind(port):
            found.append(port)
        if len(found) == count:
            return found
    raise LocalError(f"no {count} free ports from {FREE_RANGE.start} to {FREE_RANGE.stop}")


def _claim(port: int) -> bool:
    """Take a port among the processes of this user: a lock on its byte of a common file."""
    if port in _claimed:
        return False
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _claimed.add(port)
    return True


@functools.cache
def _claims() -> int:
    # Never closed: the system drops all of a process' locks with its first close of the file.
    path = os.path.join(tempfile.gettempdir(), f"crossdock-ports-{os.getuid()}")
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def can_bind(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(wanted: dict[str, int]) -> None:
    """Raise LocalError when another process has one of these ports."""
    for purpose, port in wanted.items():
        if not can_bind(port):
            raise LocalError(
                f"port {port} ({purpose}) is taken by {holder(port)}: stop it, "
                "or set CROSSDOCK_PORT_BASE to another base, such as 8400"
            )


def holder(port: int) -> str:
    """The process that listens on this port, as far as this user may know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port:
                return _describe(connection.pid)
    except psutil.Error:
        pass
    return "another process"


def _describe(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    process = psutil.Process(pid)
    with contextlib.suppress(psutil.Error):
        state = process.environ().get(STATE_VARIABLE)
        if state:
            return f"the Crossdock in {state} (process {pid})"
    return f"{process.name()} (process {pid})"
