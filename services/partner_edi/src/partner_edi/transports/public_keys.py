"""Public keys as OpenSSH writes them, checked without any cryptography."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator

KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
SHORTEST_RSA = 2048


def body(key: str) -> str:
    """The key itself, without its comment: what is compared."""
    return key.split()[1]


def _checked(key: str) -> str:
    if "PRIVATE KEY" in key:
        raise ValueError("this is a private key: keep it secret, and give its public half here")
    parts = key.split()
    if len(parts) < 2 or parts[0] not in KINDS:
        raise ValueError(f"a public key reads `ssh-ed25519 AAAA... comment`; {_kinds()}")
    try:
        fields = _fields(base64.b64decode(parts[1], validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the second word is no public key: {error}") from error
    if not fields or fields[0] != parts[0].encode():
        raise ValueError(f"the second word is no key of the kind {parts[0]}")
    if parts[0] == "ssh-rsa" and (bits := _bits(fields)) < SHORTEST_RSA:
        raise ValueError(f"an RSA key of {bits} bits is too short: {SHORTEST_RSA} at least")
    return key


def _kinds() -> str:
    return f"its first word is one of {', '.join(KINDS)}"


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed fields of a key's encoding (RFC 4253)."""
    fields = []
    while blob:
        end = 4 + int.from_bytes(blob[:4], "big")
        if len(blob) < end:
            raise ValueError("it is cut off")
        fields.append(blob[4:end])
        blob = blob[end:]
    return fields


def _bits(fields: list[bytes]) -> int:
    return int.from_bytes(fields[-1], "big").bit_length()


PublicKey = Annotated[str, AfterValidator(_checked)]
