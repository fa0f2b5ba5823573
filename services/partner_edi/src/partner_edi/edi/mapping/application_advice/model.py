"""What an application says of documents it received: their content, not their syntax."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Verdict = Literal["accepted", "accepted_with_errors", "partially_accepted", "rejected"]


class Fault(msgspec.Struct, frozen=True):
    """One reason: a code as the standard or the partner has it, and words."""

    code: str
    text: str = ""

    def sentence(self) -> str:
        """The reason in one line."""
        return f"{self.text or 'no reason in words'} [{self.code}]"


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is spoken of: its number, its set, its control numbers, and the verdict."""

    verdict: Verdict
    reference: str
    set_code: str = ""
    group_control: str = ""
    set_control: str = ""
    faults: tuple[Fault, ...] = ()


class ApplicationAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """An advice under a number of its own, on one document or several."""

    reference: str
    written_on: date | None
    originals: tuple[Original, ...]
