"""What is in a file and what is wrong with it, in memory that does not grow with the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from ..envelope import Group, Interchange, Listener, TransactionSet, stream
from ..finding import Finding
from ..lexer import Segment
from ..rules import SetCheck, envelope_findings
from ..sets.grammar import sets

# A file may be wrong in every line; what is beyond this is counted and not kept.
MOST_FINDINGS = 1000
MOST_INTERCHANGES = 1000


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange as its header tells it."""

    standard: str
    sender: str
    receiver: str
    control: str
    usage: str
    line: int


class Held(msgspec.Struct, kw_only=True):
    """Documents of one kind; `checked` tells whether there is a table to hold them against."""

    standard: str
    code: str
    version: str
    name: str
    checked: bool
    count: int = 0


class Report(msgspec.Struct, kw_only=True):
    """Everything that is to be said of a file."""

    readable: bool = False
    interchanges: list[Seal] = []
    sets: list[Held] = []
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    segments: int = 0

    @property
    def found(self) -> int:
        """All findings, those that were not kept too."""
        return sum(self.counts.values())

    @property
    def exit_code(self) -> int:
        """0 for a valid file, 1 for one with findings, 2 for one that is none."""
        return 2 if not self.readable else 1 if self.found else 0


def inspect(chunks: Iterable[bytes]) -> Report:
    """Read and check a file of any size; never raises, whatever its bytes are."""
    desk = Inspector()
    stream(chunks, desk)
    return desk.report()


class Inspector(Listener):
    """Checks every set as it is read, and keeps findings only."""

    def __init__(self) -> None:
        super().__init__()
        self.seals: list[Seal] = []
        self.sets: dict[tuple[str, ...], Held] = {}
        self.findings: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.segments = 0
        self.readable = False
        self.check: SetCheck | None = None

    def report(self) -> Report:
        """What was found up to now."""
        return Report(
            readable=self.readable,
            interchanges=self.seals,
            sets=list(self.sets.values()),
            findings=sorted(self.findings, key=lambda f: (f.line, f.position, f.element)),
            counts=dict(self.counts),
            segments=self.segments,
        )

    def note(self, finding: Finding) -> None:
        """Count a finding, and keep it while there is room."""
        self.counts[finding.code] += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)

    def start_interchange(self, interchange: Interchange) -> None:
        """Note who writes to whom."""
        self.readable = True
        for found in envelope_findings(interchange.opening):
            self.note(found)
        if len(self.seals) < MOST_INTERCHANGES:
            self.seals.append(seal(interchange))

    def start_group(self, group: Group, interchange: Interchange) -> None:
        """Check the group's header."""
        for found in () if group.implicit else envelope_findings(group.opening):
            self.note(found)

    def start_set(
        self, document: TransactionSet, group: Group, interchange: Interchange
    ) -> Callable[[Segment], None]:
        """Count the set, and check what comes of it."""
        kind = held(document, group)
        self.sets.setdefault((kind.standard, kind.code, kind.version), kind).count += 1
        self.check = SetCheck(document.code, document.opening, document.release)
        return self.check.take

    def between(self, segment: Segment, interchange: Interchange) -> None:
        """A TA1 is a document of one segment."""
        kind = Held(
            standard=interchange.standard,
            code=segment.tag,
            version=interchange.opening.get(12),
            name="Interchange Acknowledgment" if segment.tag == "TA1" else "",
            checked=segment.tag == "TA1",
        )
        self.sets.setdefault((kind.standard, kind.code, kind.version), kind).count += 1
        self.segments += 1
        for found in envelope_findings(segment):
            self.note(found)

    def end_set(self, document: TransactionSet) -> None:
        """Collect what was found in the set."""
        assert self.check is not None
        if document.closed:
            self.check.take(document.segments[-1])
        self.segments += self.check.taken
        for found in (*document.findings, *self.check.findings):
            self.note(found)
        self.counts["unsaid"] += self.check.unsaid
        self.check = None

    def end_group(self, group: Group) -> None:
        """Collect what was found around the sets."""
        self._end(group)

    def end_interchange(self, interchange: Interchange) -> None:
        """Collect what was found around the groups."""
        self._end(interchange)

    def _end(self, level: Group | Interchange) -> None:
        closing = envelope_findings(level.closing) if level.closing else ()
        for found in (*level.findings, *closing):
            self.note(found)


def seal(interchange: Interchange) -> Seal:
    """An interchange's header as text."""
    return Seal(
        standard=interchange.standard,
        sender="/".join(interchange.sender).strip("/"),
        receiver="/".join(interchange.receiver).strip("/"),
        control=interchange.control,
        usage={"P": "production", "T": "test"}.get(interchange.usage, interchange.usage),
        line=interchange.opening.line,
    )


def held(document: TransactionSet, group: Group) -> Held:
    """What kind of document a set is."""
    table = sets(group.standard).get(document.code)
    return Held(
        standard=group.standard,
        code=document.code,
        version=document.version or group.version,
        name=table.name if table else "",
        checked=table is not None,
    )
