"""What git keeps holds on any machine: no registry, no path of one machine, no secret."""

import re
from pathlib import Path

import pytest
from crossdock_packaging.project import ROOT, tracked

# In pieces, so that this file is not found by itself.
FORBIDDEN = {
    "a package registry": re.compile(
        r"(pypi|pythonhosted|npmjs|crates|rubygems|ghcr|quay|docker)" + r"\.(org|com|io)\b"
        r"|registry" + r"\.[a-z-]+\.[a-z]+|proxy" + r"\.golang|index" + r"-url\s*[=:]"
    ),
    "a download": re.compile(
        r"raw\.githubusercontent" + r"|/releases/down" + r"load/"
        r"|https?://\S+\.(whl|tar\.gz|tgz|zip|deb|rpm|exe)\b"
    ),
    "a path of one machine": re.compile(r"(?<![\w./])/(work" + r"|root|home/\w+|Users/\w+)/"),
    "a secret": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
        r"|\bxox[abps]-[A-Za-z0-9-]{10}"
    ),
}
# Partners wrote these, and they are kept as they came.
AS_THEY_CAME = {".edi", ".850a"}


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    """The text of every tracked file, by its path."""
    files = [path for path in tracked() if path.suffix not in AS_THEY_CAME]
    if not files:
        pytest.skip("this is no git checkout")
    return {path.relative_to(ROOT): path.read_text(errors="replace") for path in files}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_kept_names(what: str, texts: dict[Path, str]) -> None:
    """A clone works wherever it is, and tells nobody where it was made."""
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1} {match[0]!r}"
        for path, text in texts.items()
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == []


def test_each_pattern_finds_what_it_is_for() -> None:
    """A pattern that never matches would keep nothing out."""
    planted = {
        "a package registry": ["files.python" + "hosted.org/x", "registry" + ".example.com"],
        "a download": ["https://example.com/a" + ".whl"],
        "a path of one machine": ["cd /ro" + "ot/x", '"/home' + '/jo/x"', "at /wor" + "k/main"],
        "a secret": ["-----BEGIN RSA PRIVATE" + " KEY-----", "ghp_" + "a" * 36],
    }
    assert planted.keys() == FORBIDDEN.keys()
    for what, examples in planted.items():
        assert all(FORBIDDEN[what].search(text) for text in examples), what


def test_no_file_of_secrets_is_kept(texts: dict[Path, str]) -> None:
    """Passwords are made where they are used."""
    assert [path for path in texts if path.name == ".env" or path.suffix in {".pem", ".key"}] == []
