"""One received set: read, checked, recorded once, and handed to its taker."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID

import msgspec

from crossdock import Service, Tx

from .. import store
from ..edi import document as edi_document
from ..edi.envelope import TransactionSet
from ..edi.finding import Finding, Level, worst
from ..edi.lexer import Delimiters
from ..edi.rules import check_set, gravest
from ..profiles import Profile
from ..records import NewDocument
from . import TAKERS, Taker
from .incoming import Incoming, numbers, report


class File(msgspec.Struct, frozen=True, kw_only=True):
    """What a transport hands over; `identity` tells a second drop from a second look."""

    partner_id: str
    name: str
    identity: str
    raw: bytes

    @property
    def sha256(self) -> str:
        """The content's digest."""
        return hashlib.sha256(self.raw).hexdigest()


class Envelopes(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a set: its control numbers, what is wrong there, and its delimiters."""

    controls: tuple[str, ...]
    findings: tuple[Finding, ...]
    marks: Delimiters


class SetIntake(msgspec.Struct, kw_only=True):
    """One set within its envelopes; `place` is where in the file it stands."""

    service: Service
    file: File
    file_id: UUID
    profile: Profile
    envelopes: Envelopes
    document: TransactionSet
    place: str

    async def take(self) -> None:
        """Judge the set, and say what came of it, once."""
        taker = TAKERS.get(self.document.code)
        model = translate(self.document, taker, self.profile.currency)
        fatal = worst([*self.document.findings, *self.envelopes.findings]) is Level.FATAL
        async with self.service.begin() as tx:
            if fatal or taker is None:
                await self._reject(tx)
                return
            record = self._record(taker.state, model)
            if await store.add_document(tx, record):
                await taker.take(tx, Incoming(profile=self.profile, record=record, model=model))

    async def _reject(self, tx: Tx) -> None:
        found = [*self.envelopes.findings, *self.document.findings]
        record = self._record("rejected", None)
        if await store.add_document(tx, record):
            report(tx, record, next(f for f in found if f.level is Level.FATAL).code)

    def _record(self, state: str, model: Any) -> NewDocument:
        current, file, marks = self.document, self.file, self.envelopes.marks
        code = re.sub(r"[^A-Z0-9]", "", current.code[:6]) or self.profile.standard
        po_number, reference = numbers(current.segments)
        found = [*self.envelopes.findings, *current.findings]
        return NewDocument(
            document_id=f"{code}-{short(self.file_id, self.place)}",
            direction="in",
            set_code=code,
            partner_id=self.profile.partner_id,
            state=state,
            po_number=getattr(model, "po_number", None) or po_number,
            reference=getattr(model, "reference", None) or reference,
            file_id=self.file_id,
            file_name=file.name,
            control_number="/".join(control[:20] for control in self.envelopes.controls),
            profile_version=self.profile.version,
            findings=tuple(finding.sentence() for finding in found),
            raw=edi_document.lines(edi_document.rows(current.segments), marks).encode(),
        )


def translate(document: TransactionSet, taker: Taker | None, currency: str) -> Any:
    """The model of a set, or None; what is wrong with it is added to its findings."""
    found = [*document.findings, *check_set(document)]
    model = None
    if taker is not None:
        model, own = taker.read(document.segments, currency)
        found += own
    if model is None and worst(found) is not Level.FATAL:
        text = f"the {document.code[:6]} lacks what it is for, and cannot be used"
        text = text if taker else f"no {document.code[:6]} is taken here"
        found.append(_fatal(document, "set_unusable" if taker else "set_not_supported", text))
    document.findings[:] = gravest(found)
    return model


def _fatal(document: TransactionSet, code: str, text: str) -> Finding:
    edifact = bool(document.opening.marks.decimal)
    return Finding(
        code=code,
        text=text,
        position=document.position,
        line=document.opening.line,
        level=Level.FATAL,
        trailer_error="" if edifact else "1",
        control_error="17" if edifact else "",
    )


def short(file_id: UUID, place: str) -> str:
    """An id that looking at the same file again makes again."""
    return hashlib.sha256(f"{file_id}/{place}".encode()).hexdigest()[:16]
