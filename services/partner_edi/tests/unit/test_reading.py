"""Loops are cut out of a document, whether it has any or not."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.edi import envelope
from partner_edi.edi.lexer import Segment
from partner_edi.edi.mapping.billing_notice import x12
from partner_edi.edi.mapping.reading import split

ISA = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *260115*0830*U*00401"
BARE = f"{ISA}*000000001*0*P*>~GS*BS*A*B*20260115*0830*1*X*004010~ST*857*0001~"
BARE += "BHT*0004*00*1*20260115~SE*3*0001~GE*1*1~IEA*1*000000001~"


def segments_of(raw: str) -> list[Segment]:
    """The segments of the only set."""
    return envelope.read([raw.encode()]).interchanges[0].groups[0].sets[0].segments


@given(st.lists(st.sampled_from(["HL", "REF", "SE"])))
def test_cutting_loops_out_loses_nothing(tags: list[str]) -> None:
    """Head and loops together are the document; each loop begins with its tag."""
    one = segments_of(BARE)[0]
    document = [msgspec.structs.replace(one, elements=[tag]) for tag in tags]
    head, loops = split(document, "HL")
    assert [*head, *(segment for loop in loops for segment in loop)] == document
    assert [loop[0].tag for loop in loops] == ["HL"] * tags.count("HL")


def test_a_notice_without_any_loop_is_refused_with_findings() -> None:
    """What the business needs of an 857 stands in its loops."""
    notice, findings = x12.read(segments_of(BARE))
    assert notice is None
    assert findings
