"""What a partner says of something we sent, whichever document it says it in."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["accepted", "accepted_with_errors", "partially_accepted", "rejected"]
# Element 715 and 717; M, W and X are refusals for security reasons.
STATUS: dict[str, Status] = {
    "A": "accepted",
    "E": "accepted_with_errors",
    "P": "partially_accepted",
    "R": "rejected",
    "M": "rejected",
    "W": "rejected",
    "X": "rejected",
}


class SetAnswer(msgspec.Struct, frozen=True):
    """A partner's word on one of our documents."""

    code: str
    control: str
    status: Status
    findings: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's word on one of our interchanges or groups, and on the documents it names.

    `final` is false where only the envelope was looked at: the documents' answer is still to come.
    """

    control: int
    status: Status
    code: str = ""
    sets: tuple[SetAnswer, ...] = ()
    findings: tuple[str, ...] = ()
    final: bool = True
