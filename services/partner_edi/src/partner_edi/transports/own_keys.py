"""Our own keys and the secrets shared with partners: files in a folder that nobody else reads."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

HOST_KEY = "host_key"
CLIENT_KEY = "client_key"
SHORTEST_SECRET = 16


def key_file(folder: Path, name: str) -> Path:
    """One of our key pairs, made when it is first asked for; `<name>.pub` is its public half."""
    path = folder / name
    if not path.exists():
        _make(path)
    return path


def public_half(folder: Path, name: str) -> str:
    """The public half of one of our key pairs, as a partner is given it."""
    return key_file(folder, name).with_suffix(".pub").read_text().strip()


def shared_secrets(folder: Path, partner_id: str) -> list[bytes]:
    """The secrets shared with a partner, one a line in `<partner_id>.secret`; two while changing.

    A line that is too short to be one is passed over.
    """
    try:
        lines = (folder / f"{partner_id}.secret").read_bytes().splitlines()
    except OSError:
        return []
    return [line.strip() for line in lines if len(line.strip()) >= SHORTEST_SECRET]


def _make(path: Path) -> None:
    # Here, since it takes 30 MB, and few services need a key.
    import asyncssh

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = asyncssh.generate_private_key("ssh-ed25519", f"crossdock-{path.name}")
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    public = path.with_suffix(".pub")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.export_private_key())
            file.flush()
            os.fsync(file.fileno())
        # Replicas that start together agree on the key that was there first.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    public.write_bytes(asyncssh.read_private_key(path).export_public_key())
