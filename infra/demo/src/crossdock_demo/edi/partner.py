"""A partner as it is: it writes files into its folder, and reads what it gets in the other one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ..world import World

Segments = list[list[str]]
ANSWERS = ("997", "CONTRL")
PROFILES = Path(__file__).parents[3] / "data" / "scene" / "profiles"

# What each partner writes, and the address it has in its envelopes.
PARTNERS = {
    "MERIDIAN": ("X12", "08", "9251550000"),
    "NORDWERK": ("EDIFACT", "14", "4012345000009"),
    "RUBBERCO": ("X12", "ZZ", "RUBBERCO"),
    "RENO-3PL": ("X12", "ZZ", "RENO3PL"),
    "ROADWAY": ("X12", "02", "RDWY"),
}
# One count for everybody: a control number that a partner used before is a duplicate, without any
# effect, and a partner may play in several scenes.
CONTROL_NUMBERS = itertools.count(101)


class Document(NamedTuple):
    """One document we sent the partner: its set, its segments, and the numbers around it."""

    code: str
    segments: Segments
    group: str
    control: str
    file: str

    def all(self, tag: str) -> Segments:
        """Every segment of a tag."""
        return [segment for segment in self.segments if segment[0] == tag]

    def first(self, tag: str, at: int, qualifier: str = "") -> str:
        """An element of the first segment of a tag, or of the one with a qualifier in front."""
        for segment in self.all(tag):
            if (not qualifier or segment[1].split(":")[0] == qualifier) and at < len(segment):
                return segment[at]
        return ""


class Partner:
    """One trading partner, by its name in `PARTNERS`."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.standard, self.qualifier, self.address = PARTNERS[name]

    def send(self, code: str, group: str, body: str) -> None:
        """Drop a document into the inbox; `body` is its segments, one a line."""
        number = next(CONTROL_NUMBERS)
        segments = [line.strip() for line in body.strip().splitlines()]
        wrap = self._x12 if self.standard == "X12" else self._edifact
        text = wrap(number, code, group, segments)
        self.world.drop(self.name, f"{code}-{number}.edi", text.encode())

    def send_sample(self, code: str, changed: Mapping[str, str] | None = None) -> None:
        """Drop the document that the partner is certified with, with some of its texts changed."""
        [sample] = _documents(PROFILES / "samples" / self.name / f"{code}.edi")
        element = "*" if self.standard == "X12" else "+"
        body = "\n".join(element.join(segment) for segment in sample.segments)
        for text, instead in (changed or {}).items():
            body = body.replace(text, instead)
        self.send(code, sample.group, body)

    def _x12(self, number: int, code: str, group: str, segments: list[str]) -> str:
        at, control = datetime.now(UTC), f"{number:09d}"
        isa = (
            f"ISA*00*{'':10}*00*{'':10}*{self.qualifier}*{self.address:15}*ZZ*{'CROSSDOCK':15}"
            f"*{at:%y%m%d}*{at:%H%M}*U*00401*{control}*0*P*>"
        )
        lines = [
            isa,
            f"GS*{group}*{self.name}*CROSSDOCK*{at:%Y%m%d}*{at:%H%M}*{number}*X*004010",
            f"ST*{code}*0001",
            *segments,
            f"SE*{len(segments) + 2}*0001",
            f"GE*1*{number}",
            f"IEA*1*{control}",
        ]
        return "".join(f"{line}~\n" for line in lines)

    def _edifact(self, number: int, code: str, _group: str, segments: list[str]) -> str:
        at = datetime.now(UTC)
        who = f"{self.address}:{self.qualifier}+CROSSDOCK:ZZ"
        lines = [
            f"UNB+UNOC:3+{who}+{at:%y%m%d}:{at:%H%M}+{number}",
            f"UNH+1+{code}:D:96A:UN",
            *segments,
            f"UNT+{len(segments) + 2}+1",
            f"UNZ+1+{number}",
        ]
        return "UNA:+.? '" + "".join(f"{line}'\n" for line in lines)

    def received(self) -> list[Document]:
        """Everything that lies in the partner's outbox folder, oldest first."""
        # A file that is still being written is hidden, as every partner is told.
        files = sorted((self.world.edi / self.name / "outbox").glob("[!.]*"), key=_number)
        return [document for file in files for document in _documents(file)]

    async def gets(
        self, what: str, code: str, want: Callable[[Document], bool] = lambda _: True
    ) -> Document:
        """The first document of a set that is as wanted, as soon as it is there."""

        async def look() -> Document | None:
            return next((d for d in self.received() if d.code == code and want(d)), None)

        found: Document = await self.world.until(f"{what} for {self.name}", look)
        return found

    async def gets_all(self, what: str, code: str, count: int) -> list[Document]:
        """So many documents of a set."""

        async def look() -> list[Document]:
            found = [d for d in self.received() if d.code == code]
            return found if len(found) >= count else []

        found: list[Document] = await self.world.until(f"{what} for {self.name}", look)
        return found

    async def settled(self) -> None:
        """Return when all that was sent is taken in, and all that comes of it has happened."""
        inbox = self.world.edi / self.name / "inbox"

        async def taken() -> bool:
            return not any(inbox.iterdir())

        await self.world.until(f"what {self.name} sent taken in", taken)
        await self.world.quiet()

    def acknowledge(self) -> None:
        """Answer every business document that came with a 997 or CONTRL."""
        for document in self.received():
            if document.code in ANSWERS:
                continue
            if self.standard == "X12":
                body = f"AK1*{document.group}*{document.control}\nAK9*A*1*1*1"
                self.send("997", "FA", body)
            else:
                body = f"UCI+{document.control}+CROSSDOCK:ZZ+{self.address}:{self.qualifier}+7\n"
                self.send("CONTRL", "", body)


def _number(file: Path) -> str:
    return file.stem.rpartition("_")[2]


def _documents(file: Path) -> list[Document]:
    """A file's documents: delimiters are read from its ISA or UNA, as any partner does."""
    text = file.read_text(encoding="latin-1")
    if text.startswith("UNA"):
        element, segment, head = text[4], text[8], "UNH"
        text = text[9:]
    else:
        element, segment, head = text[3], text[105], "ST"
    rows = [part.strip().split(element) for part in text.split(segment) if part.strip()]
    found: list[Document] = []
    group = control = ""
    for row in rows:
        if row[0] == "GS":
            group, control = row[1], row[6]
        elif row[0] == "UNB":
            control = row[5]
        elif row[0] == head:
            code = row[1] if head == "ST" else row[2].split(":")[0]
            found.append(Document(code, [], group, control, file.name))
        elif found and row[0] not in ("SE", "UNT", "GE", "IEA", "UNZ"):
            found[-1].segments.append(row)
    return found


async def invoices_of(world: World, order_id: str) -> list[dict[str, Any]]:
    """The invoices of an order, the oldest first."""
    found = await world.get("invoicing", "/invoices", order_id=order_id)
    return sorted(found["invoices"], key=lambda invoice: str(invoice["invoice_id"]))
