"""The page itself: HTML with its style within, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby

from .facts import Entry, Field, Reader, entries
from .graph import Flows, flows, svg


@cache
def page() -> str:
    """The whole catalogue."""
    found = entries()
    nouns = [(noun, list(group)) for noun, group in groupby(found, key=lambda e: e.noun)]
    told = flows(found)
    style = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Crossdock: events</title><style>{style}</style></head><body>",
            "<header><h1>Events of the mesh</h1>",
            f"<p>{len(found)} events of {len(nouns)} nouns. Open one for its fields, consumers ",
            "and examples. A field in <b>bold</b> is never left out; personal data is not shown.",
            "</p>",
            f"<nav>{''.join(_to(noun, len(group)) for noun, group in nouns)}</nav></header>",
            f"<main><h2>Who publishes to whom</h2><figure>{svg(told)}</figure>{_table(told)}",
            *(_noun(noun, group) for noun, group in nouns),
            "</main></body></html>",
        )
    )


def _to(noun: str, count: int) -> str:
    return f'<a href="#{noun}">{noun} <small>{count}</small></a>'


def _table(found: Flows) -> str:
    """The same as the drawing, in words."""
    rows = []
    for publisher, pairs in groupby(sorted(found.items()), key=lambda item: item[0][0]):
        told = [(escape(consumer), events) for (_, consumer), events in pairs]
        brief = ", ".join(f"{consumer}&nbsp;{len(events)}" for consumer, events in told)
        items = "".join(
            f"<li><b>{consumer}</b>: {_links(events)}</li>" for consumer, events in told
        )
        name = escape(publisher)
        rows.append(
            f'<details><summary><b id="from-{name.replace(" ", "-")}">{name}</b> '
            f"to {brief}</summary><ul>{items}</ul></details>"
        )
    return "".join(rows)


def _links(literals: Iterable[str]) -> str:
    return ", ".join(f'<a href="#{each}">{each}</a>' for each in literals)


def _noun(noun: str, group: Sequence[Entry]) -> str:
    owner = escape(group[0].owner)
    events = "".join(map(_event, group))
    return f'<section id="{noun}"><h2>{noun}</h2><p>Owner: <b>{owner}</b></p>{events}</section>'


def _event(entry: Entry) -> str:
    # A link to what lies within opens it, in browsers without a script of ours.
    return (
        f'<details class="event"><summary><code>{entry.literal}</code>'
        f"<span>{escape(entry.text)}</span><small>{_brief(entry)}</small></summary>"
        f'<p id="{entry.literal}">Owner <b>{escape(entry.owner)}</b>, '
        f"key <code>{escape(entry.key)}</code>, "
        f"class <code>{escape(entry.title)}</code></p>{_lifted(entry)}"
        f"<h3>Fields</h3>{_fields(entry.fields)}<h3>Consumers</h3>{_readers(entry.readers)}"
        f"{''.join(_example(*each) for each in entry.examples)}</details>"
    )


def _brief(entry: Entry) -> str:
    if entry.superseded:
        return f"superseded by {entry.newest.rpartition('.')[2]}"
    hearing = len(entry.readers)
    return f"{hearing} consumer{'' if hearing == 1 else 's'}"


def _lifted(entry: Entry) -> str:
    if not entry.superseded:
        return ""
    return f"<p>Said no more; who hears {_links([entry.newest])} has these lifted to it.</p>"


def _fields(fields: Iterable[Field]) -> str:
    head = "<tr><th>field</th><th>type</th><th>class</th><th>unit</th><th>what it is</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(map(_field, fields))}</tbody></table>"


def _field(field: Field) -> str:
    name = f"<code>{escape(field.path).replace('.', '.<wbr>')}</code>"
    cells = (
        ("field", f"<b>{name}</b>" if field.needed else name),
        ("type", escape(field.kind)),
        ("class", field.data_class and f'<i class="{field.data_class}">{field.data_class}</i>'),
        ("unit", escape(field.unit)),
        ("what it is", escape(field.description)),
    )
    return "<tr>" + "".join(f'<td data-is="{name}">{told}</td>' for name, told in cells) + "</tr>"


def _readers(readers: Iterable[Reader]) -> str:
    told = "".join(
        f"<li><b>{escape(each.service)}</b> in <code>{escape(each.handler)}</code>"
        f"{' reads ' + ', '.join(map(_code, each.reads)) if each.reads else ''}</li>"
        for each in readers
    )
    return f"<ul>{told}</ul>" if told else "<p>Nobody yet.</p>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _example(name: str, body: str) -> str:
    return f"<h3>Example: {escape(name.replace('_', ' '))}</h3><pre>{escape(body)}</pre>"
