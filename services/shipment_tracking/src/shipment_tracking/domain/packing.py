"""Cartons and their licence plates: pure, and never claiming more than what left."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from crossdock_contracts import LineQuantity, Quantity
from crossdock_contracts.shipments import Package

from .model import ConfirmedLine, ConfirmedPackage, Refusal
from .states import confirmed

SSCC_LENGTH = 18


def check_digit(digits: str) -> str:
    """GS1's check digit: weights 3 and 1 from the right, up to the next ten."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def make_sscc(prefix: str, serial: int) -> str:
    """An SSCC-18 of this company: extension digit and serial fill what the GS1 prefix leaves.

    When the serials of extension 0 are used up, the next digit goes on; ValueError after 9.
    """
    room = SSCC_LENGTH - 1 - len(prefix)
    reference = str(serial).zfill(room)
    if len(reference) > room:
        raise ValueError(f"serial {serial} does not fit beside the GS1 prefix {prefix}")
    body = reference[0] + prefix + reference[1:]
    return body + check_digit(body)


def is_sscc(code: str) -> bool:
    """Whether this is 18 digits with the right last one."""
    digits = code.isascii() and code.isdigit()
    return digits and len(code) == SSCC_LENGTH and check_digit(code[:-1]) == code[-1]


def check_packages(
    asked: tuple[LineQuantity, ...], packages: Iterable[ConfirmedPackage]
) -> tuple[LineQuantity, ...]:
    """What the packages hold together; refused when more than asked for, or wrongly labelled."""
    labels = [package.sscc for package in packages if package.sscc is not None]
    for label in labels:
        if not is_sscc(label):
            raise Refusal(422, "bad_sscc", f"{label!r} is not an SSCC-18", sscc=label)
        if labels.count(label) > 1:
            raise Refusal(422, "duplicate_sscc", f"{label} is on two packages", sscc=label)
    return confirmed(asked, [line for package in packages for line in package.contents])


def boxed(
    given: tuple[ConfirmedPackage, ...],
    before: tuple[Package, ...],
    lines: tuple[LineQuantity, ...],
) -> tuple[ConfirmedPackage, ...]:
    """The packages to label: as given, else as packed before, else one that holds everything.

    A package given again without its label keeps the label it got at packing.
    """
    known = [package.sscc for package in before]
    if given:
        labels = [*known, *[None] * len(given)]
        taken = {package.sscc for package in given}
        return tuple(
            ConfirmedPackage(
                contents=package.contents,
                sscc=package.sscc or (label if label not in taken else None),
                tracking_number=package.tracking_number,
            )
            for package, label in zip(given, labels, strict=False)
        )
    if before:
        return tuple(_as_packed(package) for package in before)
    return (ConfirmedPackage(contents=_flat(lines)),)


def _as_packed(package: Package) -> ConfirmedPackage:
    return ConfirmedPackage(
        contents=_flat(package.contents),
        sscc=package.sscc,
        tracking_number=package.tracking_number,
    )


def _flat(lines: Iterable[LineQuantity]) -> tuple[ConfirmedLine, ...]:
    return tuple(ConfirmedLine.of(line) for line in lines)


def unlabelled(boxes: Iterable[ConfirmedPackage]) -> int:
    """How many labels have to be made."""
    return sum(box.sscc is None for box in boxes)


def labelled(
    boxes: Iterable[ConfirmedPackage],
    lines: tuple[LineQuantity, ...],
    prefix: str,
    serials: Sequence[int],
    tracking_number: str,
) -> tuple[Package, ...]:
    """Packages with labels, cut down to `lines`: an ASN must not announce what stayed behind.

    A package without a number of its own travels under the shipment's.
    """
    left = {line.line_no: line.quantity.value for line in lines}
    fresh = iter(serials)
    packages = []
    for box in boxes:
        contents = tuple(_fit(box.contents, left))
        if contents:
            sscc = box.sscc or make_sscc(prefix, next(fresh))
            number = box.tracking_number or tracking_number
            packages.append(Package(sscc=sscc, contents=contents, tracking_number=number))
    return tuple(packages)


def _fit(contents: Iterable[ConfirmedLine], left: dict[int, Decimal]) -> Iterable[LineQuantity]:
    for line in contents:
        value = min(line.quantity, left.get(line.line_no, Decimal(0)))
        if value > 0:
            left[line.line_no] -= value
            quantity = Quantity(value, line.uom)
            yield LineQuantity(line_no=line.line_no, sku=line.sku, quantity=quantity)


def numbers(packages: Iterable[Package], of_all: str) -> tuple[str, ...]:
    """Every number that a carrier may report a shipment under, each once."""
    known = [*(package.tracking_number for package in packages), of_all]
    return tuple(dict.fromkeys(number for number in known if number))
