"""One transaction set, taken in: an order, an answer to a document of ours, or a refusal."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from uuid import UUID

import msgspec

from crossdock import Service, Tx
from crossdock_contracts.partners import (
    AcknowledgementReceived,
    DocumentRejected,
    PurchaseOrderReceived,
)

from . import store
from .edi.acknowledgements import functional
from .edi.envelope import Group, Interchange, TransactionSet
from .edi.finding import Finding, Level
from .edi.mapping import purchase_order
from .edi.segments import write
from .profiles import Profile
from .records import NewDocument, SentDocument

# One document may have thousands of faults; an event and an exception carry the first of them.
MOST_FINDINGS = 50


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


class SetIntake(msgspec.Struct):
    """One transaction set within its envelopes."""

    service: Service
    file: File
    file_id: UUID
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
        answer = functional.answer_set(current, self.group, self.interchange)
        async with self.service.begin() as tx:
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
        self, now: datetime, record: NewDocument, order: purchase_order.PurchaseOrder
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
        answer = functional.read(self.document.segments)
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

    def _record(self, state: str, po_number: str) -> NewDocument:
        current, file = self.document, self.file
        code = re.sub(r"[^A-Z0-9]", "", current.code[:6]) or "X12"
        po_number = "".join(c for c in po_number if c.isprintable())
        found = [*self.interchange.findings, *self.group.findings, *current.findings]
        rows = [segment.elements for segment in current.segments]
        controls = (self.interchange.control, self.group.control, current.control)
        return NewDocument(
            document_id=f"{code}-{short(self.file_id, self.place)}",
            direction="in",
            set_code=code,
            partner_id=self.profile.partner_id,
            state=state,
            po_number=po_number,
            reference=po_number,
            file_id=self.file_id,
            file_name=file.name,
            control_number="/".join(control[:20] for control in controls),
            profile_version=self.profile.version,
            findings=tuple(finding.sentence() for finding in found),
            raw=write(rows, self.interchange.delimiters).encode(),
        )


async def _take_answer(tx: Tx, document: SentDocument, answer: functional.GroupAnswer) -> None:
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


def report(tx: Tx, document: NewDocument, code: str) -> None:
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


def short(file_id: UUID, place: str) -> str:
    """An id that looking at the same file again makes again."""
    return hashlib.sha256(f"{file_id}/{place}".encode()).hexdigest()[:16]
