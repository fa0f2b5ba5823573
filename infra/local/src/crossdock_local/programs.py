"""Which processes a mesh has besides its servers: stand-ins and services."""

import importlib.util
import sys
from pathlib import Path

from .environment import checkout, only_for
from .nats import NatsServer
from .ports import Ports, installed_services
from .postgres import PostgresServer
from .supervise import Program

# The order of the start, and backwards of the stop.
RANKS = {PostgresServer.name: 10, NatsServer.name: 11}
JOBS, STANDINS, SERVICES = 12, 20, 30

__all__ = [
    "RANKS",
    "crossdock",
    "has_standins",
    "installed_services",
    "jobs",
    "server",
    "services",
    "standins",
]


def server(embedded: NatsServer | PostgresServer) -> Program:
    """An embedded server; the signal that stops PostgreSQL at once and cleanly is INT."""
    return Program(
        name=embedded.name,
        command=embedded.command,
        rank=RANKS[embedded.name],
        stop_signal=embedded.stop_signal.name.removeprefix("SIG"),
    )


def jobs(values: dict[str, str]) -> list[Program]:
    """What is done before any service starts: databases migrated, streams laid."""
    if not installed_services():
        return []
    return [
        Program(name=name, command=[*crossdock(), name], rank=JOBS, job=True, environment=values)
        for name in ("migrate", "topology")
    ]


def has_standins() -> bool:
    """Whether the stand-ins of the outside world are installed."""
    return importlib.util.find_spec("crossdock_standins") is not None


def default_master_data() -> Path:
    """The ERP's customers, items and prices of this checkout."""
    return checkout() / "infra" / "demo" / "data" / "master"


def standins(master_data: Path, ports: Ports, values: dict[str, str]) -> list[Program]:
    """The ERP and the warehouse that the services talk to on this machine, when installed."""
    if not has_standins():
        return []
    erp = ["--port", str(ports.erp), "--data", str(master_data)]
    calls_back = {
        "--shipments-url": values["SHIPMENT_TRACKING_URL"],
        "--receipts-url": values["INVENTORY_SYNC_URL"],
        "--returns-url": values["RETURNS_URL"],
    }
    warehouse = ["--port", str(ports.warehouse)]
    warehouse += [word for option in calls_back.items() for word in option]
    return [_standin("erp", erp), _standin("warehouse", warehouse)]


def _standin(name: str, options: list[str]) -> Program:
    command = [sys.executable, "-m", f"crossdock_standins.{name}", *options]
    return Program(name=name, command=command, rank=STANDINS)


def services(values: dict[str, str]) -> list[Program]:
    """Every installed service, each with the variables that concern it."""
    return [
        Program(
            name=name,
            command=[*crossdock(), "run", name],
            rank=SERVICES,
            environment=only_for(name, values),
        )
        for name in installed_services()
    ]


def crossdock() -> list[str]:
    """The command `crossdock` of this virtual environment."""
    return [sys.executable, "-m", "crossdock"]
