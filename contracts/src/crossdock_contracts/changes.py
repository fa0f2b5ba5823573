"""What changed between two snapshots of an event, and which way each change breaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from .accepts import PROSE, Json, Node, describe, gaps, kind, root, tag
from .meaning import Change, meaning, promises, repetition

NOTHING = object()


def changes(old: Json, new: Json) -> list[Change]:
    """Every difference between two snapshots that is not prose."""
    return [*promises(old, new), *_schemas(old, new)]


def _schemas(old: Json, new: Json) -> Iterator[Change]:
    yield from _node(root(old["schema"]), root(new["schema"]), "", frozenset())
    if "answer" in old and "answer" in new:
        yield from _node(root(old["answer"]), root(new["answer"]), "answer", frozenset())


Seen = frozenset[tuple[int, int]]


def _node(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    """Differences of what may stand at one place."""
    pair = (id(old.schema), id(new.schema))
    if pair in seen:
        return
    seen |= {pair}
    yield from meaning(old, new, path)
    before, after = _by_kind(old), _by_kind(new)
    if len(before.keys() - {"null"}) == 1 == len(after.keys() - {"null"}):
        yield from _null(old, new, before, after, path)
        [one] = [node for word, node in before.items() if word != "null"]
        [other] = [node for word, node in after.items() if word != "null"]
        yield from _pair(one, other, path, seen)
        return
    for word in before.keys() - after.keys():
        if reason := _said(new, before[word]):
            yield _change(path, "variant removed", before[word], None, backward=reason)
    for word in after.keys() - before.keys():
        if reason := _said(old, after[word]):
            yield _change(path, "variant added", None, after[word], forward=reason)
    for word in before.keys() & after.keys():
        yield from _pair(before[word], after[word], path, seen)


def _by_kind(node: Node) -> dict[Any, Node]:
    return {tag(each) or kind(each): each for each in node.alternatives()}


def _null(
    old: Node, new: Node, before: dict[Any, Node], after: dict[Any, Node], path: str
) -> Iterator[Change]:
    if "null" in after and "null" not in before:
        yield _change(path, "null allowed", old, new, forward="null is not taken")
    elif "null" in before and "null" not in after:
        yield _change(path, "null refused", old, new, backward="null is not taken")


def _pair(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    match kind(old), kind(new):
        case "struct", "struct":
            yield from _struct(old, new, path, seen)
        case "enum", "enum":
            yield from _enum(old, new, path)
        case "dict", "dict":
            yield from _leaf(_shell(old), _shell(new), path)
            one, other = _inner(old, "additionalProperties"), _inner(new, "additionalProperties")
            yield from _node(one, other, f"{path}{{}}", seen)
        case "array", "array" if _length(old) == _length(new):
            yield from repetition(old, new, path)
            yield from _leaf(_shell(old), _shell(new), path)
            for n in range(_length(old)):
                one, other = _inner(old, "prefixItems", n), _inner(new, "prefixItems", n)
                yield from _node(one, other, f"{path}[{n}]", seen)
            if not _length(old):
                one, other = _inner(old, "items"), _inner(new, "items")
                yield from _node(one, other, f"{path}[]", seen)
        case _:
            yield from _leaf(old, new, path)


def _inner(node: Node, word: str, n: int | None = None) -> Node:
    found = node.schema.get(word)
    return node.at(found if n is None or found is None else found[n])


def _length(node: Node) -> int:
    return len(node.schema.get("prefixItems", ()))


def _shell(node: Node) -> Node:
    """A container without what is in it: its limits alone."""
    inner = {"items", "prefixItems", "additionalProperties"}
    return node.at({word: value for word, value in node.schema.items() if word not in inner})


def _leaf(old: Node, new: Node, path: str) -> Iterator[Change]:
    backward, forward = _said(new, old), _said(old, new)
    if backward or forward:
        word = "retyped" if backward and forward else "narrowed" if backward else "widened"
        yield _change(path, word, old, new, backward=backward, forward=forward)


def _said(reader: Node, writer: Node) -> str:
    return "; ".join(sorted({gap.what for gap in gaps(reader, writer)}))


def _enum(old: Node, new: Node, path: str) -> Iterator[Change]:
    before, after = old.schema["enum"], new.schema["enum"]
    for value in before:
        if value not in after:
            yield Change(
                field=path,
                kind="value removed",
                before=str(value),
                backward=f"{value!r} is not taken any more",
                wire=True,
            )
    for value in after:
        if value not in before:
            yield Change(
                field=path,
                kind="value added",
                after=str(value),
                forward=f"{value!r} is not known",
                wire=True,
            )


def _struct(old: Node, new: Node, path: str, seen: Seen) -> Iterator[Change]:
    before, after = old.schema["properties"], new.schema["properties"]
    for field in before.keys() & after.keys():
        at = f"{path}.{field}" if path else field
        yield from _presence(old, new, field, at)
        yield from _node(old.at(before[field]), new.at(after[field]), at, seen)
    for gone, come in _renamed(old, new):
        yield from _moved(old, new, gone, come, path)
    strict, was = (n.schema.get("additionalProperties") is False for n in (new, old))
    if strict and not was:
        reason = "any field that older events have and this one lacks is refused"
        yield Change(field=path, kind="unknown fields refused", backward=reason, wire=True)


def _renamed(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    """Fields that went and came; the only one of its look that went is the only one that came."""
    before, after = old.schema["properties"], new.schema["properties"]
    gone = {field: _bare(before[field]) for field in before if field not in after}
    come = {field: _bare(after[field]) for field in after if field not in before}
    for field, look in gone.items():
        alike = [name for name, other in come.items() if other == look]
        if len(alike) == 1 == list(gone.values()).count(look):
            yield field, alike[0]
            del come[alike[0]]
        else:
            yield field, ""
    yield from (("", field) for field in come)


def _bare(schema: Json) -> Json:
    return {word: value for word, value in schema.items() if word not in PROSE | {"default"}}


def _moved(old: Node, new: Node, gone: str, come: str, path: str) -> Iterator[Change]:
    needed = come in new.schema.get("required", ())
    promised = gone in old.schema.get("required", ())
    refused = come and old.schema.get("additionalProperties") is False
    lost = gone and new.schema.get("additionalProperties") is False
    backward = f"{come} is missing in older events, and has no default" if needed else ""
    backward = backward or (f"{gone} is refused" if lost else "")
    if gone and come:
        backward = backward or f"what older events say as {gone} is not read as {come}"
    forward = f"{come} is refused, as is every unknown field" if refused else ""
    if gone:
        default = "an older reader cannot do without it"
        forward = forward or (default if promised else "who reads it gets its default instead")
    yield Change(
        field=f"{path}.{gone or come}" if path else gone or come,
        kind="field renamed" if gone and come else "field removed" if gone else "field added",
        before=describe(old.at(old.schema["properties"][gone])) if gone else "",
        after=(come if gone else describe(new.at(new.schema["properties"][come]))) if come else "",
        backward=backward,
        forward=forward,
        wire=bool(needed or promised or refused or lost),
        only_readers=bool(gone and not (needed or promised or refused or lost)),
    )


def _presence(old: Node, new: Node, field: str, path: str) -> Iterator[Change]:
    """Whether a field may be left out, and what it then is."""
    was, now = (field in node.schema.get("required", ()) for node in (old, new))
    before, after = (n.schema["properties"][field].get("default", NOTHING) for n in (old, new))
    if now and not was:
        reason = "events that leave it out cannot be read any more"
        yield Change(field=path, kind="made required", backward=reason, wire=True)
    elif was and not now:
        reason = "it may be left out, where it is still needed"
        yield Change(field=path, kind="made optional", forward=reason, wire=True)
    elif not was and before != after:
        reason = "events that leave it out say something else than before"
        yield Change(
            field=path,
            kind="default",
            before=_json(before),
            after=_json(after),
            backward=reason,
            forward=reason,
            only_readers=True,
        )


def _json(value: Any) -> str:
    return "computed" if value is NOTHING else msgspec.json.encode(value).decode()


def _change(
    path: str,
    word: str,
    before: Node | None,
    after: Node | None,
    *,
    backward: str = "",
    forward: str = "",
) -> Change:
    return Change(
        field=path,
        kind=word,
        before=describe(before) if before else "",
        after=describe(after) if after else "",
        backward=backward,
        forward=forward,
        wire=True,
    )
