"""What a change is, and the changes that bytes do not show: promises, units, classes, order."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .accepts import Json, Node, kind

UNIT, DATA_CLASS = "x-unit", "x-data-class"
# How far a data class keeps a value from people; two at one height protect different things.
# What nobody has classed: for those who work here, and no secret among them.
DEFAULT = "internal"
GUARDED = {"public": 0, "internal": 1, "financial": 2, "personal": 2}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. An empty reason means that it breaks nothing in that direction."""

    field: str
    kind: str
    before: str = ""
    after: str = ""
    # Backward: the new version cannot read what the old one wrote, such as what streams hold.
    backward: str = ""
    # Forward: the old version cannot read what the new one writes, such as a consumer not upgraded.
    forward: str = ""
    # Bytes fail to decode; otherwise they decode, and mean something else.
    wire: bool = False
    # Nobody breaks who does not read the field.
    only_readers: bool = False


def promises(old: Json, new: Json) -> Iterator[Change]:
    """What is promised beside the fields: where, in which order, and by whom."""
    for word in ("key", "subject", "owner"):
        if word in old and old[word] != new.get(word):
            yield Change(
                field="",
                kind=word,
                before=str(old[word]),
                after=str(new.get(word, "")),
                backward=PROMISES[word],
                forward=PROMISES[word],
            )


PROMISES = {
    "key": "what stays in order, and in which lane, is no longer the same",
    "subject": "nobody hears the one where the other is published",
    "owner": "two services may publish one noun while they are deployed, and its order is lost",
}


def meaning(old: Node, new: Node, path: str) -> Iterator[Change]:
    """What a value is measured in, and from whom it is kept."""
    before, after = _word(old, UNIT), _word(new, UNIT)
    if before and before != after:
        reason = f"a number in {before} is taken for one in {after or 'no unit'}"
        yield Change(
            field=path, kind="unit", before=before, after=after, backward=reason, forward=reason
        )
    before, after = data_class(old), data_class(new)
    if before != after:
        was, now = GUARDED.get(before, 0), GUARDED.get(after, 0)
        yield Change(
            field=path,
            kind="data class",
            before=before,
            after=after,
            backward=f"{before} data in streams is shown as {after}" if now <= was else "",
            forward=f"{after} data is shown as {before} where not upgraded" if now >= was else "",
        )


def repetition(old: Node, new: Node, path: str) -> Iterator[Change]:
    """A set keeps neither the order of what it reads, nor what is said twice."""
    was, now = (node.schema.get("uniqueItems", False) for node in (old, new))
    if was != now:
        reason = "the order and what is said twice is lost"
        yield Change(
            field=path,
            kind="repetition",
            before="a set" if was else "a list",
            after="a set" if now else "a list",
            backward=reason if now else "",
            forward=reason if was else "",
            only_readers=True,
        )


def data_class(node: Node) -> str:
    """From whom a value is kept: public, internal, financial or personal."""
    return _word(node, DATA_CLASS) or DEFAULT


def _word(node: Node, word: str) -> str:
    """What a place says of itself, or its one alternative beside null does."""
    inner = [each.schema.get(word) for each in node.alternatives() if kind(each) != "null"]
    said = [node.schema.get(word), *inner]
    return next((str(each) for each in said if each), "")
