"""What one transaction has at hand while it hears many words: read at once, written at once."""

from collections.abc import Iterable, Sequence
from typing import Self

from crossdock import Tx

from . import store
from .domain.answers import Answer
from .domain.model import CarrierEvent, Confirmation, Shipment

# Serials drawn ahead for the words to come; a gap in the licence plates harms nobody.
AHEAD = 50


class Floor:
    """The shipments that the words are about, held until the commit; `prefix` is the GS1 one."""

    def __init__(
        self,
        shipments: Iterable[Shipment],
        waiting: Sequence[CarrierEvent],
        prefix: str,
        words: int,
    ) -> None:
        self.prefix = prefix
        self._shipments = {shipment.shipment_id: shipment for shipment in shipments}
        self._before = dict(self._shipments)
        self._waiting = list(waiting)
        self._serials: list[int] = []
        self._words = words

    @classmethod
    async def open(cls, tx: Tx, words: Sequence[Confirmation | CarrierEvent], prefix: str) -> Self:
        """Lock and read what the words name."""
        ids = {said.shipment_id for said in words if said.shipment_id}
        numbers = {number for said in words for number in said.tracking_numbers}
        unnamed = {s.tracking_number for s in words if s.tracking_number and not s.shipment_id}
        shipments = await store.lock_shipments(tx, ids, unnamed) if words else []
        numbers |= {number for it in shipments for number in it.tracking_numbers}
        shipped = any(isinstance(said, Confirmation) for said in words)
        waiting = await store.unmatched(tx, numbers) if numbers and shipped else []
        return cls(shipments, waiting, prefix, len(words))

    def meant(self, said: Confirmation | CarrierEvent) -> list[Shipment]:
        """The shipments that a word is about; a carrier may know one number for several."""
        if said.shipment_id:
            found = self._shipments.get(said.shipment_id)
            return [] if found is None else [found]
        number = said.tracking_number or ""
        return [s for s in self._shipments.values() if number in s.tracking_numbers]

    def put(self, shipment: Shipment) -> Shipment:
        """How a shipment stands now."""
        self._shipments[shipment.shipment_id] = shipment
        return shipment

    def take_waiting(self, tx: Tx, shipment: Shipment, answer: Answer) -> list[CarrierEvent]:
        """The carrier's words that waited for its tracking numbers, in their own order."""
        found = [e for e in self._waiting if e.tracking_number in shipment.tracking_numbers]
        self._waiting = [event for event in self._waiting if event not in found]
        for event in found:
            store.mark_taken(tx, event, answer)
        return sorted(found, key=lambda event: event.at)

    async def take_serials(self, tx: Tx, count: int) -> Sequence[int]:
        """The next serials for licence plates; never given out twice, not even after a rollback."""
        if len(self._serials) < count:
            ahead = min(self._words, AHEAD) if self._words > 1 else 0
            self._serials += await store.take_serials(tx, count + ahead)
        taken, self._serials = self._serials[:count], self._serials[count:]
        return taken

    def save(self, tx: Tx) -> None:
        """Write what has changed."""
        for shipment in self._shipments.values():
            before = self._before[shipment.shipment_id]
            if shipment is not before:
                store.save(tx, shipment)
            if shipment.tracking_numbers != before.tracking_numbers:
                store.add_numbers(tx, shipment)
            if shipment.lines is not before.lines:
                store.book_lines(tx, shipment)
