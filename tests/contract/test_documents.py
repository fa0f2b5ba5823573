"""What is generated from the contracts and the services is committed as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from crossdock.cli.app import build
from crossdock.errors import NotReady
from crossdock.reach import load_service, service_names
from crossdock_contracts import catalogue
from crossdock_contracts.freeze import ROOT, snapshots
from crossdock_contracts.owners import ANYBODY, OWNERS
from crossdock_contracts.shipped import examples


def schema_of(literal: str) -> dict[str, object]:
    """The JSON schema of a contract, as it is committed."""
    found: dict[str, object] = json.loads(
        (ROOT / f"asyncapi/schemas/{literal}.json").read_text(encoding="utf-8")
    )
    return found


def files(folder: Path) -> dict[str, str]:
    """The JSON files below a folder."""
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*.json"))}


def test_what_is_made_of_contracts_and_services_is_committed(tmp_path: Path) -> None:
    """In a copy where some of it is missing, different or too much, one command puts it right."""
    root = tmp_path / "contracts"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("src", "tests"))
    (root / "snapshots/orders.accepted.v1.json").unlink()
    (root / "consumers/nobody.json").write_text("{}")
    (root / "asyncapi/mesh.json").write_text("{}")
    shutil.rmtree(root / "examples/orders.held.v1")
    words = ["contracts", "write", "--root", str(root)]
    result = CliRunner().invoke(build(), words, catch_exceptions=False)
    assert result.output.splitlines() == [
        "snapshots/orders.accepted.v1.json: written",
        "consumers/nobody.json: removed",
        "asyncapi/mesh.json: written",
        "orders.held.v1 has no example: write examples/orders.held.v1/<what it shows>.json",
    ], "run `make contracts` and commit what it writes"
    assert result.exit_code == 1
    for folder in ("snapshots", "consumers", "asyncapi"):
        assert files(root / folder) == files(ROOT / folder)


def test_what_was_released_is_not_written_over(tmp_path: Path) -> None:
    """The command names what the code does not keep, and writes nothing."""
    root = tmp_path / "contracts"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("src", "tests"))
    told = snapshots()
    told["cases.opened.v1"]["key"] = "{order_id}"
    (root / "releases").mkdir(exist_ok=True)
    (root / "releases/1.0.0.json").write_text(json.dumps(told))
    (root / "consumers/nobody.json").write_text("{}")
    result = CliRunner().invoke(build(), ["contracts", "write", "--root", str(root)])
    assert isinstance(result.exception, NotReady)
    assert "declared as a new version (vN+1.py):\ncases.opened.v1 key" in str(result.exception)
    assert (root / "consumers/nobody.json").exists()


def test_every_noun_has_the_owner_that_the_contracts_name() -> None:
    """The service says so too."""
    owned = {noun: name for name in service_names() for noun in load_service(name).owns}
    assert owned == {noun: owner for noun, owner in OWNERS.items() if owner != ANYBODY}
    assert OWNERS.keys() == {literal.partition(".")[0] for literal in catalogue()}


@pytest.mark.parametrize("literal", catalogue())
def test_each_schema_is_one_and_takes_its_examples(literal: str) -> None:
    """By a validator that knows nothing of msgspec."""
    schema = schema_of(literal)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for name, body in examples(literal):
        assert list(validator.iter_errors(json.loads(body))) == [], name


def test_schemas_speak_to_people() -> None:
    """Each field has a title or is of a part that has one; amounts say their unit."""
    for literal in catalogue():
        for part in schema_of(literal)["$defs"].values():  # type: ignore[attr-defined]
            assert part["title"]
            for field, schema in part.get("properties", {}).items():
                assert "title" in schema or "$ref" in schema, f"{literal} {part['title']}.{field}"
    accepted = schema_of("orders.accepted.v1")["$defs"]
    assert accepted["Money"]["properties"]["amount"]["x-unit"] == "currency"  # type: ignore[index]
    assert accepted["OrderAccepted"]["properties"]["order_id"]["examples"]  # type: ignore[index]


def test_the_mesh_says_who_hears_what_and_what_they_read_of_it() -> None:
    """One document for the graph of who says what to whom."""
    mesh = json.loads((ROOT / "asyncapi/mesh.json").read_text(encoding="utf-8"))
    billed = mesh["operations"]["invoicing.bill_shipment"]
    assert billed["action"] == "receive"
    assert billed["channel"] == {"$ref": "#/channels/shipments.shipped.v2"}
    assert "lines[].quantity.value" in billed["x-reads"]
    assert "carrier" not in billed["x-reads"]
    assert mesh["operations"]["shipment_tracking.say.shipments.shipped.v2"]["action"] == "send"
    asked = mesh["operations"]["order_intake.ask.inventory.asked.v1"]
    assert asked["reply"]["channel"] == {"$ref": "#/channels/answer.inventory.asked.v1"}
