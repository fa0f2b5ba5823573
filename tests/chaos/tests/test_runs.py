"""Short runs: the promise is kept, and without a safeguard a run finds that it is broken."""

import json
from collections.abc import Callable

import pytest
from crossdock_chaos.options import Options, chosen
from crossdock_chaos.plan import KINDS
from crossdock_chaos.report import Report
from crossdock_chaos.run import Run

from crossdock_local.environment import NATS_URL, POSTGRES_URL
from crossdock_local.runtime import LocalMesh

pytestmark = pytest.mark.mesh

SEED = 20260109


@pytest.fixture
def play(tmp_path, monkeypatch) -> Callable[..., Report]:
    """Plays a run on a mesh of its own, of which nothing runs afterwards."""
    for variable in (NATS_URL, POSTGRES_URL):
        monkeypatch.delenv(variable, raising=False)

    def run(**told) -> Report:
        report = Run(Options(folder=tmp_path, seed=SEED, **told)).play(print)
        assert not LocalMesh(tmp_path / "mesh").supervisor.leftovers()
        return report

    return run


def test_nothing_is_lost_or_done_twice_while_everything_fails(play, tmp_path):
    """Every kind of fault strikes once, and the stores, streams and books agree afterwards."""
    report = play(orders=250, duration=70, settle_seconds=300)
    written = json.loads((tmp_path / "report.json").read_text())
    assert set(written["faults"]) == set(KINDS)
    assert not written["missed"]
    found = {name: written[name] for name in ("lost", "duplicated", "violations", "out_of_order")}
    assert not any(found.values()), written["details"]
    assert written["recovery_seconds"] is not None
    assert written["orders"] == 250
    assert report.held


@pytest.mark.long
@pytest.mark.parametrize(
    ("safeguard", "faults", "found_in"),
    [
        ("inbox", "duplicates", "duplicated"),
        ("epoch", "freeze", "out_of_order"),
        ("keys", "poison", "out_of_order"),
        ("gaps", "database_cut", "lost"),
    ],
)
def test_a_run_finds_a_missing_safeguard(play, safeguard, faults, found_in):
    """Without inbox, epoch check, key blocking or gap memory, a short run fails."""
    told = {"orders": 100, "duration": 25, "settle_seconds": 15, "faults": chosen(faults)}
    report = play(sabotage=safeguard, **told)
    assert not report.held
    assert getattr(report, found_in)
