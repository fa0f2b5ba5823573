"""For a consumer's own tests, in any repository: what it reads is what the contracts promise.

It does nothing until asked. With `crossdock_reads = reads.json` in pytest's settings, or
`--crossdock-reads reads.json`, each event that the file names becomes a test: every field it lists
must be there. The file is what `crossdock contracts write` makes, or is written by hand:

    {"consumer": "dunning", "reads": {"invoices.issued.v1": ["invoice_id", "total.amount"]}}

The fixture `contracts` checks a reader's own class: whatever the contract allows, it must take.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from .accepts import gaps, root
from .fields import fields
from .gate import Consumer
from .shipped import examples, snapshots

OPTION = "crossdock_reads"


class Contracts:
    """The contracts of the installed package, as a consumer's tests ask for them."""

    def examples(self, literal: str) -> list[bytes]:
        """Bodies of an event, as they are on the wire."""
        self._must_be(literal)
        return [body for _, body in examples(literal)]

    def fields(self, literal: str) -> set[str]:
        """Every field of an event: `lines[].quantity.value`."""
        self._must_be(literal)
        return set(fields(root(snapshots()[literal]["schema"])))

    def missing(self, literal: str, reads: tuple[str, ...] | list[str]) -> list[str]:
        """The fields that are read, and that the event does not have."""
        return sorted(set(reads) - self.fields(literal))

    def accepted_by(self, reader: type[Any], literal: str) -> None:
        """Fail unless this class decodes everything that the contract allows."""
        self._must_be(literal)
        schema = root(msgspec.json.schema(reader))
        found = [f"{gap.path or literal}: {gap.what}" for gap in _gaps(schema, literal)]
        assert not found, f"{reader.__name__} does not take every {literal}: {'; '.join(found)}"
        for name, body in examples(literal):
            try:
                msgspec.json.decode(body, type=reader)
            except msgspec.ValidationError as error:
                raise AssertionError(f"{reader.__name__}: {literal}/{name}: {error}") from error

    def _must_be(self, literal: str) -> None:
        assert literal in snapshots(), f"{literal} is not in the contracts; {_near(literal)}"


def _gaps(reader: Any, literal: str) -> Any:
    return gaps(reader, root(snapshots()[literal]["schema"]))


def _near(literal: str) -> str:
    noun = literal.partition(".")[0]
    there = [each for each in snapshots() if each.startswith(f"{noun}.")]
    return f"there are {', '.join(there or snapshots())}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting and the option."""
    text = "JSON file of the fields that this consumer reads, by event; each must be there."
    parser.addini(OPTION, text, default="")
    parser.getgroup("crossdock").addoption("--crossdock-reads", dest=OPTION, help=text)


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """The contracts of the installed package."""
    return Contracts()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """One test more for each event that the consumer's file names."""
    path = _asked(config)
    if path is not None:
        items.extend(_Reads.from_parent(session, name=path.name, path=path).collect())


def _asked(config: pytest.Config) -> Path | None:
    """The consumer's file: beside whoever asks on the command line, or beside the settings."""
    if given := config.getoption(OPTION):
        return config.invocation_params.dir / str(given)
    return config.rootpath / str(given) if (given := config.getini(OPTION)) else None


class _Reads(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        for literal, paths in consumer_at(self.path).reads.items():
            yield _Read.from_parent(self, name=literal, reads=paths)


class _Read(pytest.Item):
    def __init__(self, *, reads: tuple[str, ...], **given: Any) -> None:
        super().__init__(**given)
        self.reads = reads

    def runtest(self) -> None:
        lacking = Contracts().missing(self.name, self.reads)
        assert not lacking, f"{self.name} has no {', '.join(lacking)}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}: {self.name}"


def consumer_at(path: Path) -> Consumer:
    """What a consumer's file says; a usage error when it cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Consumer)
    except (OSError, msgspec.DecodeError) as error:
        raise pytest.UsageError(f"{OPTION}: {path}: {error}") from error
