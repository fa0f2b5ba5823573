"""Who may connect to the embedded NATS: a key pair each, made on this machine and kept there.

The server knows the public halves. What each may do is written down in `infra/nats/users.conf`,
which `crossdock permissions` makes from what services declare.
"""

import os
import re
import subprocess
from pathlib import Path

import nkeys

from .environment import checkout, secret_of
from .errors import LocalError

ADMINISTRATOR = "crossdock"
KEY = re.compile(r"\$([A-Z0-9_]+)_NKEY\b")


def permissions(state: Path, services: tuple[str, ...], crossdock: list[str]) -> str:
    """The users of the server; of this checkout, or as the installed services declare them."""
    committed = checkout() / "infra" / "nats" / "users.conf"
    if committed.is_file():
        text = committed.read_text(encoding="utf-8")
        if set(services) <= set(names(text)):
            return text
    made = state / "nats" / "users.conf"
    command = [*crossdock, "permissions", "--out", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        raise LocalError(f"`crossdock permissions` failed: {done.stderr.strip()}")
    return made.read_text(encoding="utf-8")


def names(text: str) -> list[str]:
    """The users that a text of permissions names."""
    return sorted({match.lower() for match in KEY.findall(text)})


def authorization(state: Path, text: str) -> str:
    """The permissions with the public keys of this machine filled in."""
    return KEY.sub(lambda match: public_key(seed(state, match[1].lower())), text)


def seed(state: Path, name: str) -> str:
    """The secret of a user's key pair, random when first asked for."""
    return secret_of(state / "seeds.json", name, new_seed)


def new_seed() -> str:
    """The secret of a new key pair."""
    made: bytes = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    return made.decode()


def public_key(secret: str) -> str:
    """The public half of a key pair."""
    known: bytes = nkeys.from_seed(bytearray(secret.encode())).public_key
    return known.decode()
