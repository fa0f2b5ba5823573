"""Every command of the README works as printed, in a copy of the project on ports of its own."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
# `make test` runs this very test, and tests/mesh runs the demo.
ELSEWHERE = ("make demo", "make test")


def commands() -> list[str]:
    """The README's commands in order, comments and continued lines taken in."""
    text = (ROOT / "README.md").read_text()
    blocks = [block.replace("\\\n", " ") for block in BLOCK.findall(text)]
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(ELSEWHERE)]


def free_base() -> int:
    """A base whose next fifty ports nobody listens on."""
    for base in range(7500, 20000, 100):
        if all(_is_free(port) for port in range(base, base + 50)):
            return base
    raise AssertionError("no fifty free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def copy(tmp_path: Path):
    """A copy of the project as a user would have it after `make setup`."""
    target = tmp_path / "a copy"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / ".venv").symlink_to(Path(os.environ.get("VIRTUAL_ENV", ROOT / ".venv")))
    yield target
    subprocess.run(["make", "down"], cwd=target, capture_output=True, check=False)


@pytest.mark.mesh
@pytest.mark.skipif(not (ROOT / ".venv/bin/crossdock").exists(), reason="needs `make setup`")
def test_every_command_of_the_readme_works(copy: Path):
    """Commands run in the README's order in one folder; each exits 0 and prints something."""
    base = free_base()
    env = {**os.environ, "CROSSDOCK_PORT_BASE": str(base), "COLUMNS": "80"}
    env = {k: v for k, v in env.items() if not k.startswith(("MAKE", "MFLAGS"))}
    ran = commands()
    assert len(ran) >= 12, "the README lost its commands, or this test its way of reading them"
    for command in ran:
        line = re.sub(r"127\.0\.0\.1:74(\d\d)", lambda m: f"127.0.0.1:{base + int(m[1])}", command)
        output = _run_until_true(line, copy, env)
        assert output.strip(), f"{command} printed nothing"
        assert "Traceback" not in output


def _run_until_true(line: str, folder: Path, env: dict[str, str]) -> str:
    """Run a command; a person takes a moment between commands, so a refusal is tried again."""
    deadline = time.monotonic() + 60
    while True:
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=env, text=True, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        refused = done.returncode != 0 or '"code":"unknown' in done.stdout
        if not refused:
            return done.stdout
        if time.monotonic() > deadline:
            raise AssertionError(f"{line}\nexit {done.returncode}\n{done.stdout[-2000:]}")
        time.sleep(0.5)
