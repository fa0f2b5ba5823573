"""Signed requests: HTTP Message Signatures (RFC 9421) with HMAC-SHA256, and digests (RFC 9530).

The signature covers method, path, query and the digest of the body, so a stranger is turned away
before the body is read. A caller's clock may differ by the window; the same signed request sent
again within it is the same request.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

import msgspec

COVERED = ("@method", "@path", "@query")
WITH_BODY = (*COVERED, "content-digest")
_INPUT = re.compile(
    r"\s*(?P<label>[a-z*][a-z0-9_.*-]{0,63})="
    r"(?P<params>\((?P<items>(?:\"[^\"\\]*\" ?)*)\)"
    r"(?P<rest>(?:;[a-z]+=(?:\d{1,15}|\"[^\"\\]*\"))*))\s*"
)
_PARAMETER = re.compile(r";([a-z]+)=(?:(\d+)|\"([^\"]*)\")")
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{0,88}):\s*(?=,|$)")


class Request(msgspec.Struct, frozen=True):
    """What a signature speaks of; header names in lower case, the path and query as they came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


class Unsigned(Exception):
    """The signature does not hold: `code` to branch on, and a sentence with the next step."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Signature(msgspec.Struct, frozen=True):
    """A signature as the request brings it: whose, of what, made when."""

    label: str
    key_id: str
    created: int
    covered: tuple[str, ...]
    params: str
    mac: bytes


def read(request: Request) -> Signature:
    """Take the signature out of the headers; Unsigned when it is missing or cannot be read."""
    given = request.headers.get("signature-input"), request.headers.get("signature")
    if given[0] is None or given[1] is None:
        raise Unsigned("signature_missing", "sign with the headers Signature-Input and Signature")
    found = _INPUT.fullmatch(given[0])
    if found is None:
        text = f"Signature-Input {given[0][:200]!r} is not one signature as RFC 9421 writes it"
        raise Unsigned("signature_unreadable", text)
    values = {name: number or text for name, number, text in _PARAMETER.findall(found["rest"])}
    if values.get("alg", "hmac-sha256") != "hmac-sha256":
        text = f"the algorithm {values['alg']!r} is not taken here: sign with hmac-sha256"
        raise Unsigned("signature_unreadable", text)
    if not values.get("created", "").isdigit() or not values.get("keyid"):
        text = "Signature-Input needs created (seconds since 1970) and keyid (your partner id)"
        raise Unsigned("signature_unreadable", text)
    return Signature(
        label=found["label"],
        key_id=values["keyid"],
        created=int(values["created"]),
        covered=tuple(re.findall(r"\"([^\"]*)\"", found["items"])),
        params=found["params"],
        mac=_mac(found["label"], given[1]),
    )


def _mac(label: str, header: str) -> bytes:
    value = header.strip()
    if value.startswith(f"{label}=:") and value.endswith(":"):
        try:
            return base64.b64decode(value[len(label) + 2 : -1], validate=True)
        except binascii.Error:
            pass
    text = f"Signature must read {label}=:BASE64:, for the label in Signature-Input"
    raise Unsigned("signature_unreadable", text)


def check(
    request: Request,
    signature: Signature,
    secrets: Sequence[bytes],
    *,
    now: float,
    window: float,
) -> None:
    """Hold a signature against the partner's secrets; Unsigned unless one of them made it."""
    needed = WITH_BODY if request.method in ("POST", "PUT") else COVERED
    if lacking := [name for name in needed if name not in signature.covered]:
        text = f"the signature must cover {', '.join(lacking)} too"
        raise Unsigned("signature_incomplete", text)
    expected = base(request, signature.covered, signature.params)
    # Every secret is tried, and one where there is none, so that the time taken says nothing.
    tried = secrets or (b"\0" * 32,)
    matches = [hmac.compare_digest(sign(secret, expected), signature.mac) for secret in tried]
    if not secrets or not any(matches):
        text = (
            f"the signature is not one that the secret of {signature.key_id!r} makes over "
            f"{' '.join(signature.covered)}: compare secret and signature base"
        )
        raise Unsigned("signature_wrong", text)
    if abs(now - signature.created) > window:
        text = (
            f"signed at {signature.created}, and it is {int(now)} here: more than {window:g} "
            "seconds apart; set the clock, and sign each request when it is sent"
        )
        raise Unsigned("signature_expired", text)


def base(request: Request, covered: Sequence[str], params: str) -> bytes:
    """The text that is signed."""
    lines = [f'"{name}": {_component(request, name)}' for name in covered]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def _component(request: Request, name: str) -> str:
    derived = {
        "@method": request.method,
        "@path": request.path,
        "@query": f"?{request.query}",
        "@authority": request.headers.get("host", "").lower(),
    }
    value = derived.get(name, request.headers.get(name))
    if value is None:
        text = f"the signature covers {name!r}, which this request does not have"
        raise Unsigned("signature_wrong", text)
    return value.strip()


def sign(secret: bytes, text: bytes) -> bytes:
    """The signature itself."""
    return hmac.digest(secret, text, "sha256")


def digest_of(headers: Mapping[str, str]) -> bytes | None:
    """The SHA-256 that Content-Digest promises; None where it promises none."""
    found = _DIGEST.search(headers.get("content-digest", ""))
    try:
        value = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        return None
    return value if len(value) == hashlib.sha256().digest_size else None
