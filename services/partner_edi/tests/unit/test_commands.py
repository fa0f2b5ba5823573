"""`crossdock edi check` and `crossdock edi view`, as people and scripts call them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from partner_edi.commands import edi
from partner_edi.edi.desk.inspect import Inspector, inspect
from partner_edi.edi.desk.pages import Line, implied, pages
from partner_edi.edi.envelope import stream

INVOICE = (
    "UNB+UNOA:3+US:1+THEM:14+260709:1200+7'UNH+1+INVOIC:D:96A:UN'BGM+380+I1+9'"
    "DTM+137:20260709:102'NAD+BY+1::9'LIN+1'MOA+203:12,5'UNS+S'MOA+86:12,5'UNT+9+1'UNZ+1+7'"
)


def run(*words: str) -> tuple[int, str]:
    """Exit code and output of one call."""
    result = CliRunner().invoke(edi, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("change", "code"), [(("", ""), 0), (("SE*4", "SE*9"), 1), (("ISA", "ISO"), 2)]
)
def test_the_exit_code_tells_scripts(
    whole: str, tmp_path: Path, change: tuple[str, str], code: int
) -> None:
    """0 valid, 1 findings, 2 unreadable."""
    file = tmp_path / "one.edi"
    file.write_text(whole.replace(*change))
    assert run("check", str(file))[0] == code
    assert run("view", str(file))[0] == code


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    """One line and exit 2, for a missing file and for a folder."""
    assert run("check", str(tmp_path / "nothing"))[0] == 2
    assert run("view", str(tmp_path))[0] == 2


def test_json_has_everything_a_script_needs(whole: str, tmp_path: Path) -> None:
    """Sets, partners, and each finding's place and codes."""
    file = tmp_path / "one.edi"
    file.write_text(whole.replace("*5*EA*", "*5*EACH*").replace("~", "~\n"))
    code, text = run("check", str(file), "--json")
    told = msgspec.json.decode(text)
    assert (code, told["result"]) == (1, "findings")
    assert [(s["code"], s["count"], s["checked"]) for s in told["sets"]] == [("850", 1, True)]
    assert told["interchanges"][0]["sender"] == "ZZ/SENDER"
    [found] = told["findings"]
    assert (found["line"], found["position"], found["tag"], found["element"]) == (5, 5, "PO1", 3)
    assert found["standard_codes"] == {"AK304": "8", "AK403": "5"}


@pytest.mark.parametrize(("letter", "found"), [("A", 0), ("Q", 1)])
def test_a_ta1_is_a_document_too(whole: str, letter: str, found: int) -> None:
    """An interchange may hold nothing but the answer to another."""
    text = whole[: whole.index("GS*")] + f"TA1*000000009*260709*1200*{letter}*000~"
    report = inspect([(text + "IEA*0*000000001~").encode()])
    assert [(held.code, held.count) for held in report.sets] == [("TA1", 1)]
    assert report.found == found


def test_amounts_dates_and_codes_are_readable() -> None:
    """A decimal comma becomes a point, a code its meaning, a date a date."""
    lines: list[Line] = []
    pages([INVOICE.encode()], lines.append)
    text = "\n".join(f"{line.title} {dict(line.parts)}" for line in lines)
    assert "12.5" in text
    assert "2026-07-09" in text
    assert "BY (Buyer)" in text
    assert (implied("28566", 2), implied("-5", 2), implied("A", 2)) == ("285.66", "-0.05", "A")


def test_the_page_is_safe(whole: str, tmp_path: Path) -> None:
    """What a partner writes is text, never markup."""
    file = tmp_path / "one.edi"
    file.write_text(whole.replace("P1**", "<b>1**").replace(">~GS", ":~GS"))
    _, page = run("view", str(file), "--html")
    assert "&lt;b&gt;1" in page
    assert "<b>1" not in page


@settings(deadline=None)
@given(st.data())
def test_no_bytes_stop_check_and_view(whole: str, data: st.DataObject) -> None:
    """Whatever is done to a file, it is looked at to its end."""
    text = data.draw(st.sampled_from([whole, INVOICE, whole + INVOICE]))
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(raw)))
        junk = data.draw(st.binary(max_size=4) | st.sampled_from([b"*", b"'", b"+", b"~", b"HL*"]))
        raw[at : at + data.draw(st.integers(0, 9))] = junk
    report = inspect([bytes(raw)])
    shown = pages([bytes(raw)], lambda line: None).report()
    assert shown.counts == report.counts


def test_memory_does_not_grow_with_the_file(whole: str) -> None:
    """Of a set of any length and of any number of sets only findings are kept."""
    start, line, end = whole.index("ST*"), whole.index("PO1*"), whole.index("SE*")
    desk = Inspector()
    many = (
        whole[start:end].replace("0001", f"{number:09d}") + f"SE*4*{number:09d}~"
        for number in range(3000)
    )
    long = [whole[line:end].encode() * 100] * 30
    chunks = [whole[:line].encode(), *long, b"SE*3003*0001~", *(one.encode() for one in many)]
    assert not stream(chunks, desk)
    assert sum(held.count for held in desk.report().sets) == 3001
    assert len(desk.reading.interchanges) == 0
    assert desk.report().segments == 3000 + 3 + 3000 * 4


def test_other_commands_do_not_pay_for_the_engine() -> None:
    """All of `crossdock` loads these commands; only they load what reads EDI."""
    told = "import sys, partner_edi.commands; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "partner_edi.partner_desk.partners" in loaded
    assert [name for name in loaded if name.startswith("partner_edi.edi")] == []
