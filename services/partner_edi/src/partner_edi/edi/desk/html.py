"""The same lines as one HTML page that needs nothing else."""

from __future__ import annotations

from html import escape

from .pages import Line

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; }}
.interchange {{ font-size: 1.2rem; font-weight: 600; margin-top: 2rem; }}
.set {{ font-size: 1.1rem; font-weight: 600; margin-top: 1.2rem; border-top: 1px solid #bbb; }}
.segment b {{ color: #345; }} .name {{ color: #666; }}
.finding {{ color: #a00; }} .note {{ color: #850; }}
</style></head><body><h1>{title}</h1>
"""
TAIL = "</body></html>\n"


def head(title: str) -> str:
    """The beginning of the page."""
    return HEAD.format(title=escape(title))


def line(one: Line) -> str:
    """One line of it."""
    parts = " · ".join(
        f'<span class="name">{escape(name)}</span> {escape(value)}' for name, value in one.parts
    )
    found = "".join(
        f'<div class="{"note" if f.level == 1 else "finding"}">{escape(f.sentence())}</div>'
        for f in one.findings
    )
    margin = f"margin-left:{one.depth * 1.4:.1f}rem"
    title = f"<b>{escape(one.title)}</b>"
    return f'<div class="{one.kind}" style="{margin}">{title} {parts}{found}</div>\n'
