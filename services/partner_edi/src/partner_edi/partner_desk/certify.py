"""A partner's scenarios, run through the engine and the mappings with its profile: no server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..edi import envelope
from ..edi.acknowledgements.control import control_report
from ..edi.acknowledgements.functional import acknowledgement
from ..edi.acknowledgements.implementation import implementation_acknowledgement
from ..edi.acknowledgements.interchange import interchange_acknowledgement
from ..edi.agreement import judge
from ..edi.document import Row
from ..edi.envelope import Interchange
from ..edi.finding import Finding, Level
from ..edi.mapping import Document, code_of
from ..inbound import TAKERS
from ..inbound.sets import translate
from ..outbound import WRITERS
from ..outbound.text import written
from ..profiles import Acknowledgement, Profile
from .examples import AT, example

Files = Sequence[tuple[str, bytes]]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was agreed, and whether it works; `text` says how it was seen, or why not."""

    direction: str
    document: str
    set_code: str
    passed: bool
    text: str


def certify(profile: Profile, files: Files) -> list[Scenario]:
    """Every agreed document and answer; `files` are what the partner sent to be tried."""
    found = [_received(profile, document, files) for document in profile.inbound.documents]
    found += [_sent(profile, document) for document in profile.outbound.documents]
    found += [_answered(profile, code) for code in profile.acknowledge]
    used = {scenario.set_code for scenario in found if scenario.direction == "in"}
    return found + list(_strays(profile, files, used))


def _received(profile: Profile, document: Document, files: Files) -> Scenario:
    code = code_of(document, profile.standard)
    passed, texts = False, []
    if code not in TAKERS:
        texts = [f"no {code} is taken here yet"]
    else:
        passed, texts = _tried(profile, code, files)
        if not texts:
            passed, texts = _mirrored(profile, document, code)
    return Scenario(
        direction="in", document=document, set_code=code, passed=passed, text="; ".join(texts)
    )


def _tried(profile: Profile, code: str, files: Files) -> tuple[bool, list[str]]:
    """Every set of a kind in the partner's files; all of them have to be right."""
    tried, faults = 0, []
    for name, raw in files:
        for interchange in envelope.read([raw]).interchanges:
            sets = [one for group in interchange.groups for one in group.sets if one.code == code]
            if sets:
                tried += len(sets)
                faults += [f"{name}: {text}" for text in _wrong(profile, interchange, code)]
    if faults:
        return False, faults[:5]
    return True, [f"right in the partner's own files ({tried})"] if tried else []


def _wrong(profile: Profile, interchange: Interchange, code: str) -> Iterator[str]:
    """Why sets of a kind in an interchange would be refused."""
    if interchange.sender not in {address.key for address in profile.addresses}:
        yield f"sent by {'/'.join(interchange.sender)}, which is not among the addresses"
    judge(interchange, profile.agreement)
    found: list[Finding] = list(interchange.findings)
    for group in interchange.groups:
        found += group.findings
        for document in group.sets:
            if document.code == code:
                translate(document, TAKERS.get(code), profile.currency, profile.their_codes)
                found += document.findings
    yield from (finding.sentence() for finding in found if finding.level is Level.FATAL)


def _mirrored(profile: Profile, document: Document, code: str) -> tuple[bool, list[str]]:
    """Without a file of the partner: one of ours, as the partner would write it."""
    writer = WRITERS.get((document, profile.standard))
    if writer is None:
        return False, [f"no file of the partner holds a {code}: ask for one"]
    try:
        rows = writer.write(example(writer.model, profile.currency))
    except Exception as error:
        return False, [f"no example of a {code} can be made: {type(error).__name__}: {error}"]
    raw = written(_turned(profile), code, rows, 1, AT).raw
    [interchange] = envelope.read([raw]).interchanges
    faults = list(_wrong(profile, interchange, code))
    return not faults, faults[:5] or ["a generated one is right; no file of the partner was tried"]


def _turned(profile: Profile) -> Profile:
    """The profile as the partner would have it of us."""
    outbound = profile.outbound.model_copy(update={"release": profile.inbound.releases[0]})
    return profile.model_copy(
        update={
            "addresses": profile.our_addresses,
            "our_addresses": profile.addresses,
            "groups": (profile.our_group,) if profile.our_group else (),
            "our_group": next(iter(profile.groups), ""),
            "outbound": outbound,
        }
    )


def _sent(profile: Profile, document: Document) -> Scenario:
    code = code_of(document, profile.standard)
    writer = WRITERS.get((document, profile.standard))
    if writer is None:
        passed, text = False, f"no {code} is written here yet"
    else:
        try:
            rows = writer.write(example(writer.model, profile.currency))
            passed, text = _checked(profile, code, rows)
        except Exception as error:
            passed, text = False, f"no example can be made: {type(error).__name__}: {error}"
    return Scenario(direction="out", document=document, set_code=code, passed=passed, text=text)


def _checked(profile: Profile, code: str, rows: list[Row]) -> tuple[bool, str]:
    made = written(profile, code, rows, 1, AT)
    if made.findings:
        return False, "; ".join(finding.sentence() for finding in made.findings[:5])
    return True, "a generated one passes our own reader"


def _answered(profile: Profile, code: Acknowledgement) -> Scenario:
    """An answer to an interchange that holds one empty set: every level has something to say."""
    document: Document = next(iter(profile.inbound.documents), "purchase_order")
    asked = written(_turned(profile), code_of(document, profile.standard), [], 1, AT).raw
    [interchange] = envelope.read([asked]).interchanges
    [group] = interchange.groups
    for one in group.sets:
        translate(one, TAKERS.get(one.code), profile.currency)
    if code == "TA1":
        rows: list[Row] = [interchange_acknowledgement(interchange)]
    elif code == "CONTRL":
        rows = control_report(interchange)
    else:
        write = {"997": acknowledgement, "999": implementation_acknowledgement}[code]
        rows = list(write(group, interchange))
    passed, text = _checked(profile, code, rows)
    return Scenario(
        direction="out", document="acknowledgement", set_code=code, passed=passed, text=text
    )


def _strays(profile: Profile, files: Files, used: set[str]) -> Iterator[Scenario]:
    """What the partner's files hold that was not agreed, or that is no EDI at all."""
    heard = used | profile.agreement.sets
    for name, raw in files:
        reading = envelope.read([raw])
        codes = {s.code for i in reading.interchanges for g in i.groups for s in g.sets}
        for code in sorted(codes - heard):
            text = f"{name} holds a {code}, which is not in inbound.documents"
            yield Scenario(direction="in", document="", set_code=code, passed=False, text=text)
        if not reading.interchanges:
            text = f"{name} holds no interchange"
            yield Scenario(direction="in", document="", set_code="", passed=False, text=text)
