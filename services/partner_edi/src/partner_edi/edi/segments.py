"""Small helpers for elements: numbers and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

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
