"""A received file, taken in: each set once, in a transaction and a trace of its own."""

from __future__ import annotations

from uuid import UUID

import msgspec

from crossdock import Service

from .. import store as documents
from ..book import Book
from ..edi import segments
from ..edi.agreement import judge
from ..edi.envelope import Group, Interchange, Reading, TransactionSet
from ..edi.finding import Finding, Level, worst
from ..edi.rules import envelope_findings
from ..outbound import answers
from ..profiles import Profile
from ..records import NewDocument
from . import store
from .incoming import report
from .sets import Envelopes, File, SetIntake, short


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of the file: `done` and `duplicate` are archived, `error` is set aside."""

    file_id: UUID
    state: str
    findings: list[str]


class Again(msgspec.Struct, frozen=True):
    """A file's document that is taken once more, and how often that was done with its file."""

    document_id: str
    turn: int


async def take_in(service: Service, book: Book, file: File, reading: Reading) -> Outcome:
    """Do everything a file asks for; after a crash half-way, only what is still to do."""
    async with service.begin() as tx:
        file_id = tx.derived_id("file", file.partner_id, file.name, file.identity, file.sha256)
        state, known = await store.add_file(
            tx, file_id, file.partner_id, file.name, file.sha256, file.raw
        )
        if state != "received":
            return Outcome(file_id, state, known)
        earlier = await store.twin(tx, file_id, file.partner_id, file.sha256)
    intake = _Intake(service, book, file, file_id)
    if earlier is not None:
        await intake.report_twin(earlier)
    else:
        await intake.take(reading)
    async with service.begin() as tx:
        await store.finish_file(tx, file_id, intake.state, intake.findings)
    return Outcome(file_id, intake.state, intake.findings)


async def take_again(
    service: Service, book: Book, file: File, file_id: UUID, asked: Again, reading: Reading
) -> Outcome:
    """Take a file in once more for one of its documents; the others are as they were."""
    intake = _Intake(service, book, file, file_id, asked)
    await intake.take(reading)
    async with service.begin() as tx:
        await store.finish_file(tx, file_id, intake.state, intake.findings)
    return Outcome(file_id, intake.state, intake.findings)


class _Intake:
    """The work on one file, and what is to be said about it."""

    def __init__(
        self,
        service: Service,
        book: Book,
        file: File,
        file_id: UUID,
        asked: Again | None = None,
    ) -> None:
        self.service = service
        self.book = book
        self.file = file
        self.file_id = file_id
        self.asked = asked
        self.retaken: set[str] = set()
        self.state = "done"
        self.findings: list[str] = []

    async def report_twin(self, earlier: str) -> None:
        self.state = "duplicate"
        text = f"the same content was received before as {earlier}"
        found = Finding(code="duplicate_file", text=text, level=Level.FATAL)
        await self._set_aside(found, "duplicate", "file")

    async def take(self, reading: Reading) -> None:
        # Text outside of any interchange may be an order whose header was lost: a person looks.
        serious = [f for f in reading.findings if f.level is not Level.NOTE]
        self._note([f for f in reading.findings if f.level is Level.NOTE])
        if serious or not reading.interchanges:
            self.state = "error"
            nothing = Finding(code="unreadable_file", text="the file holds no interchange")
            first = max(serious, key=lambda f: f.level, default=nothing)
            self._note([f for f in serious if f is not first])
            if first.level is Level.FATAL or not reading.interchanges:
                first = msgspec.structs.replace(first, code="unreadable_file")
            await self._set_aside(first, "rejected", "file")
        for ordinal, interchange in enumerate(reading.interchanges):
            await self._take_interchange(ordinal, interchange)

    async def _take_interchange(self, ordinal: int, interchange: Interchange) -> None:
        profile = self.book.senders.get(interchange.sender)
        if profile is None or profile.partner_id != self.file.partner_id:
            self.state = "error"
            await self._refuse_sender(ordinal, interchange, profile)
            return
        interchange.findings += envelope_findings(interchange.opening)
        for group in interchange.groups:
            group.findings += () if group.implicit else envelope_findings(group.opening)
        judge(interchange, profile.agreement)
        broken = worst(interchange.findings) is Level.FATAL
        self._note(interchange.findings)
        if broken:
            self.state = "error"
        elif not await self._claim(ordinal, interchange):
            await self._report_repeated(ordinal, interchange)
            return
        if broken and not any(group.sets for group in interchange.groups):
            fault = next(f for f in interchange.findings if f.level is Level.FATAL)
            await self._set_aside(fault, "rejected", f"interchange/{ordinal}", interchange.standard)
        await self._take_answers(ordinal, interchange, profile)
        for number, group in enumerate(interchange.groups):
            await self._take_group(f"{ordinal}/{number}", group, interchange, profile)
        async with self.service.begin() as tx:
            mark = self._mark(f"{ordinal}")
            await answers.to_interchange(tx, profile, interchange, mark, self.file_id)

    async def _take_answers(self, ordinal: int, interchange: Interchange, profile: Profile) -> None:
        """TA1s stand between the envelopes; each is a document of one segment."""
        for number, segment in enumerate(interchange.answers):
            document = TransactionSet("TA1", segment.get(1), [segment], closed=True)
            around = self._envelopes(interchange, None, document)
            await self._take_set(f"{ordinal}/TA1/{number}", document, around, profile)

    async def _take_group(
        self, place: str, group: Group, interchange: Interchange, profile: Profile
    ) -> None:
        self._note(group.findings)
        for number, document in enumerate(group.sets):
            around = self._envelopes(interchange, group, document)
            await self._take_set(f"{place}/{number}", document, around, profile)
        async with self.service.begin() as tx:
            mark = self._mark(place)
            await answers.to_group(tx, profile, interchange, group, mark, self.file_id)

    async def _take_set(
        self, place: str, document: TransactionSet, around: Envelopes, profile: Profile
    ) -> None:
        taker = SetIntake(
            service=self.service,
            file=self.file,
            file_id=self.file_id,
            profile=profile,
            envelopes=around,
            document=document,
            place=place,
        )
        await taker.take()
        if self.asked is not None and taker.document_id == self.asked.document_id:
            self.retaken.add(place)
        self._note(document.findings)

    def _mark(self, place: str) -> str:
        """What an answer is known by: a document that was taken again is answered again."""
        if self.asked and any(retaken.startswith(f"{place}/") for retaken in self.retaken):
            place = f"{place}/{self.asked.turn}"
        return short(self.file_id, place)

    def _envelopes(
        self, interchange: Interchange, group: Group | None, document: TransactionSet
    ) -> Envelopes:
        controls, findings = [interchange.control], list(interchange.findings)
        if group is not None and not group.implicit:
            controls.append(group.control)
        if group is not None:
            findings += group.findings
        return Envelopes(
            controls=(*controls, document.control),
            findings=tuple(findings),
            marks=interchange.delimiters,
        )

    async def _claim(self, ordinal: int, interchange: Interchange) -> bool:
        # ISA13 is a number that may be padded; UNB05 is text.
        number = segments.count(interchange.control) if interchange.standard == "X12" else None
        control = interchange.control if number is None else str(number)
        async with self.service.begin() as tx:
            return await store.claim_interchange(
                tx, self.file.partner_id, control, self.file_id, ordinal
            )

    async def _refuse_sender(
        self, ordinal: int, interchange: Interchange, profile: Profile | None
    ) -> None:
        sender = "/".join(interchange.sender)
        text = f"no partner has the interchange address {sender!r}: add a profile for it"
        if profile is not None:
            text = f"{sender!r} is {profile.partner_id}, not the owner of this inbox"
        found = Finding(code="unknown_partner", text=text, position=interchange.opening.position)
        await self._set_aside(found, "rejected", f"interchange/{ordinal}", interchange.standard)

    async def _report_repeated(self, ordinal: int, interchange: Interchange) -> None:
        self.state = "duplicate" if self.state == "done" else self.state
        name = "ISA13" if interchange.standard == "X12" else "UNB05"
        text = f"{name} {interchange.control} was used before by this partner"
        found = Finding(
            code="duplicate_interchange", text=text, position=interchange.opening.position
        )
        await self._set_aside(found, "duplicate", f"interchange/{ordinal}", interchange.standard)

    async def _set_aside(
        self, finding: Finding, state: str, place: str, standard: str = "X12"
    ) -> None:
        """Record what has no transaction set to stand for it, and put it before a person."""
        self._note([finding])
        document = NewDocument(
            document_id=f"{standard}-{short(self.file_id, place)}",
            direction="in",
            set_code=standard,
            partner_id=self.file.partner_id[:40],
            state=state,
            file_id=self.file_id,
            file_name=self.file.name,
            reference=place,
            findings=(finding.sentence(),),
        )
        async with self.service.begin() as tx:
            if await documents.add_document(tx, document):
                report(tx, document, finding.code)

    def _note(self, findings: list[Finding]) -> None:
        self.findings += [finding.sentence() for finding in findings]
