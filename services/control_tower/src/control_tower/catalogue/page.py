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
            f"<p>{len(found)} events of {len(nouns)} nouns. What no event lacks is ",
            "<b>bold</b>; personal data is left out of examples.</p>",
            "<nav>" + "".join(f'<a href="#{n}">{n}</a>' for n, _ in nouns) + "</nav></header>",
            f"<main><h2>Who publishes to whom</h2><figure>{svg(told)}</figure>{_table(told)}",
            *(_noun(noun, group) for noun, group in nouns),
            "</main></body></html>",
        )
    )


def _table(found: Flows) -> str:
    """The same as the drawing, in words."""
    rows = []
    for publisher, pairs in groupby(sorted(found.items()), key=lambda item: item[0][0]):
        told = "".join(
            f"<li>{escape(consumer)}: {_links(events)}</li>" for (_, consumer), events in pairs
        )
        name = escape(publisher)
        rows.append(
            f'<details id="from-{name.replace(" ", "-")}"><summary>{name} publishes to</summary>'
            f"<ul>{told}</ul></details>"
        )
    return "".join(rows)


def _links(literals: Iterable[str]) -> str:
    return ", ".join(f'<a href="#{each}">{each}</a>' for each in literals)


def _noun(noun: str, group: Sequence[Entry]) -> str:
    owner = escape(group[0].owner)
    events = "".join(map(_event, group))
    return f'<section id="{noun}"><h2>{noun}</h2><p>Owner: <b>{owner}</b></p>{events}</section>'


def _event(entry: Entry) -> str:
    hearing = len(entry.readers)
    heard = f"{hearing} consumer{'' if hearing == 1 else 's'}"
    return (
        f'<details class="event"><summary><code id="{entry.literal}">{entry.literal}</code>'
        f"<span>{escape(entry.text)}</span><small>{heard}</small></summary>"
        f"<p>Owner <b>{escape(entry.owner)}</b>, key <code>{escape(entry.key)}</code>, "
        f"class <code>{escape(entry.title)}</code></p>"
        f"<h3>Fields</h3>{_fields(entry.fields)}<h3>Consumers</h3>{_readers(entry.readers)}"
        f"{_example(entry.example)}</details>"
    )


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


def _example(example: str) -> str:
    return f"<h3>Example</h3><pre>{escape(example)}</pre>" if example else ""
