"""Serial shipping container codes: eighteen digits, the last of which proves the others."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import shown
from ..lexer import Segment
from ..tables import Issue

# MAN01 for SSCC-18 labels; EDIFACT's GIN qualifier is BJ.
SERIAL = frozenset({"GM"})


def check_digit(digits: str) -> str:
    """The last digit of a GS1 number whose other digits are given."""
    weighted = sum(int(d) * (3, 1)[at % 2] for at, d in enumerate(reversed(digits)))
    return str(-weighted % 10)


def is_sscc(value: str) -> bool:
    """Whether a value is an SSCC-18, with or without its application identifier 00."""
    body = value[2:] if len(value) == 20 and value.startswith("00") else value
    right = len(body) == 18 and body.isascii() and body.isdigit()
    return right and check_digit(body[:-1]) == body[-1]


def label_issues(segment: Segment) -> Iterator[Issue]:
    """Wrong SSCCs: a finding and not a refusal, since many partners send them."""
    places: tuple[tuple[int, int, str], ...] = ()
    if segment.tag == "MAN" and segment.get(1) in SERIAL:
        places = ((2, 0, "87"), (3, 0, "87"))
    elif segment.tag == "GIN" and segment.get(1) == "BJ":
        places = tuple((at, part, "7402") for at in range(2, 7) for part in (1, 2))
    for at, part, number in places:
        value = segment.part(at, part or 1)
        if value and not is_sscc(value):
            why = "check digit is wrong" if len(value) in (18, 20) else "length is not 18 or 20"
            text = f"{segment.tag}{at:02d}, the SSCC {shown(value)}: its {why}"
            yield Issue("check_digit", at, part, number, value, text)
