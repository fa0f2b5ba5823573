"""Signed requests: what holds, and why everything else does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_edi.transports import signatures
from partner_edi.transports.signatures import Request, Unsigned

NOW = 1_800_000_000
SECRET = b"a secret of the partner ACME"
BODY = b"ISA*00*"
COVERED = '("@method" "@path" "@query" "content-digest")'


def signed(
    secret: bytes = SECRET, covered: str = COVERED, rest: str = "", **changed: Any
) -> Request:
    """An upload, signed as RFC 9421 says, by hand."""
    params = f'{covered};created={NOW};keyid="ACME"{rest}'
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    headers = {"content-digest": f"sha-256=:{digest}:", "host": "edi.example", "x-po": "4711"}
    lines = {
        "@method": "POST",
        "@path": "/partners/ACME/inbox",
        "@query": "?name=po%20one.edi",
        "@authority": "edi.example",
        **headers,
    }
    names = [word.strip('"') for word in covered.strip("()").split()]
    text = "\n".join(f'"{name}": {lines.get(name, "")}' for name in names)
    text += f'\n"@signature-params": {params}'
    mac = base64.b64encode(hmac.new(secret, text.encode(), "sha256").digest()).decode()
    headers |= {"signature-input": f"sig1={params}", "signature": f"sig1=:{mac}:"}
    headers |= changed.pop("headers", {})
    request = Request("POST", "/partners/ACME/inbox", "name=po%20one.edi", headers)
    return msgspec.structs.replace(request, **changed)


def checked(request: Request, *secrets: bytes, now: float = NOW) -> signatures.Signature:
    """The signature of a request that holds."""
    found = signatures.read(request)
    signatures.check(request, found, secrets or (SECRET,), now=now, window=300)
    return found


def test_a_signed_request_holds() -> None:
    """Also while a secret is changed, with more covered, and with the algorithm named."""
    assert checked(signed()).key_id == "ACME"
    checked(signed(), b"a new secret for ACME", SECRET)
    checked(signed(covered=COVERED[:-1] + ' "@authority" "x-po")', rest=';alg="hmac-sha256"'))
    checked(signed(), now=NOW + 300)
    checked(signed(), now=NOW - 300)


def test_the_example_of_rfc_9421_holds() -> None:
    """Section B.2.5: a signature that somebody else has made."""
    secret = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "host": "example.com",
        "content-type": "application/json",
        "signature-input": 'sig-b25=("date" "@authority" "content-type")'
        ';created=1618884473;keyid="test-shared-secret"',
        "signature": "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
    }
    found = signatures.read(Request("POST", "/foo", "", headers))
    text = signatures.base(Request("POST", "/foo", "", headers), found.covered, found.params)
    assert signatures.sign(secret, text) == found.mac


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (signed(b"another secret, longer"), "signature_wrong"),
        (signed(method="PUT"), "signature_wrong"),
        (signed(path="/partners/OTHER/inbox"), "signature_wrong"),
        (signed(query="name=other.edi"), "signature_wrong"),
        (signed(headers={"content-digest": "sha-256=:AAAA:"}), "signature_wrong"),
        (signed(headers={"signature": "sig1=:AAAA:"}), "signature_wrong"),
        (signed(covered='("@method" "@path" "@query")'), "signature_incomplete"),
        (signed(covered='("@path" "@query" "content-digest")'), "signature_incomplete"),
        (signed(covered="()"), "signature_incomplete"),
        (signed(covered=COVERED[:-1] + ' "x-none")'), "signature_wrong"),
        (signed(headers={"signature": "sig2=:AAAA:"}), "signature_unreadable"),
        (signed(headers={"signature": "sig1=:A:"}), "signature_unreadable"),
        (signed(headers={"signature": "AAAA"}), "signature_unreadable"),
        (signed(headers={"signature-input": "sig1=()"}), "signature_unreadable"),
        (signed(headers={"signature-input": "Bearer x"}), "signature_unreadable"),
        (signed(rest=';alg="rsa-v1_5-sha256"'), "signature_unreadable"),
        (msgspec.structs.replace(signed(), headers={}), "signature_missing"),
    ],
)
def test_anything_else_does_not(request_: Request, code: str) -> None:
    """A code to branch on and a sentence for each."""
    with pytest.raises(Unsigned) as told:
        checked(request_)
    assert told.value.code == code
    assert len(told.value.text) > 20


def test_clocks_may_differ_by_the_window_and_no_more() -> None:
    """The answer tells both times, so that a wrong clock is seen."""
    for now in (NOW + 301, NOW - 301):
        with pytest.raises(Unsigned, match=rf"signed at {NOW}, and it is {now} here") as told:
            checked(signed(), now=now)
        assert told.value.code == "signature_expired"


def test_a_partner_without_secret_cannot_sign() -> None:
    """Nor with an empty one."""
    for secret in (SECRET, b""):
        request = signed(secret)
        with pytest.raises(Unsigned):
            signatures.check(request, signatures.read(request), (), now=NOW, window=300)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_header_breaks_the_reader(given_input: str, given_signature: str) -> None:
    """Whatever a stranger writes, the answer is a sentence."""
    headers = {"signature-input": given_input, "signature": given_signature}
    with pytest.raises(Unsigned):
        checked(msgspec.structs.replace(signed(), headers=headers))


def test_long_headers_are_read_in_a_moment() -> None:
    """Nobody can keep us busy with parentheses and quotes."""
    for text in ('sig1=("' + '" "' * 20_000, "sig1=(" + '"a" ' * 20_000, ";a=1" * 20_000):
        with pytest.raises(Unsigned):
            signatures.read(
                msgspec.structs.replace(
                    signed(), headers={"signature-input": text, "signature": "s=:A:"}
                )
            )


def test_a_digest_is_a_sha_256_or_none() -> None:
    """Other algorithms may stand beside it."""
    good = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    for header in (f"sha-256=:{good}:", f"sha-512=:AAAA:, sha-256=:{good}:"):
        found = signatures.digest_of({"content-digest": header})
        assert found == hashlib.sha256(BODY).digest()
    for header in ("", "sha-256=:AAAA:", "md5=:AAAA:", good, f"sha-256={good}", "sha-256=:%%%:"):
        assert signatures.digest_of({"content-digest": header}) is None
