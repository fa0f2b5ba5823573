"""An interchange held against what was agreed with its sender."""

from __future__ import annotations

import msgspec

from .envelope import Group, Interchange, TransactionSet
from .finding import Finding, Level, shown


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides agreed on: addresses, usage, releases, and deviations that are tolerated."""

    receivers: frozenset[tuple[str, str]]
    usage: str
    versions: frozenset[str]
    group_types: dict[str, str] = {}
    group_senders: frozenset[str] = frozenset()


def judge(interchange: Interchange, agreement: Agreement) -> None:
    """Add what is not as agreed to the findings, and soften what the agreement allows."""
    _judge_addresses(interchange, agreement)
    for group in interchange.groups:
        _judge_group(group, agreement)
        for document in group.sets:
            _soften_group_type(document, group, agreement)


def _judge_addresses(interchange: Interchange, agreement: Agreement) -> None:
    at = interchange.opening.position
    if interchange.receiver not in agreement.receivers:
        who = "/".join(interchange.receiver)
        text = f"the interchange is addressed to {shown(who)}, which is not us"
        interchange.findings.append(_fatal("not_our_address", text, at))
    if interchange.usage != agreement.usage:
        text = f"ISA15 is {shown(interchange.usage)}; agreed is {agreement.usage}"
        interchange.findings.append(_fatal("usage_not_agreed", text, at))


def _judge_group(group: Group, agreement: Agreement) -> None:
    at = group.opening.position
    if group.version not in agreement.versions:
        agreed = ", ".join(sorted(agreement.versions))
        text = f"GS08 is {shown(group.version)}; agreed is {agreed}"
        group.findings.append(_fatal("version_not_agreed", text, at, "2"))
    sender = group.opening.get(2)
    if agreement.group_senders and sender not in agreement.group_senders:
        text = f"GS02 {shown(sender)} is not among the agreed senders"
        group.findings.append(
            Finding(code="group_sender", text=text, position=at, level=Level.NOTE)
        )


def _soften_group_type(document: TransactionSet, group: Group, agreement: Agreement) -> None:
    """An industry guide may put a set in a group of its own: then it is noted, not refused."""
    if agreement.group_types.get(document.code) != group.code:
        return
    document.findings[:] = [
        msgspec.structs.replace(f, level=Level.NOTE) if f.code == "group_type" else f
        for f in document.findings
    ]


def _fatal(code: str, text: str, position: int, trailer_error: str = "") -> Finding:
    return Finding(
        code=code, text=text, position=position, level=Level.FATAL, trailer_error=trailer_error
    )
