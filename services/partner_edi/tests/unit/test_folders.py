"""Folders: what counts as a file, when it is quiet, and how files are put down."""

from __future__ import annotations

from pathlib import Path

from partner_edi import folders


def test_unfinished_files_are_not_seen(tmp_path: Path) -> None:
    """Hidden and temporary names are still being written; folders and links are no files."""
    folders.make(tmp_path, ["A"])
    inbox = tmp_path / "A" / "inbox"
    for name in (".hidden", "x.tmp", "x.part", "good.edi"):
        (inbox / name).write_bytes(b"x")
    (inbox / "folder").mkdir()
    (inbox / "link.edi").symlink_to(inbox / "good.edi")
    assert [f.path.name for f in folders.Watch().look(tmp_path)] == ["good.edi"]


def test_a_file_that_grows_is_not_quiet(tmp_path: Path) -> None:
    """Quiet starts over with every change."""
    folders.make(tmp_path, ["A"])
    path = tmp_path / "A" / "inbox" / "f.edi"
    path.write_bytes(b"ISA")
    watch = folders.Watch()
    watch.look(tmp_path)
    assert watch.look(tmp_path)[0].quiet > 0
    path.write_bytes(b"ISA*")
    assert watch.look(tmp_path)[0].quiet == 0


def test_equal_names_are_kept_apart(tmp_path: Path) -> None:
    """A partner may use one name for ever; nothing in the archive is overwritten."""
    for text in ("one", "two"):
        source = folders.put(tmp_path / "inbox", "po.edi", text.encode())
        folders.move(source, tmp_path / "archive", text, ["why"])
    kept = sorted(path.name for path in (tmp_path / "archive").iterdir())
    assert kept == ["po.edi", "po.edi.findings.txt", "po.two.edi", "po.two.edi.findings.txt"]
    assert not any((tmp_path / "inbox").iterdir())
