"""One received set: read, checked, recorded once, and handed to its taker."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID

import msgspec
import structlog

from crossdock import Reject, Service
from crossdock.errors import CrossdockError

from .. import store
from ..edi import crosswalk
from ..edi import document as edi_document
from ..edi.envelope import TransactionSet
from ..edi.finding import Finding, Level, worst
from ..edi.lexer import Delimiters
from ..edi.rules import check_set, gravest
from ..profiles import Profile
from ..records import NewDocument
from . import TAKERS, Taker, drift
from .advice import advise
from .incoming import Incoming, numbers, report

log = structlog.get_logger()


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
        profile = self.profile
        model = translate(self.document, taker, profile.currency, profile.their_codes)
        fatal = worst([*self.document.findings, *self.envelopes.findings]) is Level.FATAL
        if fatal or taker is None:
            await self._refuse(model)
            return
        try:
            async with self.service.begin() as tx:
                record = self._record(taker.state, model)
                if await store.add_document(tx, record):
                    incoming = Incoming(profile=self.profile, record=record, model=model)
                    await taker.take(tx, incoming)
                    if taker.state == "translated":
                        await drift.note(tx, record, self.document)
        except Reject as reason:
            await self._refuse(model, reason)
        except CrossdockError:
            # The store is in trouble, not the document: the file stays, and is tried again.
            raise
        except Exception as error:
            log.exception("document_failed", document=self.document_id)
            await self._fail(model, error)

    async def _refuse(self, model: Any, reason: Reject | None = None) -> None:
        """The set is not right; or it is, but `reason` is why nothing can be done with it."""
        record = self._record("rejected", model, *([f"{reason} [{reason.code}]"] if reason else []))
        found = [*self.envelopes.findings, *self.document.findings]
        fatal = next((f.code for f in found if f.level is Level.FATAL), "rejected")
        async with self.service.begin() as tx:
            if not await store.add_document(tx, record):
                return
            report(tx, record, reason.code if reason else fatal)
            await drift.note(tx, record, self.document)
            if reason is not None:
                await advise(tx, self.profile, record, self.envelopes.controls, reason)

    async def _fail(self, model: Any, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        record = self._record("failed", model, text)
        async with self.service.begin() as tx:
            if await store.add_document(tx, record):
                tx.raise_exception(
                    code="document_failed",
                    kind="technical",
                    text=f"{self.document_id} could not be taken in: {text}"[:1000],
                    team="it",
                    about=self.document_id,
                    context={"partner_id": record.partner_id, "file": record.file_name},
                )

    @property
    def code(self) -> str:
        """The set's code, as far as it is one."""
        return re.sub(r"[^A-Z0-9]", "", self.document.code[:6]) or self.profile.standard

    @property
    def document_id(self) -> str:
        """The id of this document; another look at the same file makes it again."""
        return f"{self.code}-{short(self.file_id, self.place)}"

    def _record(self, state: str, model: Any, *more: str) -> NewDocument:
        current, file, marks = self.document, self.file, self.envelopes.marks
        po_number, reference = numbers(current.segments)
        found = [*self.envelopes.findings, *current.findings]
        return NewDocument(
            document_id=self.document_id,
            direction="in",
            set_code=self.code,
            partner_id=self.profile.partner_id,
            state=state,
            po_number=getattr(model, "po_number", None) or po_number,
            reference=getattr(model, "reference", None) or reference,
            file_id=self.file_id,
            file_name=file.name,
            control_number="/".join(control[:20] for control in self.envelopes.controls),
            profile_version=self.profile.version,
            findings=(*more, *(finding.sentence() for finding in found)),
            raw=edi_document.lines(edi_document.rows(current.segments), marks).encode(),
        )


def translate(
    document: TransactionSet,
    taker: Taker | None,
    currency: str,
    codes: crosswalk.Codes | None = None,
) -> Any:
    """The model of a set, or None; what is wrong with it is added to its findings.

    `codes` are the partner's in the place of ours; the set itself stays as it was written.
    """
    segments = crosswalk.of_segments(document.segments, codes or {}, document.release)
    here = msgspec.structs.replace(document, segments=segments)
    found = [*document.findings, *check_set(here)]
    model = None
    if taker is not None:
        model, own = taker.read(segments, currency)
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
