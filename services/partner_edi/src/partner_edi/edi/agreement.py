"""An interchange held against what was agreed with its sender."""

from __future__ import annotations

import msgspec

from .envelope import Group, Interchange, TransactionSet
from .finding import Finding, Level, shown
from .lexer import Segment


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides agreed on: addresses, usage, releases, sets, and deviations tolerated.

    A release is GS08 (004010), or UNH02 after the message's name (D:96A:UN), where what follows in
    the message (an association's code) does not matter.
    """

    standard: str
    receivers: frozenset[tuple[str, str]]
    usage: str
    releases: frozenset[str]
    sets: frozenset[str]
    group_types: dict[str, str] = {}
    group_senders: frozenset[str] = frozenset()


def judge(interchange: Interchange, agreement: Agreement) -> None:
    """Add what is not as agreed to the findings, and soften what the agreement allows."""
    _judge_interchange(interchange, agreement)
    for group in interchange.groups:
        if group.standard == "X12":
            _judge_group(group, agreement)
        for document in group.sets:
            _judge_set(document, group, agreement)
            _soften_group_type(document, group, agreement)


def _judge_interchange(interchange: Interchange, agreement: Agreement) -> None:
    opening, add = interchange.opening, interchange.findings.append
    edifact = interchange.standard == "EDIFACT"
    if interchange.standard != agreement.standard:
        text = f"the interchange is {interchange.standard}; agreed is {agreement.standard}"
        add(_fatal("standard_not_agreed", text, opening, ("024", "17")))
    if interchange.receiver not in agreement.receivers:
        who = "/".join(interchange.receiver)
        text = f"the interchange is addressed to {shown(who)}, which is not us"
        add(_fatal("not_our_address", text, opening, ("008", "7")))
    if interchange.usage != agreement.usage:
        name = "the usage (UNB11)" if edifact else "ISA15"
        text = f"{name} is {shown(interchange.usage)}; agreed is {agreement.usage}"
        add(_fatal("usage_not_agreed", text, opening, ("020", "25")))


def _judge_group(group: Group, agreement: Agreement) -> None:
    if group.version not in agreement.releases:
        text = f"GS08 is {shown(group.version)}; {_agreed(agreement)}"
        group.findings.append(_fatal("version_not_agreed", text, group.opening, ("2", "")))
    sender = group.opening.get(2)
    if agreement.group_senders and sender not in agreement.group_senders:
        text = f"GS02 {shown(sender)} is not among the agreed senders"
        at = group.opening.position
        group.findings.append(
            Finding(code="group_sender", text=text, position=at, level=Level.NOTE)
        )


def _judge_set(document: TransactionSet, group: Group, agreement: Agreement) -> None:
    opening, add = document.opening, document.findings.append
    if document.code not in agreement.sets:
        text = f"{shown(document.code[:6])} is not agreed with this partner"
        add(_fatal("set_not_agreed", text, opening, ("1", "17")))
    # A CONTRL has versions of its own, whatever else is agreed.
    elif group.standard == "EDIFACT" and document.code != "CONTRL":
        here = f"{document.version}:"
        if not any(here.startswith(f"{release}:") for release in agreement.releases):
            text = f"the message is of {shown(document.version)}; {_agreed(agreement)}"
            add(_fatal("version_not_agreed", text, opening, ("", "17")))


def _agreed(agreement: Agreement) -> str:
    return f"agreed is {', '.join(sorted(agreement.releases))}"


def _soften_group_type(document: TransactionSet, group: Group, agreement: Agreement) -> None:
    """An industry guide may put a set in a group of its own: then it is noted, not refused."""
    if agreement.group_types.get(document.code) != group.code:
        return
    document.findings[:] = [
        msgspec.structs.replace(f, level=Level.NOTE) if f.code == "group_type" else f
        for f in document.findings
    ]


def _fatal(code: str, text: str, opening: Segment, errors: tuple[str, str]) -> Finding:
    """A refusal; `errors` are its codes in X12's answers and in a CONTRL."""
    edifact = bool(opening.marks.decimal)
    return Finding(
        code=code,
        text=text,
        position=opening.position,
        line=opening.line,
        level=Level.FATAL,
        tag=opening.tag[:3],
        trailer_error="" if edifact else errors[0],
        control_error=errors[1] if edifact else "",
    )
