"""What the bench makes of its measurements, and that the README shows a run that took place."""

import json
import sys

import pytest
import typer
from crossdock_bench.command import bench
from crossdock_bench.load import Sample
from crossdock_bench.mesh import sustained
from crossdock_bench.page import NONE, Page
from crossdock_bench.plot import plot
from crossdock_bench.profile import REST, Sampler, shares
from crossdock_bench.race import Lap
from crossdock_bench.report import Measured, Results, conditions, save
from crossdock_bench.rows import groups
from PIL import Image

from crossdock.errors import NotReady

KEYS = ("path", "relay", "held", "history", "overhead", "latency", "dead", "mesh")


def results(*, quick: bool = False, keys: tuple[str, ...] = KEYS) -> Results:
    """A run in which every comparison came out even, and one floor was missed."""
    compared = [row for group in groups(8000, 2) for row in group.rows if row.key in keys]
    for row in compared:
        row.ours_rate, row.theirs_rate, row.ratio = 9000.0, 9000.0, 1.0
    rows = [k for k in ("latency", "dead", "mesh") if k in keys]
    measured = [
        Measured(key=key, name=f"{key} row", text="3 / 9 ms", value=9, unit="ms", floor=5,
                 details={"p50": 3.0, "p99": 9.0})
        for key in rows
    ]  # fmt: skip
    return Results(
        conditions=conditions({"quick": quick}),
        compared=compared,
        measured=measured,
        laps={
            "chassis": [Lap(9000.0, 50.0, 20.0, 20.0)],
            "by hand": [Lap(9000.0, 60.0, 20.0, 20.0)],
        },
        profile={"full path": {"relay": 20.0, REST: 30.0}},
    )


def write(folder, found: Results) -> None:
    """What a run leaves."""
    save(found, folder / "results.json")
    plot(found, folder / "results.png")


@pytest.fixture
def page(tmp_path):
    """A README of its own, with nothing published."""
    (tmp_path / "tests" / "bench").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# A\n\n<!-- figures -->\n<!-- /figures -->\n\nB\n")
    return Page(tmp_path)


def test_the_readme_shows_the_run_that_lies_beside_it():
    """No figure in it was typed by hand, and the picture is that of the same run."""
    there = Page()
    assert there.readme.read_text() == there.rendered(), "run `crossdock bench --publish`"
    if there.figures.exists():
        at = json.loads(there.figures.read_text())["conditions"]["at"]
        with Image.open(there.picture) as picture:
            assert picture.info["Description"] == at


def test_a_whole_run_is_published_with_its_hardware_its_floors_and_its_picture(page, tmp_path):
    """Every row is in the table; publishing again changes nothing; the rest of the page stays."""
    write(tmp_path, results())
    page.publish(tmp_path)
    text = page.readme.read_text()
    assert text.startswith("# A\n")
    assert text.endswith("\nB\n")
    assert "| full path / by hand | 9,000/s | 9,000/s | 1.00 | 0.70 | ✓ |" in text
    assert "| latency row | 3 / 9 ms | | | ≤ 5 | missed |" in text
    assert "fsync on" in text
    assert "relay 20.0" in text
    assert page.picture.exists()
    page.publish(tmp_path)
    assert page.readme.read_text() == text


def test_what_is_no_whole_run_is_not_shown(page, tmp_path):
    """Neither a quick one, nor one of some rows, nor none."""
    with pytest.raises(NotReady, match="run `make bench` first"):
        page.publish(tmp_path)
    write(tmp_path, results(quick=True))
    with pytest.raises(NotReady, match="quick"):
        page.publish(tmp_path)
    write(tmp_path, results(keys=("path", "relay")))
    with pytest.raises(NotReady, match="lacks dead, held"):
        page.publish(tmp_path)
    assert NONE in page.rendered()


def test_a_backlog_that_grows_is_no_sustained_rate():
    """What was invoiced counts, between warm-up and end, and only where no more and more waits."""
    steady = [Sample(float(t), 100 * t + 50, 100 * t) for t in range(61)]
    assert sustained(steady, 60) == (pytest.approx(100), False)
    growing = [Sample(float(t), 150 * t, 100 * t) for t in range(61)]
    assert sustained(growing, 60) == (pytest.approx(100), True)


def test_a_profile_says_whose_time_it_was(tmp_path):
    """The innermost file that somebody is named for; all parts together are the whole."""
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"relay": 300, REST: 100}))
    assert shares(path, 40.0) == {"relay": 30.0, REST: 10.0}
    seen = []
    sampler = Sampler(path)
    names = {
        "/x/crossdock/inbox.py": "position and inbox",
        "/x/asyncpg/pool.py": "PostgreSQL's driver",
    }
    for name in names:
        exec(compile("look()", name, "exec"), {"look": lambda: seen.append(_caller(sampler))})
    assert seen == list(names.values())


def _caller(sampler: Sampler) -> str:
    return sampler.part_of(sys._getframe(1).f_back)


@pytest.mark.long
def test_every_peer_runs(tmp_path):
    """A quick run of the event path: no peer has stopped working unnoticed."""
    with pytest.raises(typer.Exit):
        bench(rows="path,relay,held,overhead,latency", quick=True, folder=tmp_path)
    found = json.loads((tmp_path / "results.json").read_text())
    assert all(row["ours_rate"] > 0 < row["theirs_rate"] for row in found["compared"])
    assert found["profile"]["full path"]
