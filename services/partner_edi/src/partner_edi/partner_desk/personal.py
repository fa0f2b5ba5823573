"""What a finding quotes from segments that name people and places is not for every eye."""

from __future__ import annotations

import re

# Names, streets, cities and contacts, of either standard.
PERSONAL = re.compile(r"\b(N[1-4]|NM1|PER|NAD|CTA|COM|G61)\d\d")
QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"")


def told(finding: str) -> str:
    """A finding's sentence without the person or place it quotes."""
    return QUOTED.sub("(personal)", finding) if PERSONAL.search(finding) else finding
