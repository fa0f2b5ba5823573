"""What partners send: each set read, checked, answered, and handed to its taker.

A set is added by a mapping in `edi/mapping`, a module here with `async def take(tx, incoming)`, and
a line in `TAKERS`. When `take` is called the set is valid, agreed, and recorded once; `tx` commits
what it says and writes together with that record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from crossdock import Tx

from ..edi.finding import Finding
from ..edi.lexer import Segment
from ..edi.mapping.application_advice import edifact as advice_edifact
from ..edi.mapping.application_advice import x12 as advice_x12
from ..edi.mapping.purchase_order import x12 as purchase_order_x12
from . import acknowledgements, application_advice, purchase_order
from .incoming import Incoming

# A model and findings; no model where a finding forbids it. The text is the currency that holds
# where the document names none.
Read = Callable[[Sequence[Segment], str], tuple[Any, list[Finding]]]


class Taker(NamedTuple):
    """How one set is read, and what it means; `state` is where its document stands then."""

    read: Read
    take: Callable[[Tx, Incoming], Awaitable[None]]
    state: str = "translated"


TAKERS: dict[str, Taker] = {
    "850": Taker(purchase_order_x12.read, purchase_order.take),
    "824": Taker(advice_x12.read, application_advice.take, "validated"),
    "APERAK": Taker(advice_edifact.read, application_advice.take, "validated"),
    "997": Taker(acknowledgements.read_group, acknowledgements.take, "validated"),
    "999": Taker(acknowledgements.read_group, acknowledgements.take, "validated"),
    "TA1": Taker(acknowledgements.read_interchange, acknowledgements.take, "validated"),
    "CONTRL": Taker(acknowledgements.read_control, acknowledgements.take, "validated"),
}
