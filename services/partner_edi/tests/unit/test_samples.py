"""Real interchanges: each yields what reading it beside the standard says it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from partner_edi.edi import envelope
from partner_edi.edi.desk.inspect import inspect
from partner_edi.edi.mapping.purchase_order import x12

FOLDER = Path(__file__).parents[1] / "samples"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The table's rows: file, sets, findings by code, orders."""
    for line in (FOLDER / "expected.tsv").read_text().splitlines():
        if not line.startswith("#"):
            file, sets, findings, orders = line.split("\t")
            yield file, sets, findings, orders


def counted(text: str) -> dict[str, int]:
    """Codes and how often each was found."""
    return {code: int(number) for code, _, number in (w.partition(":") for w in text.split())}


def test_every_sample_is_judged_and_has_its_source() -> None:
    """No file without a row in the table, and none of unknown origin."""
    files = sorted(path.name for path in FOLDER.glob("*.edi"))
    assert files == sorted(row[0] for row in rows())
    sources = [line.split("\t") for line in (FOLDER / "SOURCES").read_text().splitlines()[2:]]
    assert sorted(file for file, _, licence in sources if licence) == files


@pytest.mark.parametrize(("file", "sets", "findings", "orders"), list(rows()))
def test_a_real_file_yields_what_it_must(file: str, sets: str, findings: str, orders: str) -> None:
    """Its sets, its faults and no others, with a place, a code and a sentence each."""
    raw = (FOLDER / file).read_bytes()
    report = inspect([raw[at : at + 1000] for at in range(0, len(raw), 1000)])
    assert " ".join(f"{held.code}x{held.count}" for held in report.sets) == sets
    assert {code: n for code, n in report.counts.items() if n} == counted(findings)
    assert report.exit_code == (1 if findings else 0)
    for found in report.findings:
        assert found.line
        assert found.text


@pytest.mark.parametrize(
    ("file", "orders"), [(file, orders) for file, _, _, orders in rows() if orders != "-"]
)
def test_a_real_order_is_read_as_it_was_meant(file: str, orders: str) -> None:
    """The number and every line, whatever the interchange around it looks like."""
    reading = envelope.read([(FOLDER / file).read_bytes()])
    sets = [one for i in reading.interchanges for group in i.groups for one in group.sets]
    read = [x12.read(one.segments)[0] for one in sets if one.code == "850"]
    assert " ".join(f"{order.po_number}/{len(order.lines)}" for order in read if order) == orders
