"""Folders: what counts as a file, when it is quiet, and how files are put down."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from partner_edi.transports import folders


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


def shape_of(path: Path) -> folders.Shape:
    """What a look at a file sees."""
    return folders.Shape.of(path.stat())


def test_equal_names_are_kept_apart(tmp_path: Path) -> None:
    """A partner may use one name for ever; nothing in the archive is overwritten."""
    for text in ("one", "two"):
        source = folders.put(tmp_path / "A" / "inbox", "po.edi", text.encode())
        folders.move(source, shape_of(source), tmp_path / "A" / "archive", text, ["why"])
    kept = sorted(path.name for path in (tmp_path / "A" / "archive").iterdir())
    assert kept == ["po.edi", "po.edi.findings.txt", "po.two.edi", "po.two.edi.findings.txt"]
    assert not any((tmp_path / "A" / "inbox").iterdir())


def test_a_file_that_came_while_another_was_read_is_not_archived_unread(tmp_path: Path) -> None:
    """The second of one name goes back into the inbox, whole, and is found there again."""
    inbox, archive = tmp_path / "A" / "inbox", tmp_path / "A" / "archive"
    read = shape_of(folders.put(inbox, "po.edi", b"one"))
    folders.put(inbox, "po.edi", b"two")
    with pytest.raises(FileNotFoundError, match="another file by now"):
        folders.move(inbox / "po.edi", read, archive, "mark")
    assert (inbox / "po.edi").read_bytes() == b"two"
    assert [f.path.name for f in folders.Watch().look(tmp_path)] == ["po.edi"]
    assert not any(archive.iterdir())
    assert not any((tmp_path / "A" / ".taken").iterdir())


def test_what_a_crash_left_on_its_way_out_goes_back(tmp_path: Path) -> None:
    """The same file, so that the store knows it; a cut-off upload goes once it is old."""
    folders.make(tmp_path, ["A"])
    inbox, taken = tmp_path / "A" / "inbox", tmp_path / "A" / ".taken" / "0a"
    shape = shape_of(folders.put(inbox, "po.edi", b"one"))
    taken.mkdir(parents=True)
    os.rename(inbox / "po.edi", taken / "po.edi")
    for name, age in (("old", folders.STALE + 60), ("new", 0.0)):
        path = inbox / f".{name}.upload"
        path.write_bytes(b"IS")
        os.utime(path, (time.time() - age,) * 2)
    folders.recover(tmp_path)
    folders.recover(tmp_path)
    assert shape_of(inbox / "po.edi") == shape
    assert sorted(p.name for p in inbox.iterdir()) == [".new.upload", "po.edi"]


def test_nothing_is_published_over_another_file(tmp_path: Path) -> None:
    """A file that has its name already, since a crash came in between, is not doubled."""
    hidden = folders.put(tmp_path, ".1.upload", b"one")
    os.link(hidden, tmp_path / "po.edi")
    assert folders.publish(hidden, tmp_path, "po.edi") == tmp_path / "po.edi"
    other = folders.publish(folders.put(tmp_path, ".2.upload", b"two"), tmp_path, "po.edi")
    assert (tmp_path / "po.edi").read_bytes() == b"one"
    assert other.read_bytes() == b"two"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_cannot_be_taken_is_left_alone_for_longer_each_time(tmp_path: Path) -> None:
    """Up to a quarter of an hour; a file that is gone is forgotten."""
    folders.make(tmp_path, ["A"])
    path = tmp_path / "A" / "inbox" / "f.edi"
    path.write_bytes(b"ISA")
    watch = folders.Watch()
    waits = [watch.hold(path, 5.0) for _ in range(12)]
    assert waits[:6] == sorted(waits[:6])
    assert 4 < waits[0] < 6
    assert max(waits) < 1000
    assert watch.look(tmp_path) == []
    assert watch.held() == {"A"}
    path.unlink()
    watch.look(tmp_path)
    assert watch.held() == set()
    assert watch.hold(path, 5.0) < 6
