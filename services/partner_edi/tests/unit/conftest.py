"""A small valid file, and how to see what is found in one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from partner_edi.edi import envelope
from partner_edi.edi.finding import Finding

# The files of this folder share what they make.
sys.path.insert(0, str(Path(__file__).parent))

WHOLE = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260709*1200*U*00401"
    "*000000001*0*T*>~GS*PO*SENDER*RECEIVER*20260709*1200*1*X*004010~ST*850*0001~"
    "BEG*00*NE*P1**20260709~PO1*1*5*EA*2.5**VN*A1~SE*4*0001~GE*1*1~IEA*1*000000001~"
)


@pytest.fixture(scope="session")
def whole() -> str:
    """One interchange with one group and one 850, without any fault."""
    return WHOLE


def found_in(reading: envelope.Reading) -> list[Finding]:
    """Every finding, from the file down to its sets."""
    found = list(reading.findings)
    for interchange in reading.interchanges:
        found += interchange.findings
        for group in interchange.groups:
            found += group.findings
            for document in group.sets:
                found += document.findings
    return found


@pytest.fixture(scope="session")
def found() -> Callable[[envelope.Reading], list[Finding]]:
    """Every finding of a reading."""
    return found_in


@pytest.fixture(scope="session")
def codes() -> Callable[[str], list[str]]:
    """The codes of all findings in a file given as text."""
    return lambda text: [f.code for f in found_in(envelope.read([text.encode()]))]
