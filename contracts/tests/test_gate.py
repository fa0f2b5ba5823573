"""The gate: against every release and any commit, with who breaks and what to do."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crossdock_contracts import Value
from crossdock_contracts.changes import changes
from crossdock_contracts.freeze import ROOT, snapshots
from crossdock_contracts.gate import (
    MODES,
    Consumer,
    Finding,
    as_github,
    as_json,
    as_text,
    binding,
    judge,
)
from crossdock_contracts.past import folder_at, releases

SHIPPED = "shipments.shipped.v1"


class Tree(Value, frozen=True):
    """A part that has parts of its own kind."""

    name: str
    parts: tuple[Tree, ...] = ()


def grown(**words: Any) -> dict[str, Any]:
    """The contracts with one event changed: words of its snapshot, or a function of its fields."""
    now = copy.deepcopy(snapshots())
    change = words.pop("fields", None)
    now[SHIPPED] |= words
    if change is not None:
        change(now[SHIPPED]["schema"]["$defs"]["ShipmentShipped"])
    return now


def drop(field: str) -> Any:
    """Take a field away."""

    def change(struct: dict[str, Any]) -> None:
        del struct["properties"][field]
        struct["required"] = [name for name in struct["required"] if name != field]

    return change


def breaking(findings: list[Finding]) -> list[Finding]:
    """Those that fail."""
    return [each for each in findings if each.breaking]


CONSUMERS = [
    Consumer(consumer="invoicing", reads={SHIPPED: ("lines[].sku", "order_id")}),
    Consumer(consumer="partner_edi", reads={SHIPPED: ("carrier", "order_id")}),
    Consumer(consumer="returns", reads={"orders.accepted.v1": ("order_id",)}),
]


def test_nothing_changed_is_no_finding() -> None:
    """Not even in other words."""
    assert judge({"1.0.0": snapshots()}, snapshots()) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("word", "value"),
    [("key", "{shipment_id}"), ("subject", "shipments.sent.v1.{order_id}"), ("owner", "returns")],
)
def test_key_subject_and_owner_are_promises(word: str, value: str, mode: str) -> None:
    """Each breaks whoever hears the event, in both directions, though every body still decodes."""
    now = grown(**{word: value})
    [found] = judge({"1.0.0": snapshots()}, now, mode=mode, consumers=CONSUMERS)
    assert found.breaking
    assert (found.change.kind, found.change.after) == (word, value)
    assert found.breaks == ("invoicing", "partner_edi")
    assert not found.change.wire


def test_an_event_is_never_taken_away_and_may_be_added() -> None:
    """Streams keep it for ever."""
    one, two = snapshots(), {k: v for k, v in snapshots().items() if k != SHIPPED}
    [gone] = judge({"1.0.0": one}, two, consumers=CONSUMERS)
    assert (gone.change.kind, gone.breaks) == ("event removed", ("invoicing", "partner_edi"))
    [come] = judge({"1.0.0": two}, one)
    assert (come.change.kind, come.breaking) == ("event added", False)


def test_a_new_version_waits_for_those_who_read_the_old_one_only() -> None:
    """Its owner says it from now on: who knows older ones only is upgraded first."""
    old, new = "shipments.shipped.v1", "shipments.shipped.v2"
    past = {"1.0.0": {k: v for k, v in snapshots().items() if k != new}}
    late = Consumer(consumer="dunning", reads={old: ("order_id",)})
    ready = Consumer(consumer="invoicing", reads={new: ("order_id",)})
    before = Consumer(consumer="invoicing", reads={old: ("order_id",)})
    [found] = judge(past, snapshots(), consumers=[ready, before, late])
    assert (found.event, found.change.kind, found.breaking) == (new, "version added", True)
    assert found.breaks == ("dunning",)
    assert "first" in found.remedy
    assert breaking(judge(past, snapshots(), consumers=[ready, before])) == []
    assert breaking(judge(past, snapshots(), mode="backward", consumers=[late])) == []
    assert breaking(judge(past, snapshots())) == [], "who it breaks is not known"


def test_who_reads_a_later_version_needs_all_of_the_earlier_ones() -> None:
    """They are lifted from everything there is."""
    reader = Consumer(consumer="c", reads={"shipments.shipped.v2": ("order_id",)})
    assert reader.hears("shipments.shipped.v1")
    assert reader.needs("shipments.shipped.v1", "tracking_number")
    assert not reader.needs("shipments.shipped.v2", "carrier")
    assert not reader.hears("shipments.shipped.v3")
    assert not reader.hears("shipments.packed.v1")


def test_who_reads_a_field_breaks_when_it_goes() -> None:
    """An optional field breaks its readers alone, a required one everybody who hears the event."""
    past = {"1.0.0": snapshots()}
    [read] = breaking(judge(past, grown(fields=drop("carrier")), consumers=CONSUMERS))
    assert read.breaks == ("partner_edi",)
    assert breaking(judge(past, grown(fields=drop("bill_of_lading")), consumers=CONSUMERS)) == []
    [lines] = breaking(judge(past, grown(fields=drop("lines")), consumers=CONSUMERS))
    assert lines.breaks == ("invoicing", "partner_edi")


def test_a_field_by_another_name_breaks_who_reads_the_old_one() -> None:
    """In every mode: it is filled no more, and what older events say is not found by the new one.

    Where nobody reads the old one, nobody misses it: they are two fields that look alike.
    """

    def change(struct: dict[str, Any]) -> None:
        struct["properties"]["lading"] = struct["properties"].pop("bill_of_lading")

    past, now = {"1.0.0": snapshots()}, grown(fields=change)
    new, old = (
        Consumer(consumer=f"reader of {name}", reads={SHIPPED: (name,)})
        for name in ("lading", "bill_of_lading")
    )
    for mode in MODES:
        assert breaking(judge(past, now, mode=mode, consumers=[*CONSUMERS, new])) == []
        [found] = judge(past, now, mode=mode, consumers=[*CONSUMERS, new, old])
        assert found.what == "bill_of_lading: field renamed from string to lading"
        assert found.breaks == ("reader of bill_of_lading",)


def test_a_reader_of_a_part_reads_the_whole_and_not_its_namesake() -> None:
    """`lines[].sku` needs `lines`; `carrier` is not `carrier_code`."""
    reader = Consumer(consumer="c", reads={SHIPPED: ("lines[].sku", "carrier_code")})
    assert reader.needs(SHIPPED, "lines")
    assert reader.needs(SHIPPED, "lines[].sku")
    assert not reader.needs(SHIPPED, "lines[].line_no")
    assert not reader.needs(SHIPPED, "carrier")


def test_every_released_version_is_kept_not_the_newest_alone() -> None:
    """A field that went and came back with another type passes step by step, and still breaks."""

    def retyped(struct: dict[str, Any]) -> None:
        struct["properties"]["carrier"]["type"] = "integer"

    history = {
        "0.10.0": grown(fields=drop("carrier")),
        "0.9.0": snapshots(),
    }
    now = grown(fields=retyped)
    full = binding(history, "full-transitive")
    assert list(full) == ["0.9.0", "0.10.0"]
    [found] = breaking(judge(full, now, consumers=[]))
    assert (found.change.kind, found.against) == ("retyped", ("0.9.0",))
    newest = binding(history, "backward")
    assert list(newest) == ["0.10.0"]
    assert breaking(judge(newest, now, mode="backward", consumers=[])) == []


def test_one_change_since_several_versions_is_told_once() -> None:
    """With all of them named."""
    past = {"1.0.0": snapshots(), "1.1.0": snapshots(), "main": snapshots()}
    [found] = judge(past, grown(key="{shipment_id}"))
    assert found.against == ("1.0.0", "1.1.0", "main")


def test_a_part_of_its_own_kind_is_compared_once() -> None:
    """No recursion without an end, and the change is found."""
    old = {"schema": msgspec.json.schema(Tree)}
    new = copy.deepcopy(old)
    assert changes(old, new) == []
    new["schema"]["$defs"]["Tree"]["properties"]["name"]["type"] = "integer"
    assert {change.field for change in changes(old, new)} >= {"name"}


def test_the_answer_to_a_question_is_a_contract_too() -> None:
    """It is compared as the question is."""
    now = copy.deepcopy(snapshots())
    values = now["inventory.asked.v1"]["answer"]["$defs"]["Availability"]["properties"]
    values["available"] = {"type": "integer"}
    [found] = judge({"1.0.0": snapshots()}, now)
    assert found.change.field == "answer.items[].available"


def test_text_says_who_breaks_and_what_to_do() -> None:
    """In lines that a person reads from above."""
    findings = judge({"1.0.0": snapshots()}, grown(fields=drop("carrier")), consumers=CONSUMERS)
    assert list(as_text(findings)) == [
        f"BREAKING  {SHIPPED} carrier: field removed from string",
        "          since: 1.0.0",
        "          forward: who reads it gets its default instead",
        "          breaks: partner_edi",
        "          do: keep it, with a default if nobody fills it, until no consumer reads it",
    ]


def test_json_and_annotations_say_the_same() -> None:
    """JSON for programs; an annotation for each break, escaped, where the event is declared."""
    findings = judge({"1.0.0": snapshots()}, grown(key="100%,\n:"), consumers=CONSUMERS)
    told = json.loads(json.dumps(as_json(findings, "full-transitive")))
    assert told["breaking"] == 1
    assert told["findings"][0]["breaks"] == ["invoicing", "partner_edi"]
    [line] = as_github(findings, {SHIPPED: "contracts/shipments/v1.py,line=7"})
    assert line.startswith("::error file=contracts/shipments/v1.py,line=7,title=shipments.shipped")
    assert "100%25%2C%0A%3A::since%3A" not in line
    assert "\n" not in line
    assert "100%25%2C%0A%3A" in line


def test_snapshots_of_a_commit_are_read_from_git(tmp_path: Path) -> None:
    """Whatever lies in the folder now; what git does not know is said."""
    folder = tmp_path / "contracts/snapshots"
    folder.mkdir(parents=True)
    (folder / "a.made.v1.json").write_text('{"title": "a"}')

    def git(*words: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    (folder / "a.made.v1.json").write_text("{}")
    assert folder_at("HEAD", "snapshots", folder.parent) == {"a.made.v1": {"title": "a"}}
    for unknown in ("nobody", "--output=x"):
        with pytest.raises(ValueError, match=unknown):
            folder_at(unknown, "snapshots", folder.parent)


def test_the_contracts_keep_every_release() -> None:
    """What CI asks of this repository itself."""
    assert breaking(judge(binding(releases(ROOT), "full-transitive"), snapshots())) == []
