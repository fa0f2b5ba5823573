"""Print an `.env` for compose.yaml: a random password and key pair for everybody who needs one.

Run as `python3 infra/images/passwords.py > .env`; it takes nothing but Python.
"""

import binascii
import secrets
from base64 import b32encode
from hashlib import sha512
from pathlib import Path

SERVICES = sorted(p.parent.name for p in Path(__file__).parents[2].glob("services/*/Dockerfile"))
TRACES = """\
# For traces and dashboards, remove the marks:
# COMPOSE_PROFILES=observability
# OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4318
"""
# The curve of Ed25519 (RFC 8032): its prime, its constant and its base point.
PRIME = 2**255 - 19
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    4 * pow(5, -1, PRIME) % PRIME,
)
# What NATS writes before a user's key, and before a seed of one.
USER, SEED = bytes([20 << 3]), bytes([18 << 3 | 20 >> 2, (20 << 6) & 255])


def password() -> str:
    """Safe in URLs; the letters in front keep a configuration from reading a number."""
    return f"pw{secrets.token_hex(16)}"


def key_pair(secret: bytes) -> tuple[str, str]:
    """The seed and the public key that NATS knows a user by, as it writes them."""
    return _written(SEED + secret), _written(USER + public_key(secret))


def public_key(secret: bytes) -> bytes:
    """The public half of an Ed25519 key pair."""
    scalar = int.from_bytes(sha512(secret).digest()[:32], "little")
    scalar = scalar & (1 << 254) - 8 | 1 << 254
    point, power = (0, 1), BASE
    while scalar:
        if scalar & 1:
            point = _sum(point, power)
        power, scalar = _sum(power, power), scalar >> 1
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Two points of the curve, added."""
    (a, b), (c, d) = one, other
    t = CURVE * a * b * c * d % PRIME
    x, y = (a * d + b * c) * pow(1 + t, -1, PRIME), (b * d + a * c) * pow(1 - t, -1, PRIME)
    return x % PRIME, y % PRIME


def _written(data: bytes) -> str:
    checked = data + binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return b32encode(checked).decode().rstrip("=")


if __name__ == "__main__":
    lines = [f"{name}_PASSWORD={password()}" for name in ("POSTGRES", *map(str.upper, SERVICES))]
    for name in ("CROSSDOCK", *map(str.upper, SERVICES)):
        seed, key = key_pair(secrets.token_bytes(32))
        lines += [f"{name}_NATS_SEED={seed}", f"{name}_NKEY={key}"]
    print("\n".join(lines))  # noqa: T201 - it is a command
    print(TRACES, end="")  # noqa: T201 - the same
