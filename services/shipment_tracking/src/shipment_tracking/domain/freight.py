"""A carrier's bill held against what it quoted, charge by charge: pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from crossdock_contracts import FreightCharge, Money, Value
from crossdock_contracts.partners import FreightTolerance

Name = tuple[str, str]
NOTHING = Decimal(0)


class Difference(Value, frozen=True):
    """A charge that goes further beyond its quote than was agreed."""

    charge: str
    quoted: Decimal
    billed: Decimal
    allowed: Decimal

    def sentence(self) -> str:
        """In words, with all numbers."""
        over = self.billed - self.quoted
        return (
            f"{self.charge}: quoted {self.quoted:f}, billed {self.billed:f}, "
            f"{over:f} more, {self.allowed.normalize():f} allowed"
        )


def differences(
    quoted: Iterable[FreightCharge],
    billed: Iterable[FreightCharge],
    total: Money,
    tolerance: FreightTolerance,
) -> tuple[Difference, ...]:
    """What is billed beyond its quote and the tolerance; less than quoted is always right.

    Linehaul and fuel are each taken together, accessorials by their code; one that was not quoted
    has no tolerance. The total counts too: it may hold what no charge explains.
    """
    were, are = _summed(quoted), _summed(billed)
    found = [
        _beyond(name, were.get(name, NOTHING), amount, tolerance) for name, amount in are.items()
    ]
    whole = sum(were.values(), NOTHING)
    found.append(_beyond(("total", ""), whole, total.amount, tolerance))
    return tuple(difference for difference in found if difference is not None)


def currencies(charges: Iterable[FreightCharge]) -> set[str]:
    """The currencies of some charges."""
    return {charge.amount.currency for charge in charges}


def _beyond(
    name: Name, quoted: Decimal, billed: Decimal, tolerance: FreightTolerance
) -> Difference | None:
    allowed = min(tolerance.amount.amount, quoted * tolerance.rate) if quoted > 0 else NOTHING
    if billed - quoted <= allowed:
        return None
    charge = " ".join(part for part in name if part)
    return Difference(charge=charge, quoted=quoted, billed=billed, allowed=allowed)


def _summed(charges: Iterable[FreightCharge]) -> dict[Name, Decimal]:
    found: dict[Name, Decimal] = {}
    for charge in charges:
        name = charge.kind, charge.code if charge.kind == "accessorial" else ""
        found[name] = found.get(name, NOTHING) + charge.amount.amount
    return found
