"""A picked-up file, taken in: each set once, in a transaction and a trace of its own."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import re
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from crossdock import Service, Tx
from crossdock_contracts.partners import (
    AcknowledgementReceived,
    DocumentRejected,
    PurchaseOrderReceived,
)

from . import outbound, store
from .edi import acknowledge, segments
from .edi.agreement import judge
from .edi.envelope import Group, Interchange, Reading, TransactionSet
from .edi.finding import Finding, Level, worst
from .edi.segments import write
from .edi.sets import purchase_order
from .profiles import Book, Profile

T = TypeVar("T")
# One document may have thousands of faults; an event and an exception carry the first of them.
MOST_FINDINGS = 50
UNACKNOWLEDGED = ("FA",)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was picked up; `identity` tells a second drop from a second look."""

    partner_id: str
    name: str
    identity: str
    raw: bytes

    @property
    def sha256(self) -> str:
        """The content's digest."""
        return hashlib.sha256(self.raw).hexdigest()


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of the file: `done` and `duplicate` are archived, `error` is set aside."""

    file_id: UUID
    state: str
    findings: list[str]


async def take_in(service: Service, book: Book, file: File, reading: Reading) -> Outcome:
    """Do everything a file asks for; after a crash half-way, only what is still to do."""
    async with service.begin() as tx:
        file_id = tx.derived_id("file", file.partner_id, file.name, file.identity, file.sha256)
        state = await store.add_file(tx, file_id, file.partner_id, file.name, file.sha256, file.raw)
        if state != "received":
            return Outcome(file_id, state, await store.file_findings(tx, file_id))
        earlier = await store.twin(tx, file_id, file.partner_id, file.sha256)
    intake = _Intake(service, book, file, file_id)
    if earlier is not None:
        await intake.report_twin(earlier)
    else:
        await intake.take(reading)
    async with service.begin() as tx:
        await store.finish_file(tx, file_id, intake.state, intake.findings)
    return Outcome(file_id, intake.state, intake.findings)


async def in_own_trace(work: Coroutine[Any, Any, T]) -> T:
    """Run work outside of the periodic look's trace: a document starts the trace of its order."""
    return await asyncio.create_task(work, context=contextvars.Context())


class _Intake:
    """The work on one file, and what is to be said about it."""

    def __init__(self, service: Service, book: Book, file: File, file_id: UUID) -> None:
        self.service = service
        self.book = book
        self.file = file
        self.file_id = file_id
        self.state = "done"
        self.findings: list[str] = []

    async def report_twin(self, earlier: str) -> None:
        self.state = "duplicate"
        text = f"the same content was received before as {earlier}"
        found = Finding(code="duplicate_file", text=text, level=Level.FATAL)
        await self._set_aside(found, "duplicate", "file")

    async def take(self, reading: Reading) -> None:
        self.findings += [finding.sentence() for finding in reading.findings]
        fatal = [f for f in reading.findings if f.level is Level.FATAL]
        if fatal or not reading.interchanges:
            self.state = "error"
            nothing = Finding(code="unreadable_file", text="the file holds no interchange")
            first = fatal[0] if fatal else nothing
            unreadable = msgspec.structs.replace(first, code="unreadable_file")
            await self._set_aside(unreadable, "rejected", "file")
        for ordinal, interchange in enumerate(reading.interchanges):
            await self._take_interchange(ordinal, interchange)

    async def _take_interchange(self, ordinal: int, interchange: Interchange) -> None:
        profile = self.book.senders.get(interchange.sender)
        if profile is None or profile.partner_id != self.file.partner_id:
            self.state = "error"
            await self._refuse_sender(ordinal, interchange, profile)
            return
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
            await self._set_aside(fault, "rejected", f"interchange/{ordinal}")
        for number, group in enumerate(interchange.groups):
            place = f"{ordinal}/{number}"
            await self._take_group(place, group, interchange, profile)

    async def _take_group(
        self, place: str, group: Group, interchange: Interchange, profile: Profile
    ) -> None:
        self._note(group.findings)
        for number, document in enumerate(group.sets):
            taker = _SetIntake(self, profile, interchange, group, document, f"{place}/{number}")
            await in_own_trace(taker.take())
            self._note(document.findings)
        # A 997 is never acknowledged: two systems would thank each other for ever.
        if group.code not in UNACKNOWLEDGED:
            await in_own_trace(self._acknowledge(place, group, interchange, profile))

    async def _acknowledge(
        self, place: str, group: Group, interchange: Interchange, profile: Profile
    ) -> None:
        rows = acknowledge.acknowledgement(group, interchange)
        reference = _short(self.file_id, place)
        async with self.service.begin() as tx:
            await outbound.send(tx, profile, "997", reference, rows, file_id=self.file_id)

    async def _claim(self, ordinal: int, interchange: Interchange) -> bool:
        control = segments.count(interchange.control) or 0
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
        found = Finding(code="unknown_partner", text=text, position=interchange.isa.position)
        await self._set_aside(found, "rejected", f"interchange/{ordinal}")

    async def _report_repeated(self, ordinal: int, interchange: Interchange) -> None:
        self.state = "duplicate" if self.state == "done" else self.state
        text = f"ISA13 {interchange.control} was used before by this partner"
        found = Finding(code="duplicate_interchange", text=text, position=interchange.isa.position)
        await self._set_aside(found, "duplicate", f"interchange/{ordinal}")

    async def _set_aside(self, finding: Finding, state: str, place: str) -> None:
        """Record what has no transaction set to stand for it, and put it before a person."""
        self._note([finding])
        document = store.NewDocument(
            document_id=f"X12-{_short(self.file_id, place)}",
            direction="in",
            set_code="X12",
            partner_id=self.file.partner_id[:40],
            state=state,
            file_id=self.file_id,
            file_name=self.file.name,
            reference=place,
            findings=(finding.sentence(),),
        )
        async with self.service.begin() as tx:
            if await store.add_document(tx, document):
                report(tx, document, finding.code)

    def _note(self, findings: list[Finding]) -> None:
        self.findings += [finding.sentence() for finding in findings]


class _SetIntake(msgspec.Struct):
    """One transaction set within its envelopes."""

    intake: _Intake
    profile: Profile
    interchange: Interchange
    group: Group
    document: TransactionSet
    place: str

    async def take(self) -> None:
        """Judge the set, and say what came of it, once."""
        order: purchase_order.PurchaseOrder | None = None
        current = self.document
        if current.code == "850":
            order, findings = purchase_order.read(current.segments, self.profile.currency)
            current.findings.extend(findings)
        elif current.code != "997":
            text = f"transaction set {current.code[:6]!r} is not agreed with this partner"
            current.findings.append(
                Finding(
                    code="set_not_supported",
                    text=text,
                    position=current.position,
                    level=Level.FATAL,
                    trailer_error="1",
                )
            )
        answer = acknowledge.answer_set(current, self.group, self.interchange)
        async with self.intake.service.begin() as tx:
            if answer == "R":
                await self._reject(tx)
            elif order is not None:
                await self._order(tx, order)
            else:
                await self._acknowledge(tx)

    async def _order(self, tx: Tx, order: purchase_order.PurchaseOrder) -> None:
        record = self._record("translated", order.po_number)
        if not await store.add_document(tx, record):
            return
        await store.keep_purchase_order(
            tx,
            *(record.partner_id, order.po_number, record.document_id, order.po_date, order.lines),
        )
        tx.emit(self._received(tx.now, record, order))

    def _received(
        self, now: datetime, record: store.NewDocument, order: purchase_order.PurchaseOrder
    ) -> PurchaseOrderReceived:
        return PurchaseOrderReceived(
            partner_id=record.partner_id,
            po_number=order.po_number,
            document_id=record.document_id,
            customer_id=self.profile.customer_id,
            received_at=now,
            purpose=order.purpose,
            lines=order.lines,
            currency=order.currency,
            po_date=order.po_date,
            ship_to=order.ship_to,
            requested_ship_at=order.requested_ship_at,
            file_name=record.file_name,
            control_number=record.control_number,
        )

    async def _reject(self, tx: Tx) -> None:
        found = [*self.interchange.findings, *self.group.findings, *self.document.findings]
        fatal = next(f for f in found if f.level is Level.FATAL)
        record = self._record("rejected", purchase_order.order_number(self.document.segments))
        if await store.add_document(tx, record):
            report(tx, record, fatal.code)

    async def _acknowledge(self, tx: Tx) -> None:
        """A 997 from the partner: its word on documents of ours."""
        answer = acknowledge.read(self.document.segments)
        record = self._record("received", "")
        if answer is None:
            unread = ("the 997 has no AK1 and AK9 that can be read",)
            record = msgspec.structs.replace(record, state="rejected", findings=unread)
        if not await store.add_document(tx, record):
            return
        if answer is None:
            report(tx, record, "acknowledgement_unreadable")
            return
        sent = await store.document_in_group(tx, record.partner_id, answer.group_control)
        if sent is not None:
            await _take_answer(tx, sent, answer)
        else:
            tx.raise_exception(
                code="acknowledgement_unmatched",
                text=f"{record.partner_id} acknowledges group {answer.group_control}, never sent",
                team="partner_desk",
                about=record.document_id,
                context={"file": record.file_name},
            )

    def _record(self, state: str, po_number: str) -> store.NewDocument:
        current, file = self.document, self.intake.file
        code = re.sub(r"[^A-Z0-9]", "", current.code[:6]) or "X12"
        po_number = "".join(c for c in po_number if c.isprintable())
        found = [*self.interchange.findings, *self.group.findings, *current.findings]
        rows = [segment.elements for segment in current.segments]
        controls = (self.interchange.control, self.group.control, current.control)
        return store.NewDocument(
            document_id=f"{code}-{_short(self.intake.file_id, self.place)}",
            direction="in",
            set_code=code,
            partner_id=self.profile.partner_id,
            state=state,
            po_number=po_number,
            reference=po_number,
            file_id=self.intake.file_id,
            file_name=file.name,
            control_number="/".join(control[:20] for control in controls),
            profile_version=self.profile.version,
            findings=tuple(finding.sentence() for finding in found),
            raw=write(rows, self.interchange.delimiters).encode(),
        )


async def _take_answer(
    tx: Tx, document: store.SentDocument, answer: acknowledge.GroupAnswer
) -> None:
    """Mark one of our documents with the partner's word, and tell the others."""
    own = [s for s in answer.sets if s.code == document.set_code]
    status = own[0].status if own else answer.status
    findings = own[0].findings if own else ()
    refused = status in ("rejected", "partially_accepted")
    state = "rejected" if refused else "acknowledged"
    await store.mark_answered(tx, document.document_id, state, findings)
    tx.emit(
        AcknowledgementReceived(
            partner_id=document.partner_id,
            po_number=document.po_number,
            document_id=document.document_id,
            set_code=document.set_code,
            received_at=tx.now,
            status=status,
            findings=findings,
        )
    )
    if refused:
        tx.raise_exception(
            code="document_refused",
            text=f"{document.partner_id} refused our {document.set_code} {document.reference}",
            team="partner_desk",
            about=document.document_id,
            order_id=document.order_id,
            context={"findings": "; ".join(findings)[:2000]},
        )


def report(tx: Tx, document: store.NewDocument, code: str) -> None:
    """Say that a document could not be used, and put it before the partner desk."""
    findings = document.findings[:MOST_FINDINGS]
    if document.state == "rejected":
        tx.emit(
            DocumentRejected(
                partner_id=document.partner_id,
                po_number=document.po_number,
                document_id=document.document_id,
                set_code=document.set_code,
                rejected_at=tx.now,
                findings=findings,
                file_name=document.file_name,
            )
        )
    tx.raise_exception(
        code=code,
        text=findings[0] if findings else f"{document.file_name} could not be used",
        team="partner_desk",
        about=document.document_id,
        context={
            "partner_id": document.partner_id,
            "file": document.file_name,
            "control_number": document.control_number,
            "findings": "\n".join(findings),
        },
    )


def _short(file_id: UUID, place: str) -> str:
    """An id that looking at the same file again makes again."""
    return hashlib.sha256(f"{file_id}/{place}".encode()).hexdigest()[:16]
