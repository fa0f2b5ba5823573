"""One set checked as its segments come: structure, elements, trees and totals."""

from __future__ import annotations

from collections.abc import Iterator

from ..envelope import Standard
from ..finding import Finding
from ..lexer import Segment
from ..sets.grammar import sets
from ..sets.walk import Walk
from ..tables import Issue, dictionary, issues
from .codes import element_finding, segment_finding
from .labels import label_issues
from .totals import TAGS, Totals
from .trees import Tree

# A set may be wrong in every segment; nobody reads more than this.
MOST_FINDINGS = 500
# Notices of shipments hang all their levels on one; other sets have several of the first.
ROOTED = frozenset({"856", "857"})
# Only these say something about other segments, or prove themselves.
MEANING = TAGS | {"HL", "CPS", "MAN", "GIN", "CTT", "CNT"}


class SetCheck:
    """Findings of one set; `walk` is where reading stands, when the set has a table.

    `release` is GS08 or UNH02 after the message's name: which lengths and elements hold.
    """

    def __init__(self, code: str, opening: Segment, release: str = "") -> None:
        edifact = bool(opening.marks.decimal)
        standard: Standard = "EDIFACT" if edifact else "X12"
        self.segments = dictionary(standard, release).segments
        table = sets(standard).get(code)
        self.walk = Walk(table) if table else None
        self.tree = Tree("CPS" if edifact else "HL", one_root=code in ROOTED)
        self.totals = Totals(code, edifact)
        self.start = opening.position
        self.findings: list[Finding] = []
        self.unsaid = 0
        self.taken = 0
        self.take(opening)

    def take(self, segment: Segment) -> None:
        """The next segment of the set, from its header to its trailer."""
        self.taken += 1
        for finding in self._segment(segment):
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)
            else:
                self.unsaid += 1

    def _segment(self, segment: Segment) -> Iterator[Finding]:
        if self.walk is None:
            # What another agency's document holds is not ours to judge.
            return
        table = self.segments.get(segment.tag)
        known = table is not None
        for kind, tag, text in self.walk.take(segment):
            if kind == "foreign" and not known:
                kind, text = "unknown", f"{tag[:20]!r} is not a segment of the standard"
            kind = "missing_segment" if kind == "missing" else kind
            yield segment_finding(kind, tag, text, segment, self.start)
        if table is None:
            return
        for issue in issues(segment, table):
            yield element_finding(issue, segment, self.start)
        if segment.tag in MEANING:
            for issue in self._meaning(segment):
                yield element_finding(issue, segment, self.start)

    def _meaning(self, segment: Segment) -> Iterator[Issue]:
        if segment.tag == self.tree.tag:
            yield from self.tree.take(segment)
        yield from label_issues(segment)
        yield from self.totals.take(segment)
