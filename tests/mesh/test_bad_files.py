"""Bad files in partners' folders: kept, said to be bad, and nobody else's order suffers."""

from __future__ import annotations

import itertools
import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from hands import Hands

from crossdock_demo.scenario import BROKEN_FILE, BROKEN_PARTNER, STRANGER_FILE, partner_file

pytestmark = pytest.mark.mesh

PARTNER = "SENDER"
_controls = itertools.count(700_000_001)


def purchase_order(
    quantity: str = "2", item: str = "VENDORSKU", sender: str = PARTNER, po: str = ""
) -> bytes:
    """An 850 as this partner writes it, under a control number of its own."""
    control = next(_controls)
    lines = [
        f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*{'RECEIVER':15}"
        f"*260709*1200*U*00401*{control:09}*0*T*>",
        f"GS*PO*{sender}*RECEIVER*20260709*1200*{control}*X*004010",
        "ST*850*0001",
        f"BEG*00*NE*{po or f'PO{control}'}**20260709",
        f"PO1**{quantity}*EA*10.00**VN*{item}",
        "CTT*1",
        "SE*5*0001",
        f"GE*1*{control}",
        f"IEA*1*{control:09}",
    ]
    return "".join(f"{line}~\n" for line in lines).encode("latin-1")


BAD: dict[str, bytes] = {
    "nothing": b"",
    "noise": secrets.token_bytes(3000),
    "zeros": bytes(2000),
    "words": b"Dear supplier, please send two boxes.",
    "cut": purchase_order()[:-30],
    "no envelope": purchase_order()[107:],
    "stranger": purchase_order(sender="NOBODY"),
    "stranger's sample": partner_file(STRANGER_FILE),
    "somebody else's": purchase_order(sender="DERICL"),
    "wrong count": purchase_order().replace(b"SE*5*", b"SE*50*"),
    "wrong trailer": purchase_order().replace(b"IEA*1*7", b"IEA*9*8"),
    "minus": purchase_order(quantity="-3"),
    "zero": purchase_order(quantity="0"),
    "absurd": purchase_order(quantity="9" * 60),
    "exponent": purchase_order(quantity="1E999999"),
    "no number": purchase_order(quantity="NaN"),
    "text": purchase_order(quantity="two"),
    "unknown item": purchase_order(item="NO-SUCH-THING"),
    "endless": purchase_order() + b"ISA" * 40_000,
}


async def taken(hands: Hands, partner: str, name: str) -> Path:
    """Where a file went from its inbox."""
    home = hands.edi / partner

    async def moved() -> Any:
        return [*home.glob(f"archive/{name}"), *home.glob(f"error/{name}")]

    [path] = await hands.until(f"{name} taken", moved)
    return Path(path)


@pytest.fixture(scope="session")
def outcomes() -> dict[str, Any]:
    """What became of all bad files, found out once."""
    return {}


@pytest.fixture
async def settled_files(hands: Hands, outcomes: dict[str, Any]) -> dict[str, Any]:
    """Drop every bad file between two good ones, and wait until all is quiet."""
    if not outcomes:
        hands.drop(PARTNER, "before.edi", purchase_order())
        for name, content in BAD.items():
            hands.drop(PARTNER, f"{name}.edi", content)
        hands.drop(BROKEN_PARTNER, BROKEN_FILE, partner_file(BROKEN_FILE))
        hands.drop(PARTNER, "after.edi", purchase_order())
        for name in ["before", "after", *BAD]:
            outcomes[name] = await taken(hands, PARTNER, f"{name}.edi")
        outcomes["broken"] = await taken(hands, BROKEN_PARTNER, BROKEN_FILE)
        await hands.quiet()
    return outcomes


async def documents_of(hands: Hands, file_name: str) -> list[dict[str, Any]]:
    """The transaction sets that came in a file."""
    found = await hands.get("partner_edi", "/documents", limit=1000)
    return [d for d in found if d["file_name"] == file_name and d["direction"] == "in"]


async def test_good_files_between_bad_ones_become_orders(
    hands: Hands, settled_files: dict[str, Any]
) -> None:
    """The first and the last file of the heap are orders, completed as if they were alone."""
    for name in ("before", "after"):
        [document] = await documents_of(hands, f"{name}.edi")
        await hands.completed(document["order_id"])


@pytest.mark.parametrize("name", [*BAD])
async def test_a_bad_file_is_kept_and_explained(
    hands: Hands, settled_files: dict[str, Any], name: str
) -> None:
    """Its bytes are where they can be found, and what is wrong is said to people."""
    path = settled_files[name]
    assert path.read_bytes() == BAD[name]
    documents = await documents_of(hands, f"{name}.edi")
    assert documents, "nobody knows of this file"
    rejected = [d for d in documents if d["state"] == "rejected"]
    for document in rejected:
        assert document["findings"]
    if rejected:
        cases = await hands.get("control_tower", "/cases", limit=500)
        told = str([case["exception"] for case in cases])
        assert f"{name}.edi" in told
        return
    # It could be read: then its order was refused, or waits for a person, with the reason.
    orders = [
        await hands.get("order_intake", f"/orders/{d['order_id']}")
        for d in documents
        if d["order_id"]
    ]
    assert orders
    assert all(order["status"] in ("rejected", "held") and order["reasons"] for order in orders)


async def test_a_broken_envelope_is_set_aside(hands: Hands, settled_files: dict[str, Any]) -> None:
    """The sample with every count wrong lies in the error folder with its findings beside it."""
    path = settled_files["broken"]
    assert path.parent.name == "error"
    assert path.with_name(f"{path.name}.findings.txt").read_text()


async def test_a_file_for_nobody_is_kept(hands: Hands) -> None:
    """A folder without a profile: the file goes nowhere unseen."""
    hands.drop("NOBODY", "lost.edi", purchase_order(sender="NOBODY"))
    path = await taken(hands, "NOBODY", "lost.edi")
    assert path.parent.name == "error"
    await hands.quiet()
    assert [d["state"] for d in await documents_of(hands, "lost.edi")] == ["rejected"]


async def test_a_nul_in_a_document_means_nothing(hands: Hands) -> None:
    """The order is the one that stands there without it, and every store takes it."""
    hands.drop(PARTNER, "nul.edi", purchase_order(po="PO\x00NUL", item="VENDOR\x00SKU"))
    await taken(hands, PARTNER, "nul.edi")
    await hands.quiet()
    [document] = await documents_of(hands, "nul.edi")
    assert document["po_number"] == "PONUL"
    await hands.completed(document["order_id"])


async def test_odd_names_are_taken(hands: Hands) -> None:
    """A name that is no UTF-8, has quotes, spaces or line breaks, is a name."""
    names = [b"caf\xe9.edi", b"a 'quoted' \"name\".edi", b"two\nlines.edi", b"x" * 200 + b".edi"]
    for raw in names:
        name = os.fsdecode(raw)
        hands.drop(PARTNER, name, purchase_order())
        archived = hands.edi / PARTNER / "archive"

        async def moved(path: Path = archived / name) -> bool:
            return path.exists()  # noqa: ASYNC240 - a local folder answers at once

        await hands.until(f"{raw!r} taken", moved)
    await hands.quiet()


async def test_no_file_broke_an_invariant(hands: Hands, settled_files: dict[str, Any]) -> None:
    """After all of them the books agree, and nothing is dead or parked."""
    assert await hands.audited() == {}
    assert await hands.settled() == []
