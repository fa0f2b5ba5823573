"""What each service may say and hear on the broker, from what it declares: NATS' users.

A service publishes the nouns it owns and reads the streams that its handlers name. It may not
delete consumers, not even its own: names of consumers are random, so nobody pulls from another's,
and the server forgets those that are idle (infra/decisions).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crossdock_contracts import Question, name_of

from .leases import alarm
from .topology import BUCKET, streams

if TYPE_CHECKING:
    from .service import Service

# Every service may say it; the chassis does.
EVERYBODYS = "exceptions"
LEADERS = "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.*"
HEAD = """\
# Written by `crossdock permissions` from what services own, hear, ask and answer; not edited.
# A user is known by its public key, which the server takes from a variable.
users = [
  # People, and the jobs that lay streams. Streams are made and changed by nobody else.
  { nkey: $CROSSDOCK_NKEY }
"""


class Grant(NamedTuple):
    """The subjects that a service may publish to and subscribe to."""

    publish: list[str]
    subscribe: list[str]


def grant(service: Service, everybody: Sequence[Service]) -> Grant:
    """What one service of several may do."""
    asks, answers = asked(service), set(service.handlers.questions)
    askers = [each.name for each in everybody if answers & asked(each)]
    publish = [
        *(f"{noun}.*.*.*" for noun in sorted({*service.owns, EVERYBODYS})),
        *(f"ask.{name}" for name in sorted(str(name_of(question)) for question in asks)),
        *(f"_INBOX.{name}.>" for name in askers),
        alarm(service.name),
        f"$KV.{BUCKET}.*.{service.name}",
        *_reading(service),
    ]
    subscribe = [
        *(f"ask.{name}" for name in sorted(str(name_of(question)) for question in answers)),
        f"_INBOX.{service.name}.>",
        f"_crossdock.{service.name}.*",
        LEADERS,
    ]
    return Grant(publish, subscribe)


def needed(service: Service) -> list[str]:
    """The streams that a service reads or writes."""
    said = {noun.upper() for noun in (*service.owns, EVERYBODYS)}
    return sorted({*heard(service), *said}.intersection(streams()))


def heard(service: Service) -> list[str]:
    """The streams that a service's handlers name."""
    nouns = service.handlers.heard()
    return streams() if "*" in nouns else sorted(noun.upper() for noun in nouns)


def asked(service: Service) -> set[type[Question[Any]]]:
    """The questions that a service's modules use and it does not answer itself."""
    mine = [module for name, module in list(sys.modules.items()) if _within(name, service.package)]
    used = {value for module in mine for value in vars(module).values() if _is_question(value)}
    return used - set(service.handlers.questions)


def render(services: Iterable[Service]) -> str:
    """The users as the server's configuration includes them."""
    known = sorted(services, key=lambda service: service.name)
    return HEAD + "".join(_user(service.name, grant(service, known)) for service in known) + "]\n"


def _reading(service: Service) -> list[str]:
    """What it takes of JetStream's API: to follow what is heard, and to see what was said kept."""
    found, hears = [], set(heard(service))
    for stream in needed(service):
        found += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}",
            f"$JS.FC.{stream}.>",
        ]
        if stream in hears:
            found += [
                f"$JS.API.CONSUMER.CREATE.{stream}.*",
                f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
            ]
    return found


def _user(name: str, given: Grant) -> str:
    lines = [f"nkey: ${name.upper()}_NKEY", "permissions: {"]
    for verb, subjects in zip(given._fields, given, strict=True):
        lines += [f"  {verb}: [", *(f'    "{subject}"' for subject in subjects), "  ]"]
    lines.append("}")
    return "  {\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _is_question(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Question) and value is not Question
