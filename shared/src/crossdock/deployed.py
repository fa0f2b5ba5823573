"""What is deployed where: each service says at its start what it is, in a bucket of the broker.

The last start of a service in an environment is what stands there. The record holds the contracts
it was built with, so whoever wants to be deployed beside it is compared with what really runs.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from crossdock_contracts import EventName, Question, catalogue, name_of
from crossdock_contracts.shipped import folder

from .broker import OUTAGES, ApiError, JetStream
from .permissions import EVERYBODYS, asked
from .reach import package_version
from .topology import BUCKET

if TYPE_CHECKING:
    from .runtime import Runtime
    from .service import Service

log = structlog.get_logger()
STREAM = f"KV_{BUCKET}"
Snapshots = dict[str, Any]


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """One service as it was started, with the snapshot of each contract it uses."""

    service: str
    version: str
    environment: str
    started_at: datetime
    emits: Snapshots
    # Every version it can decode of what its handlers take.
    hears: Snapshots
    # The fields it reads, by literal; None where nobody has found them out.
    reads: dict[str, tuple[str, ...]] | None = None
    asks: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Which, with its version."""
        return f"{self.service} {self.version}"


def candidate(service: Service, environment: str) -> Deployed:
    """An installed service as it would be if it ran there."""
    return msgspec.json.decode(described(service, environment, _declared), type=Deployed)


def described(
    service: Service, environment: str, snapshot: Callable[[str], msgspec.Raw] | None = None
) -> bytes:
    """An installed service as it is recorded; `snapshot` gives each contract, else as committed."""
    of = snapshot or _committed
    known = sorted(map(EventName.parse, catalogue()), key=lambda name: name.version)
    newest = {(name.noun, name.verb): name for name in known}
    said = {*service.owns, EVERYBODYS}
    found = Deployed(
        service=service.name,
        version=package_version(service.name),
        environment=environment,
        started_at=datetime.now(UTC),
        emits={str(name): of(str(name)) for name in newest.values() if name.noun in said},
        hears={str(name): of(str(name)) for name in known if _is_heard(service, name)},
        reads=_reads(service.name),
        asks=_names(asked(service)),
        answers=_names(service.handlers.questions),
    )
    return msgspec.json.encode(found)


async def record(runtime: Runtime) -> None:
    """Say what was started here; that nobody keeps it does not stop a service."""
    subject = f"$KV.{BUCKET}.{runtime.settings.environment}.{runtime.service_name}"
    try:
        said = await asyncio.to_thread(described, runtime.service, runtime.settings.environment)
        reply = await runtime.client.request(subject, said, timeout=5)
        if "error" in (answer := msgspec.json.decode(reply.data)):
            raise ApiError(subject, answer["error"])
    except (*OUTAGES, ApiError) as error:
        log.info("what is deployed was not recorded", why=f"{type(error).__name__}: {error}")


async def read(js: JetStream, environment: str = "*") -> list[Deployed]:
    """What is recorded of an environment, or of all."""
    wanted = {"subjects_filter": f"$KV.{BUCKET}.{environment}.*"}
    info = await js.api(f"STREAM.INFO.{STREAM}", wanted)
    found = []
    for subject in sorted(info["state"].get("subjects") or {}):
        answer = await js.api(f"STREAM.MSG.GET.{STREAM}", {"last_by_subj": subject})
        body = b64decode(answer["message"].get("data", ""))
        found.append(msgspec.json.decode(body, type=Deployed))
    return found


def _is_heard(service: Service, name: EventName) -> bool:
    verbs = service.handlers.heard()
    return "*" in verbs or name.verb in verbs.get(name.noun, ())


def _committed(literal: str) -> msgspec.Raw:
    """As it is committed, and not taken apart: services only pass it on."""
    path = folder("snapshots") / f"{literal}.json"
    if path.is_file():
        return msgspec.Raw(msgspec.json.format(path.read_bytes(), indent=-1))
    return _declared(literal)


def _declared(literal: str) -> msgspec.Raw:
    """As the code has it, which may not be committed yet."""
    from crossdock_contracts.freeze import snapshot  # services have no need of it

    return msgspec.Raw(msgspec.json.encode(snapshot(catalogue()[literal])))


def _reads(service: str) -> dict[str, tuple[str, ...]] | None:
    """What the contracts at hand know of a service's reading."""
    path = folder("consumers") / f"{service}.json"
    if not path.is_file():
        return None
    return {name: tuple(fields) for name, fields in json.loads(path.read_bytes())["reads"].items()}


def _names(questions: Iterable[type[Question[Any]]]) -> tuple[str, ...]:
    return tuple(sorted(str(name_of(question)) for question in questions))
