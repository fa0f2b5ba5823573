"""Small helpers for elements: numbers, dates, and segments written back to text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from .lexer import Delimiters

NUMBER = re.compile(r"-?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})", re.ASCII)
DATE = re.compile(r"(\d{8}|\d{6})", re.ASCII)

Row = Sequence[str]


def number(text: str) -> Decimal | None:
    """An X12 decimal (type R), or None: no exponent, no comma, no sign but minus."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def count(text: str) -> int | None:
    """An unsigned whole number, leading zeros allowed; None when it is not one."""
    return int(text) if text.isdigit() and text.isascii() and len(text) <= 10 else None


def day(text: str) -> date | None:
    """A date as CCYYMMDD or, before 004010, YYMMDD; None when there is no such day."""
    if not DATE.fullmatch(text):
        return None
    try:
        if len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        # Two digits of a year: 00 to 68 are this century, as everywhere.
        year = int(text[:2])
        return date(year + (2000 if year < 69 else 1900), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def plain(value: Decimal) -> str:
    """A decimal as X12 writes it: an explicit point only where needed, never an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def implied(value: Decimal, decimals: int = 2) -> str:
    """An amount with implied decimals (type N2): 12.30 is 1230."""
    return str(int(value.scaleb(decimals).to_integral_value()))


def clean(value: str, delimiters: Delimiters, limit: int = 80) -> str:
    """A value that is safe inside an element: printable ASCII, no delimiter, no outer blanks."""
    folded = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    safe = "".join(" " if c in delimiters or not c.isprintable() else c for c in folded)
    return safe[:limit].strip()


def write(rows: Iterable[Row], delimiters: Delimiters, line_end: str = "\n") -> str:
    """Segments as text; empty elements at the end of a segment are left out."""
    return "".join(_line(row, delimiters) + delimiters.segment + line_end for row in rows)


def _line(row: Row, delimiters: Delimiters) -> str:
    elements = [clean(element, delimiters) for element in row]
    while len(elements) > 1 and not elements[-1]:
        elements.pop()
    return delimiters.element.join(elements)
