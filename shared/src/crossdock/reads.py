"""Which fields of the events it hears a service reads, found in its types: who would miss one.

mypy knows the type of everything that an attribute is taken of; of a contract's class, that is a
read. So code that no test runs counts as well, and so do values kept and used later: what is read
is known per service, not per handler. What SQL takes out of a stored body is not seen.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import inspect

from crossdock_contracts import Event, Question, catalogue, name_of

from .errors import NotReady
from .observed import Observed, watching
from .service import Service

CONTRACTS = "crossdock_contracts"
OURS = (CONTRACTS, "crossdock")
Reads = dict[str, list[str]]


def consumers(services: list[Service]) -> dict[str, dict[str, Any]]:
    """What each service handles and reads, as it is committed, by its name."""
    found = _observed([service.package for service in services])
    return {service.name: _consumer(service, found[service.package]) for service in services}


def _consumer(service: Service, observed: Observed) -> dict[str, Any]:
    handled = {
        str(name_of(event)): handler.name
        for event, handler in service.handlers.events.items()
        if event is not Event
    }
    heard: dict[str, type[Any]] = {name: catalogue()[name] for name in handled}
    if (everything := service.handlers.events.get(Event)) is not None:
        handled["*"], heard = everything.name, dict(catalogue())
    for event, handler in service.handlers.events.items():
        if handler.locks is not None:
            observed.trace(event, handler.locks)
    found: Reads = {literal: sorted(_paths(cls, observed)) for literal, cls in heard.items()}
    for question in _questions(service, observed):
        found[str(name_of(question))] = sorted(_paths_of_question(service, question, observed))
    return {
        "consumer": service.name,
        "handlers": dict(sorted(handled.items())),
        "reads": dict(sorted(found.items())),
    }


def _questions(service: Service, observed: Observed) -> Iterator[type[Question[Any]]]:
    for cls in Question.__subclasses__():
        if cls in service.handlers.questions or observed.mentions(cls):
            yield cls


def _paths_of_question(
    service: Service, question: type[Question[Any]], observed: Observed
) -> Iterator[str]:
    """Who answers reads the question, who asks reads the answer."""
    if question in service.handlers.questions:
        yield from _paths(question, observed)
        return
    answer = next(b.__args__[0] for b in question.__orig_bases__ if hasattr(b, "__args__"))  # type: ignore[attr-defined]
    yield from _paths(answer, observed, "answer.")


def _paths(cls: type[Any], observed: Observed, at: str = "") -> Iterator[str]:
    """The fields of a class that are read, and what is read in them: `lines[].quantity.value`."""
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if observed.reads(cls, field.name):
            yield at + field.encode_name
            yield from _inner(field.type, observed, at + field.encode_name)


def _inner(kind: Any, observed: Observed, at: str) -> Iterator[str]:
    match kind:
        case inspect.StructType() if issubclass(kind.cls, Event | Question) or _is_part(kind.cls):
            yield from _paths(kind.cls, observed, f"{at}.")
        case inspect.StructType():
            yield from (f"{at}.{field.encode_name}" for field in kind.fields)
        case inspect.UnionType():
            for each in kind.types:
                yield from _inner(each, observed, at)
        case inspect.DictType():
            yield from _inner(kind.value_type, observed, f"{at}{{}}")
        case inspect.TupleType():
            for n, each in enumerate(kind.item_types):
                yield from _inner(each, observed, f"{at}[{n}]")
        case inspect.CollectionType():
            yield from _inner(kind.item_type, observed, f"{at}[]")
        case inspect.Metadata():
            yield from _inner(kind.type, observed, at)


def _is_part(cls: type[Any]) -> bool:
    """A value calculates with its own fields, as money does, and is then read whole; else not."""
    return not any(callable(getattr(cls, name, None)) for name in ("__add__", "__sub__"))


def _observed(packages: list[str]) -> dict[str, Observed]:
    """What each package takes; the types of other libraries are not looked into."""
    try:
        from mypy.build import BuildSource, build
        from mypy.options import Options
    except ImportError as error:
        raise NotReady("what a service reads is found with mypy: pip install mypy") from error
    found = {package: Observed() for package in packages}
    modules = [each for package in (*OURS, *packages) for each in _modules(package)]
    at = {str(path): found[package] for package, _, path in modules if package in found}
    options = Options()
    options.incremental, options.follow_imports = False, "skip"
    build(
        [BuildSource(str(path), name, None) for _, name, path in modules],
        options,
        extra_plugins=[watching(at, tuple(f"{name}." for name in (CONTRACTS, *packages)))],
    )
    for package, name, path in modules:
        if package in found:
            found[package].match(path, vars(importlib.import_module(name)))
    return found


def _modules(package: str) -> Iterator[tuple[str, str, Path]]:
    """Every module of a package: the package's name, its own, and its file."""
    spec = importlib.util.find_spec(package)
    for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            dotted = [package, *(part for part in parts if part != "__init__")]
            yield package, ".".join(dotted), path
