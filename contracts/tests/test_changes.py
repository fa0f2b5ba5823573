"""Every kind of change is judged as encoding with one version and decoding with the other shows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from cases_of_change import CASES, Case, declared

from crossdock_contracts.changes import changes
from crossdock_contracts.freeze import snapshot
from crossdock_contracts.gate import MODES, Consumer, judge
from crossdock_contracts.meaning import Change

LITERAL = "samples.made.v1"
# What comes or goes is not the same in both; whether it is missed is not for bytes to say.
GROWTH = {"grows", "added", "removed"}
HOLDS = {"full-transitive": "BF", "backward": "B", "forward": "F"}


def found(case: Case) -> list[Change]:
    """What the gate sees."""
    return changes(snapshot(declared("Made", case.old)), snapshot(declared("Made", case.new)))


def written(field: tuple[Any, ...], values: tuple[Any, ...]) -> Iterator[tuple[bytes, Any]]:
    """Bodies with each value, and with the field left out where that is allowed."""
    cls, brief = declared("Made", field), declared("Made", field, omit_defaults=True)
    for given in [{"x": value} for value in values] or [{}]:
        body = msgspec.json.encode(cls(order_id="ORD-1", **given))
        yield body, msgspec.json.decode(body, type=cls)
    if may_be_left_out(cls):
        body = msgspec.json.encode(brief(order_id="ORD-1"))
        yield body, msgspec.json.decode(body, type=cls)


def may_be_left_out(cls: type[msgspec.Struct]) -> bool:
    """Whether the field has a default."""
    return "x" in cls.__struct_fields__ and not msgspec.structs.fields(cls)[-1].required


def plain(value: Any) -> Any:
    """A value as JSON has it, numbers whatever their type: 1.50 is 1.5."""
    value = msgspec.json.decode(msgspec.json.encode(value))
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    try:
        return Decimal(str(value)).normalize()
    except ArithmeticError:
        return value


def outcome(
    writer: tuple[Any, ...], values: tuple[Any, ...], reader: tuple[Any, ...]
) -> tuple[bool, bool]:
    """Whether every body decodes with the reader, and whether each says there what it said."""
    cls, same = declared("Made", reader), True
    for body, said in written(writer, values):
        try:
            read = msgspec.json.decode(body, type=cls)
        except msgspec.ValidationError:
            return False, False
        if writer and reader:
            same &= plain(read.x) == plain(said.x)
    return True, same


def test_there_are_enough_cases_and_none_twice() -> None:
    """A kind of change that is not in the table is not judged for sure."""
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_is_recognised_for_what_it_is(case: Case) -> None:
    """By its kind, and with its reason for each direction that it breaks."""
    seen = found(case)
    assert sorted(change.kind for change in seen) == sorted(filter(None, case.kinds.split(", ")))
    for letter, reason in (("b", "backward"), ("f", "forward")):
        broken = any(getattr(change, reason) for change in seen)
        assert broken == (letter in case.breaks.lower()), reason
    assert any(change.wire for change in seen) == (case.breaks != case.breaks.lower()) or (
        case.kinds in {"unknown fields refused", ""}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdict_is_what_bytes_show(case: Case) -> None:
    """Capital: they do not decode. Small: they do, and say something else, or say it to nobody."""
    ways = {"b": (case.old, case.old_values, case.new), "f": (case.new, case.new_values, case.old)}
    said = f"{case.name} {case.kinds}"
    for letter, way in ways.items():
        decodes, same = outcome(*way)
        assert decodes == (letter.upper() not in case.breaks), f"{letter}: decodes is {decodes}"
        if letter not in case.breaks.lower() and not GROWTH & set(said.split()):
            assert same, letter
        if letter in case.breaks and case.kinds in {"default", "repetition", "field renamed"}:
            assert not same, letter


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_mode_asks_for_its_own_directions(case: Case, mode: str) -> None:
    """Full asks for both."""
    past = {"1.0.0": {LITERAL: snapshot(declared("Made", case.old))}}
    judged = judge(past, {LITERAL: snapshot(declared("Made", case.new))}, mode=mode)
    breaks = any(letter in case.breaks.upper() for letter in HOLDS[mode])
    assert any(each.breaking for each in judged) == breaks
    for each in judged:
        assert bool(each.remedy) == bool(each.directions) == each.breaking
        assert each.against == ("1.0.0",)


@pytest.mark.parametrize("name", ["removed, had a default", "part loses a default"])
def test_a_field_may_be_dropped_when_no_consumer_reads_it(name: str) -> None:
    """Unknown readers read everything; known ones are named."""
    [case] = [case for case in CASES if case.name == name]
    past = {"1.0.0": {LITERAL: snapshot(declared("Made", case.old))}}
    now = {LITERAL: snapshot(declared("Made", case.new))}
    [unknown] = judge(past, now)
    assert unknown.breaking
    other = Consumer(consumer="other", reads={LITERAL: ("order_id",)})
    [unread] = judge(past, now, consumers=[other])
    assert not unread.breaking
    reader = Consumer(consumer="reader", reads={LITERAL: ("order_id", unread.change.field)})
    [read] = judge(past, now, consumers=[other, reader])
    assert read.breaking
    assert read.breaks == ("reader",)
