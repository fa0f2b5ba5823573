"""Partner profiles: what was agreed with each partner, written by hand in YAML, checked here."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .edi.agreement import Agreement
from .edi.document import EDIFACT_MARKS
from .edi.envelope.model import Standard
from .edi.lexer import Delimiters
from .edi.mapping import Document, code_of
from .transports.terms import Folders, Transport

Qualifier = Annotated[str, Field(pattern=r"^[0-9A-Z]{0,4}$")]
InterchangeId = Annotated[str, Field(min_length=1, max_length=35, pattern=r"^\S(.*\S)?$")]
GroupId = Annotated[str, Field(min_length=2, max_length=35)]
Mark = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[^A-Za-z0-9 ]$")]
CanonicalId = Annotated[str, Field(min_length=1, max_length=40)]
Acknowledgement = Literal["997", "999", "TA1", "CONTRL"]
ACKNOWLEDGEMENTS: dict[Standard, tuple[Acknowledgement, ...]] = {
    "X12": ("997", "999", "TA1"),
    "EDIFACT": ("CONTRL",),
}
ROLE_ID = {
    "customer": "customer_id",
    "supplier": "supplier_id",
    "warehouse": "warehouse_id",
    "carrier": "carrier",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(_Part):
    """An interchange address: ISA05 and ISA06, or both parts of UNB02."""

    qualifier: Qualifier = ""
    id: InterchangeId

    @property
    def key(self) -> tuple[str, str]:
        """Qualifier and id."""
        return self.qualifier, self.id


class Marks(_Part):
    """The characters our documents are written with; what is left out is as usual."""

    element: Mark | None = None
    component: Mark | None = None
    segment: Mark | None = None
    repetition: Mark | None = None
    release: Mark | None = None
    decimal: Literal[".", ","] | None = None


Span = Annotated[str, Field(pattern=r"^[0-9]{1,4}[smhd]$", description="Such as 30m, 24h, 2d.")]


def lasting(span: str) -> timedelta:
    """How long a span is."""
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[span[-1]]
    return timedelta(**{unit: int(span[:-1])})


class Inbound(_Part):
    """What the partner sends us, and how we answer it."""

    releases: Annotated[
        tuple[str, ...], Field(min_length=1, description="GS08, or UNH02 after the name.")
    ]
    documents: tuple[Document, ...] = ()
    acknowledge: Annotated[
        tuple[Acknowledgement, ...] | None, Field(description="997 or CONTRL when left out.")
    ] = None
    group_types: Annotated[
        dict[str, str], Field(description="GS01 of an industry guide by set, such as 850: SC.")
    ] = {}


class Outbound(_Part):
    """What we send the partner, and how it is written."""

    release: Annotated[str, Field(description="GS08 (004010), or D:96A:UN.")] = ""
    documents: tuple[Document, ...] = ()
    acknowledged_within: Annotated[
        dict[Document, Span], Field(description="How soon the partner acknowledges each document.")
    ] = {}
    due_within: Annotated[
        dict[Document, Span],
        Field(description="How soon we owe each: after the order, or after the goods have left."),
    ] = {}
    every: Annotated[
        dict[Literal["inventory_report", "price_catalogue"], Span],
        Field(description="How often a report is sent that nothing else causes."),
    ] = {}
    delimiters: Marks = Marks()
    line_end: Literal["", "\n", "\r\n"] = "\n"
    confirm_stock: Annotated[
        bool, Field(description="The order response waits for stock and tells backorders.")
    ] = False


class Tolerances(_Part):
    """How far what the partner says may be from what we know before a person has to look."""

    price_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(0)
    price_amount: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    quantity_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(0)
    freight_amount: Annotated[
        Decimal, Field(ge=0, description="Beyond a quote, in the profile's currency; or:")
    ] = Decimal(0)
    freight_percent: Annotated[
        Decimal, Field(ge=0, le=100, description="The smaller of both counts.")
    ] = Decimal(0)


class Profile(_Part):
    """What was agreed with one trading partner."""

    partner_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    name: str
    role: Literal["customer", "supplier", "warehouse", "carrier"] = "customer"
    customer_id: CanonicalId | None = None
    supplier_id: CanonicalId | None = None
    warehouse_id: CanonicalId | None = None
    carrier: Annotated[
        str | None, Field(pattern=r"^[A-Z]{2,4}$", description="The carrier's SCAC.")
    ] = None
    standard: Standard = "X12"
    addresses: Annotated[tuple[Address, ...], Field(min_length=1)]
    our_addresses: Annotated[tuple[Address, ...], Field(min_length=1)]
    groups: Annotated[
        tuple[GroupId, ...], Field(description="GS02 as the partner writes it, X12 only.")
    ] = ()
    our_group: Annotated[str, Field(max_length=35)] = ""
    usage: Literal["P", "T"] = "P"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    items: Annotated[
        dict[str, str], Field(description="The partner's item ids, and our SKUs.")
    ] = {}
    units: Annotated[dict[str, str], Field(description="The partner's units, and ours.")] = {}
    codes: Annotated[
        dict[str, dict[str, str]],
        Field(description="By data element number: the partner's codes, and ours."),
    ] = {}
    tolerances: Tolerances = Tolerances()
    inbound: Inbound
    outbound: Outbound = Outbound()
    transport: Transport = Folders()

    @field_validator("carrier", "customer_id", "supplier_id", "warehouse_id")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("must be printable")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        needed = ROLE_ID[self.role]
        if getattr(self, needed) is None:
            raise ValueError(f"role {self.role} needs {needed}")
        if self.outbound.documents and not self.outbound.release:
            raise ValueError("outbound.documents need outbound.release")
        for document in (*self.inbound.documents, *self.outbound.documents):
            if not code_of(document, self.standard):
                raise ValueError(f"{self.standard} has no set for {document}")
        for field in ("acknowledged_within", "due_within", "every"):
            for document in getattr(self.outbound, field):
                if document not in self.outbound.documents:
                    raise ValueError(f"outbound.{field}.{document}: not in outbound.documents")
        allowed = ACKNOWLEDGEMENTS[self.standard]
        for answer in self.inbound.acknowledge or ():
            if answer not in allowed:
                said = f"{self.standard} is answered with {', '.join(allowed)}"
                raise ValueError(f"inbound.acknowledge={answer!r}: {said}")
        chosen = [mark for mark in self.marks[:5] if mark]
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"outbound.delimiters must differ: {' '.join(chosen)}")
        return self

    @property
    def party_id(self) -> str:
        """The canonical id of the customer, supplier, warehouse or carrier this partner is."""
        return str(getattr(self, ROLE_ID[self.role]))

    @property
    def acknowledge(self) -> tuple[Acknowledgement, ...]:
        """What we answer with."""
        usual: tuple[Acknowledgement, ...] = ("997",) if self.standard == "X12" else ("CONTRL",)
        return usual if self.inbound.acknowledge is None else self.inbound.acknowledge

    @property
    def release(self) -> str:
        """The release of what we write, answers included."""
        return self.outbound.release or self.inbound.releases[0]

    @property
    def marks(self) -> Delimiters:
        """The delimiters of documents for this partner."""
        usual = Delimiters("*", ">", "~", "^")
        if self.standard == "EDIFACT":
            # Without a repetition separator it is syntax version 3, which every partner reads.
            usual = EDIFACT_MARKS._replace(repetition="")
        given = self.outbound.delimiters.model_dump(exclude_none=True)
        return usual._replace(**given)

    @property
    def their_codes(self) -> dict[str, dict[str, str]]:
        """What the partner writes, by data element, and what it is here."""
        unit, item = ("355", "234") if self.standard == "X12" else ("6411", "7140")
        made = {number: dict(codes) for number, codes in self.codes.items()}
        for number, codes in ((unit, self.units), (item, self.items)):
            if codes:
                made[number] = {**made.get(number, {}), **codes}
        return made

    @property
    def our_codes(self) -> dict[str, dict[str, str]]:
        """The way back: what is written here, and what the partner reads."""
        return {
            number: {ours: theirs for theirs, ours in reversed(codes.items())}
            for number, codes in self.their_codes.items()
        }

    @property
    def agreement(self) -> Agreement:
        """What an interchange from this partner is held against."""
        codes = {code_of(document, self.standard) for document in self.inbound.documents}
        # A partner's word on what we sent is always heard.
        codes |= {*ACKNOWLEDGEMENTS[self.standard], code_of("application_advice", self.standard)}
        return Agreement(
            standard=self.standard,
            receivers=frozenset(address.key for address in self.our_addresses),
            usage=self.usage,
            releases=frozenset(self.inbound.releases),
            sets=frozenset(codes),
            group_types=self.inbound.group_types,
            group_senders=frozenset(self.groups),
        )

    @property
    def version(self) -> str:
        """A short digest of the profile, recorded with every document."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def text(self) -> str:
        """What was agreed, as it is kept; what is usual and was not said is left out."""
        return self.model_dump_json(exclude_unset=True)
