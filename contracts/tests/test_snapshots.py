"""The contracts are as their snapshots say, and a release is kept for ever."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from crossdock_contracts import catalogue
from crossdock_contracts.event import Question
from crossdock_contracts.freeze import (
    ROOT,
    is_released,
    key_of,
    main,
    snapshots,
    versions,
)
from crossdock_contracts.past import releases

SNAPSHOTS = ROOT / "snapshots"


def test_every_contract_is_as_its_snapshot_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that CI runs finds no difference."""
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_nothing_is_missing_from_the_snapshots() -> None:
    """Every event has one; questions have one too."""
    assert snapshots().keys() >= catalogue().keys() | {"inventory.asked.v1"}


def test_keys_are_named_by_their_fields() -> None:
    """Also where a key is made of two."""
    assert key_of(catalogue()["partners.document_sent.v1"]) == "{partner_id}/{po_number}"
    assert key_of(catalogue()["payments.received.v1"]) == "{payment_id}"


def test_a_snapshot_says_where_it_is_published_and_by_whom() -> None:
    """Subject, key and owner are promises as much as fields are."""
    accepted, asked = snapshots()["orders.accepted.v1"], snapshots()["inventory.asked.v1"]
    assert accepted["subject"] == "orders.accepted.v1.{order_id}"
    assert (accepted["owner"], asked["owner"]) == ("order_intake", "inventory_sync")
    assert asked["subject"] == "ask.inventory.asked.v1"


def test_schemas_tell_all_that_a_type_says() -> None:
    """Of a moment they do not tell whether it has a zone, of a map not the type of its keys.

    So each has a zone, and keys are text: else the gate would not see the one become the other.
    """
    questions = [cls for cls in Question.__subclasses__() if "crossdock_c" in cls.__module__]
    for info in msgspec.inspect.multi_type_info([*catalogue().values(), *questions]):
        for each in _within(info, set()):
            if isinstance(each, msgspec.inspect.DateTimeType | msgspec.inspect.TimeType):
                assert each.tz, info
            if isinstance(each, msgspec.inspect.DictType):
                assert isinstance(each.key_type, msgspec.inspect.StrType), info


def _within(info: object, seen: set[int]) -> Iterator[object]:
    """A type and every type within it."""
    if id(info) in seen:
        return
    seen.add(id(info))
    yield info
    for name in getattr(info, "__struct_fields__", ()):
        value = getattr(info, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, msgspec.Struct):
                yield from _within(each, seen)


def test_a_release_is_kept_for_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it the snapshots follow the code; after it, the code must follow."""
    at = ["--root", str(tmp_path)]
    changelog, kept = tmp_path / "CHANGELOG.md", tmp_path / "snapshots/cases.opened.v1.json"
    changelog.write_text("## Unreleased\n")
    assert main(at) == 0
    was = kept.read_text()
    kept.write_text(was.replace("title", "heading"))
    assert main([*at, "--check"]) == 1
    assert "cases.opened.v1: heading field renamed" in capsys.readouterr().err
    assert main([*at, "--release", "1.0.0"]) == 1
    assert "no heading" in capsys.readouterr().err
    changelog.write_text("## Unreleased\n\n## 1.0.0\n")
    assert main([*at, "--release", "1.0.0"]) == 0
    assert kept.read_text() == was
    assert main([*at, "--release", "1.0.0"]) == 1
    assert "released already" in capsys.readouterr().err
    released = tmp_path / "releases/1.0.0.json"
    told = json.loads(released.read_text())
    del told["cases.opened.v1"]["schema"]["$defs"]["CaseOpened"]["properties"]["title"]
    released.write_text(json.dumps(told))
    assert main(at) == 1
    assert "declare the change as a new version" in capsys.readouterr().err


def test_the_changelog_and_the_kept_releases_agree() -> None:
    """Nothing is released until both say so."""
    assert set(versions(ROOT)) == set(releases(ROOT))
    assert is_released(ROOT) == bool(releases(ROOT))


def test_a_snapshot_is_what_is_read_back() -> None:
    """Else a list that was a tuple would be taken for a change."""
    assert snapshots() == {p.stem: json.loads(p.read_bytes()) for p in SNAPSHOTS.glob("*.json")}
