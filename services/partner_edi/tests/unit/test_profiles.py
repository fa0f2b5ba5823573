"""Partner profiles: clear errors, and the shipped ones are usable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from partner_edi import book

SHIPPED = Path(__file__).parents[2] / "profiles"
GOOD = """\
partner_id: ACME
customer_id: C1
name: Acme
addresses: [{qualifier: ZZ, id: ACME}]
our_addresses: [{qualifier: ZZ, id: US}]
inbound: {releases: ["004010"], documents: [purchase_order]}
"""


def test_the_shipped_profiles_can_be_used() -> None:
    """The demo's partners are all there."""
    shipped = book.load(SHIPPED)
    assert set(shipped.partners) == {"ABC-AEROSPACE", "DERICL", "SENDER", "SHIPPING-GROUP"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("name: Acme\n", ""), "name"),
        (GOOD.replace("qualifier: ZZ", "qualifier: z"), "addresses.0.qualifier='z'"),
        (GOOD + "usage: X\n", "usage='X'"),
        (GOOD + "surprise: 1\n", "surprise"),
        (GOOD + "outbound: {delimiters: {element: '~'}}\n", "must differ"),
        (GOOD + "role: supplier\n", "role supplier needs supplier_id"),
        (
            GOOD + "standard: EDIFACT\ninbound: {releases: [D], documents: [return_notice]}\n",
            "return_notice",
        ),
        (GOOD + "outbound: {documents: [invoice]}\n", "outbound.release"),
        (GOOD.replace("purchase_order", "letter"), "inbound.documents.0='letter'"),
        ("partner_id: [", "acme.yaml"),
    ],
)
def test_a_wrong_profile_is_refused_with_file_field_and_value(
    tmp_path: Path, text: str, says: str
) -> None:
    """A person can act on the sentence."""
    (tmp_path / "acme.yaml").write_text(text)
    with pytest.raises(book.ProfileError, match=r"acme\.yaml") as raised:
        book.load(tmp_path)
    assert says in str(raised.value)


def test_an_address_belongs_to_one_partner(tmp_path: Path) -> None:
    """Two profiles with one ISA address would make its sender a guess."""
    (tmp_path / "acme.yaml").write_text(GOOD)
    (tmp_path / "other.yaml").write_text(GOOD.replace("partner_id: ACME", "partner_id: B"))
    with pytest.raises(book.ProfileError, match="belongs to ACME"):
        book.load(tmp_path)


def test_a_profile_that_breaks_later_leaves_the_last_good_ones(tmp_path: Path) -> None:
    """A slip of the pen does not stop the other partners."""
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD)
    before = book.current(tmp_path)
    path.write_text("partner_id: [")
    os.utime(path, ns=(1, 1))
    assert book.current(tmp_path) is before
