"""Who hears what is read, as it is read."""

from __future__ import annotations

from collections.abc import Callable

from ..finding import Finding
from ..lexer import Segment
from .model import Group, Interchange, Reading, TransactionSet


class Listener:
    """Hears what is read, as it is read; this one keeps everything."""

    def __init__(self) -> None:
        self.reading = Reading()

    def note(self, finding: Finding) -> None:
        """A finding outside of any interchange."""
        self.reading.findings.append(finding)

    def start_interchange(self, interchange: Interchange) -> None:
        """An ISA or UNB was read."""
        self.reading.interchanges.append(interchange)

    def start_group(self, group: Group, interchange: Interchange) -> None:
        """A group begins."""
        interchange.groups.append(group)

    def start_set(
        self, document: TransactionSet, group: Group, interchange: Interchange
    ) -> Callable[[Segment], None]:
        """A set begins: what is returned gets its segments, up to its trailer."""
        group.sets.append(document)
        return document.segments.append

    def between(self, segment: Segment, interchange: Interchange) -> None:
        """A TA1, which stands outside of any group."""
        if segment.tag == "TA1":
            interchange.answers.append(segment)

    def end_set(self, document: TransactionSet) -> None:
        """The set's trailer was read, or is known to be missing."""

    def end_group(self, group: Group) -> None:
        """The group is over."""

    def end_interchange(self, interchange: Interchange) -> None:
        """The interchange is over."""
