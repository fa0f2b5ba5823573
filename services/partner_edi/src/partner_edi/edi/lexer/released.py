"""Characters that EDIFACT releases, hidden from a plain split until their segment is read."""

from __future__ import annotations

import re

from .segment import DROPPED, ESCAPES, Delimiters

HIDDEN = re.compile(f"[{ESCAPES}{DROPPED}]")
RELEASED = re.compile(f"[{ESCAPES}]")


def hidden(block: str, marks: Delimiters) -> str:
    """Released characters as control characters; a release before anything else is dropped."""
    release = marks.release
    if not release:
        return block
    block = block if block.isascii() else HIDDEN.sub("\x1a", block)
    if release not in block:
        return block
    block = block.replace(release * 2, ESCAPES[0])
    # A line may have been wrapped between the release character and what it releases.
    for end in ("\r\n", "\n"):
        block = block.replace(release + end, end + release)
    for mark, value in zip(ESCAPES, (release, *_released(marks)), strict=True):
        if value:
            block = block.replace(release + value, mark)
    return block.replace(release, DROPPED)


def _released(marks: Delimiters) -> tuple[str, ...]:
    return marks.segment, marks.element, marks.component, marks.repetition


def unhidden_length(text: str, marks: Delimiters) -> int:
    """How long hidden text was before: a released character stands for two."""
    if not marks.release or text.isascii():
        return len(text)
    return len(text) + len(RELEASED.findall(text))
