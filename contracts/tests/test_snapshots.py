"""The contracts are as their snapshots say, and only additions with a default pass."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock_contracts import Event, Money, catalogue
from crossdock_contracts.freeze import ROOT, breaks, is_released, key_of, main, snapshot, snapshots


class Before(Event, frozen=True, kw_only=True, tag="samples.made.v1"):
    """A contract as it was frozen."""

    order_id: str
    price: Money
    note: str = ""


def changed(**fields: Any) -> list[str]:
    """What breaks when the sample is declared with these fields instead; None takes one away."""
    old: dict[str, Any] = {"order_id": (str,), "price": (Money,), "note": (str, "")}
    new = {name: field for name, field in (old | fields).items() if field is not None}
    after = msgspec.defstruct(
        "Before",
        [(name, *field) for name, field in new.items()],
        bases=(Event,),
        frozen=True,
        kw_only=True,
        tag="samples.made.v1",
    )
    return list(breaks(snapshot(Before), snapshot(after)))


def test_every_contract_is_as_its_snapshot_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that CI runs finds no difference."""
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_nothing_is_missing_from_the_snapshots() -> None:
    """Every event has one; questions have one too."""
    assert snapshots().keys() >= catalogue().keys() | {"inventory.asked.v1"}


def test_an_added_field_with_a_default_keeps_the_version() -> None:
    """Also a value type within an event may grow so, and prose may change."""
    assert changed(more=(str, "")) == []
    assert changed(more=(Money | None, None)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"more": (str,)},
        {"note": None},
        {"note": (str,)},
        {"note": (str, "none")},
        {"note": (int, 0)},
        {"price": (Money | None, None)},
        {"order_id": (int,)},
    ],
    ids=["required", "gone", "now required", "default", "type", "optional", "key"],
)
def test_any_other_change_is_a_break(fields: dict[str, Any]) -> None:
    """It says where."""
    found = changed(**fields)
    assert found
    assert all(each.startswith("/schema/$defs/Before/") for each in found)


def test_a_change_of_the_key_is_a_break() -> None:
    """Order is promised per key."""
    old = snapshot(Before)
    assert list(breaks(old, {**old, "key": "{note}"})) == ['/key: "{order_id}" became "{note}"']


def test_keys_are_named_by_their_fields() -> None:
    """Also where a key is made of two."""
    assert key_of(catalogue()["partners.document_sent.v1"]) == "{partner_id}/{po_number}"
    assert key_of(catalogue()["payments.received.v1"]) == "{payment_id}"


def test_a_released_contract_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the release the snapshot follows the code; after it, the code must follow."""
    changelog, kept = tmp_path / "CHANGELOG.md", tmp_path / "snapshots/cases.opened.v1.json"
    changelog.write_text("## Unreleased\n")
    assert main(["--root", str(tmp_path)]) == 0
    kept.write_text(kept.read_text().replace("title", "heading"))
    assert main(["--root", str(tmp_path), "--check"]) == 1
    assert "cases.opened.v1: /schema/$defs/CaseOpened" in capsys.readouterr().err
    changelog.write_text("## Unreleased\n\n## 1.0.0\n")
    was = kept.read_text()
    assert main(["--root", str(tmp_path)]) == 1
    assert "declare the change as a new version" in capsys.readouterr().err
    assert kept.read_text() == was
    changelog.write_text("## Unreleased\n")
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--root", str(tmp_path), "--check"]) == 0


def test_the_changelog_says_whether_anything_is_released() -> None:
    """Nothing is, until a heading with a version stands in it."""
    assert not is_released(ROOT)
