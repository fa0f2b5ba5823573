"""The transport in a profile: what is allowed, and how the rest is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from partner_edi.transports import names, own_keys
from partner_edi.transports.public_keys import KINDS, body
from partner_edi.transports.terms import Transport

read = TypeAdapter(Transport).validate_python
OURS: dict[str, Any] = {"kind": "our_sftp", "keys": []}
THEIRS: dict[str, Any] = {
    "kind": "their_sftp",
    "host": "sftp.acme.example",
    "user": "crossdock",
    "host_keys": [],
    "fetch_from": "/out",
    "put_into": "/in",
}


@pytest.fixture(scope="module")
def key() -> str:
    """A partner's public key."""
    return str(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_is_taken_as_openssh_writes_it(kind: str) -> None:
    """With a comment and without."""
    size = {"key_size": 2048} if kind == "ssh-rsa" else {}
    made = asyncssh.generate_private_key(kind, "edi@acme", **size).export_public_key().decode()
    terms = read({**OURS, "keys": [made.strip(), " ".join(made.split()[:2])]})
    assert body(terms.keys[0]) == body(terms.keys[1])


def wrong(terms: Any) -> str:
    """What is said of terms that cannot be used."""
    with pytest.raises(ValidationError) as told:
        read(terms)
    return str(told.value)


def test_what_cannot_be_used_is_named_with_its_value(key: str) -> None:
    """Field, value, and what is allowed."""
    assert "'folders', 'our_sftp', 'their_sftp', 'http'" in wrong({"kind": "ftp"})
    assert "our_sftp.keys" in wrong(OURS)
    assert "their_sftp.port" in wrong({**THEIRS, "host_keys": [key], "port": 99999})
    assert "password" in wrong({**THEIRS, "host_keys": [key], "password": "secret"})
    assert "their_sftp.host_keys" in wrong(THEIRS)
    assert "their_sftp.host" in wrong({**THEIRS, "host_keys": [key], "host": "a b"})
    same = {**THEIRS, "host_keys": [key], "put_into": "/out/"}
    assert "different folders" in wrong(same)


def test_what_is_no_public_key_is_told_apart(key: str) -> None:
    """A private key, a cut-off one, one of another kind, one too short, a fingerprint."""
    short = asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode()
    kind, blob = key.split()[:2]
    for given, said in (
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "private key"),
        (f"{kind} {blob[:-8]}", "cut off"),
        (f"ssh-rsa {blob}", "no key of the kind ssh-rsa"),
        (short, "1024 bits"),
        ("SHA256:abcdef", "reads `ssh-ed25519"),
        (f"{kind} %%%", "no public key"),
        (blob, "reads `ssh-ed25519"),
        ("", "reads `ssh-ed25519"),
    ):
        assert said in wrong({**OURS, "keys": [given]})


def test_a_key_pair_of_ours_is_made_once(tmp_path: Any) -> None:
    """And its public half is what a partner is given."""
    first = own_keys.key_file(tmp_path / "keys", own_keys.CLIENT_KEY).read_bytes()
    assert own_keys.key_file(tmp_path / "keys", own_keys.CLIENT_KEY).read_bytes() == first
    public = own_keys.public_half(tmp_path / "keys", own_keys.CLIENT_KEY)
    assert read({**OURS, "keys": [public]}).keys == (public,)
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == ["client_key", "client_key.pub"]


def test_secrets_are_lines_of_a_file(tmp_path: Any) -> None:
    """Two while one is changed; none where there is no file, or only short lines."""
    (tmp_path / "ACME.secret").write_bytes(
        b"  the first secret of ACME\r\nthe second one of ACME\n\n"
    )
    secrets = own_keys.shared_secrets(tmp_path, "ACME")
    assert secrets == [b"the first secret of ACME", b"the second one of ACME"]
    (tmp_path / "SHORT.secret").write_bytes(b"secret\n")
    assert own_keys.shared_secrets(tmp_path, "SHORT") == []
    assert own_keys.shared_secrets(tmp_path, "NOBODY") == []


@pytest.mark.parametrize("name", ["po.edi", "with space", "Ü-訂單.edi", "-rf", "a" * 200, "..edi"])
def test_names_that_are_taken(name: str) -> None:
    """Any one part of a path."""
    assert names.fault(name) is None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "/etc/passwd", "a\\b", "a\0b", "a\nb", "\x7f", "Ü" * 101]
)
def test_names_that_are_not(name: str) -> None:
    """A path, a control character, nothing, too much."""
    assert names.fault(name)


def test_a_name_says_that_its_file_is_not_finished() -> None:
    """As the clients that partners use write them."""
    for name in (".hidden", "po.tmp", "po.edi.part", "po.edi.filepart", "PO.TMP"):
        assert names.unfinished(name)
    for name in ("po.edi", "tmp", "part.edi"):
        assert not names.unfinished(name)


def test_a_name_that_is_no_text_can_still_be_stored() -> None:
    """Bytes of another alphabet, and a NUL."""
    assert names.storable(b"latin-\xfc".decode(errors="surrogateescape")) == "latin-?"
    assert names.storable("a\0b") == "a?b"


def test_the_readmes_examples_are_good_ones(key: str) -> None:
    """Every kind is shown, and could be pasted."""
    text = (Path(__file__).parents[3] / "README.md").read_text()
    blocks = [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]
    shown = [yaml.safe_load(block)["transport"] for block in blocks]
    for terms in shown:
        for field in {"keys", "host_keys"} & terms.keys():
            assert terms[field][0].startswith("ssh-ed25519 AAAAC3Nz...")
            terms[field] = [key]
    assert [read(terms).kind for terms in shown] == ["folders", "our_sftp", "their_sftp", "http"]


def test_a_service_without_sftp_does_not_pay_for_it() -> None:
    """asyncssh takes 30 MB: it is loaded with a port, or with the first visit."""
    program = "import sys, partner_edi.app; sys.exit('asyncssh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
