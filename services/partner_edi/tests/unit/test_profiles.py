"""Partner profiles: clear errors, and the shipped ones are usable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from partner_edi import profiles

SHIPPED = Path(__file__).parents[2] / "profiles"
GOOD = """\
partner_id: ACME
customer_id: C1
name: Acme
isa: [{qualifier: ZZ, id: ACME}]
gs: [ACME]
our_isa: [{qualifier: ZZ, id: US}]
our_gs: US
"""


def test_the_shipped_profiles_can_be_used() -> None:
    """The demo's partners are all there."""
    book = profiles.load(SHIPPED)
    assert set(book.partners) == {"ABC-AEROSPACE", "DERICL", "SENDER", "SHIPPING-GROUP"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("name: Acme\n", ""), "name"),
        (GOOD.replace("qualifier: ZZ", "qualifier: Z"), "isa.0.qualifier='Z'"),
        (GOOD + "usage: X\n", "usage='X'"),
        (GOOD + "surprise: 1\n", "surprise"),
        (GOOD + "delimiters: {element: '~'}\n", "must differ"),
        ("partner_id: [", "acme.yaml"),
    ],
)
def test_a_wrong_profile_is_refused_with_file_field_and_value(
    tmp_path: Path, text: str, says: str
) -> None:
    """A person can act on the sentence."""
    (tmp_path / "acme.yaml").write_text(text)
    with pytest.raises(profiles.ProfileError, match=r"acme\.yaml") as raised:
        profiles.load(tmp_path)
    assert says in str(raised.value)


def test_an_address_belongs_to_one_partner(tmp_path: Path) -> None:
    """Two profiles with one ISA address would make its sender a guess."""
    (tmp_path / "acme.yaml").write_text(GOOD)
    (tmp_path / "other.yaml").write_text(GOOD.replace("partner_id: ACME", "partner_id: B"))
    with pytest.raises(profiles.ProfileError, match="belongs to ACME"):
        profiles.load(tmp_path)


def test_a_profile_that_breaks_later_leaves_the_last_good_ones(tmp_path: Path) -> None:
    """A slip of the pen does not stop the other partners."""
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD)
    before = profiles.book(tmp_path)
    path.write_text("partner_id: [")
    os.utime(path, ns=(1, 1))
    assert profiles.book(tmp_path) is before
