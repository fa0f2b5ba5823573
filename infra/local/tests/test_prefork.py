"""Python programs as forks of their supervisor: what they are told, and how they end."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crossdock_local.errors import LocalError
from crossdock_local.ports import free_ports
from crossdock_local.processes import wait_until
from crossdock_local.supervise import Program, Supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked here")
SERVER, JOB = 30, 12


def python(name: str, *words: str, **environment: str) -> Program:
    """A program that runs a module of Python's own; a job unless it is the server."""
    job = name != "server"
    return Program(
        name=name,
        command=[sys.executable, "-m", *words],
        rank=JOB if job else SERVER,
        job=job,
        environment=environment,
    )


def once(name: str, statement: str, **environment: str) -> Program:
    """A job that runs one statement."""
    return python(name, "timeit", "-n1", "-r1", statement, **environment)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """The supervisor of an empty folder, with a space in its path."""
    [port] = free_ports(1)
    found = Supervisor(tmp_path / "a mesh", port)
    yield found
    found.stop()


def test_a_fork_has_its_own_words_environment_and_log(supervisor: Supervisor) -> None:
    """It is what `python -m` would have made: argv, environment, standard output."""
    said = once("said", "import os, sys; print(os.environ['TOLD'], sys.argv[1:3])", TOLD="a 'b' %c")
    supervisor.start([said, python("months", "calendar", "2026", "1")], {})
    supervisor.do_jobs()
    assert "a 'b' %c ['-n1', '-r1']" in (supervisor.logs / "said.log").read_text()
    assert "January 2026" in (supervisor.logs / "months.log").read_text()


def test_jobs_that_fail_are_all_told(supervisor: Supervisor) -> None:
    """By their exit status, whatever ended them; one that succeeds hides none."""
    bad = {
        "text": "raise SystemExit('no more paper')",
        "status": "raise SystemExit(3)",
        "killed": "import os; os.kill(os.getpid(), 15)",
        "broken": "1 / 0",
    }
    jobs = [once(name, statement) for name, statement in bad.items()]
    supervisor.start([once("good", "pass"), *jobs], {})
    with pytest.raises(LocalError) as failed:
        supervisor.do_jobs()
    told = str(failed.value)
    assert all(f"`crossdock {name}` failed: " in told for name in bad)
    assert "no more paper" in told
    assert "division by zero" in told
    assert "good" not in told


def test_what_was_to_be_done_at_the_end_is_done(supervisor: Supervisor) -> None:
    """Handlers of the end run, and what was printed is written."""
    text = "import atexit; atexit.register(print, 'the last word')"
    supervisor.start([once("leaving", text)], {})
    supervisor.do_jobs()
    assert "the last word" in (supervisor.logs / "leaving.log").read_text()


def test_a_killed_fork_comes_back_and_nothing_of_the_supervisor_is_in_it(
    supervisor: Supervisor,
) -> None:
    """A new process under its own name, without its parent's sockets and signals."""
    [port] = free_ports(1)
    server = python("server", "http.server", str(port), "--bind", "127.0.0.1")
    supervisor.start([server], {})
    supervisor.launch(SERVER)
    first = serving(supervisor, port, not_pid=0)
    first.kill()
    second = serving(supervisor, port, not_pid=first.pid)
    assert second.name() == "server"
    assert [each.laddr.port for each in second.net_connections()] == [port]
    second.send_signal(signal.SIGTERM)
    third = serving(supervisor, port, not_pid=second.pid)
    assert third.pid not in (first.pid, second.pid)


def serving(supervisor: Supervisor, port: int, *, not_pid: int) -> psutil.Process:
    """The process that listens on a port, once it is another than the one known."""

    def pid() -> int:
        [state] = supervisor.processes()
        return state.pid

    def there() -> bool:
        if pid() in (0, not_pid):
            return False
        ours = psutil.Process(pid()).net_connections()
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in ours)

    log = supervisor.logs / "server.log"
    wait_until(there, lambda: supervisor.running(), "server", log, timeout=60)
    return psutil.Process(pid())
