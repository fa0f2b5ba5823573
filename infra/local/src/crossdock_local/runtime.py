"""The whole mesh on one machine: servers, stand-ins and services, as processes kept running."""

import contextlib
import dataclasses
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from . import environment as env
from . import programs, users
from .environment import NATS_URL, POSTGRES_URL, given_servers, without_password
from .errors import LocalError
from .nats import NatsServer
from .ports import Ports, require_free
from .postgres import PostgresServer
from .processes import wait_until
from .supervise import ProcessState, Program, Supervisor, explain
from .waiting import answers, listens

DISK_NEEDED = 500_000_000
# A process that dies is seen at once: this is for machines that have much else to do.
READY_SECONDS = 180
# Asking more often takes the processor from the services that start.
ASK_SECONDS = 0.1
# supervisor calls a process STARTING in its first seconds
ALIVE = ("RUNNING", "STARTING")
RECORD = "mesh.json"
Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class _Record:
    """What a running mesh was started with: its ports, and the servers given instead of its own."""

    ports: Ports
    given: dict[str, str]


class LocalMesh:
    """A mesh whose data, logs and passwords lie in `state`.

    CROSSDOCK_NATS_URL and CROSSDOCK_POSTGRES_URL, when set, name servers to use instead of the
    embedded ones. `profiles` is the folder of partner profiles, `master_data` that of the ERP
    stand-in. A mesh that runs keeps the ports and servers it was started with.
    """

    def __init__(
        self,
        state: Path,
        ports: Ports | None = None,
        *,
        profiles: Path | None = None,
        master_data: Path | None = None,
    ) -> None:
        self.state = state.absolute()
        self.profiles = profiles
        self.master_data = (master_data or programs.default_master_data()).absolute()
        self.logs = self.state / "logs"
        running = self._recorded()
        self.ports = running.ports if running else ports or Ports.default()
        self.given = running.given if running else given_servers()
        self.supervisor = Supervisor(self.state, self.ports.supervisor)
        self.servers: dict[str, NatsServer | PostgresServer] = {}
        if POSTGRES_URL not in self.given:
            self.servers[POSTGRES_URL] = PostgresServer(
                self.state / "postgres", self.ports.postgres
            )
        if NATS_URL not in self.given:
            self.servers[NATS_URL] = NatsServer(self.state / "nats", self.ports.nats)

    def environment(self) -> dict[str, str]:
        """The variables that services, the command line and tests need to find this mesh."""
        embedded = {variable: server.url for variable, server in self.servers.items()}
        urls = self.given | embedded
        values = env.environment(
            self.state,
            self.ports,
            nats_url=urls[NATS_URL],
            postgres_url=urls[POSTGRES_URL],
            profiles=self.profiles,
        )
        return values | self._seeds() | {env.EMBEDDED: " ".join(embedded.values())}

    def _seeds(self) -> dict[str, str]:
        """Who everybody is on the embedded NATS; a given one has users of its own."""
        if NATS_URL in self.given:
            return {}
        known = (users.ADMINISTRATOR, *programs.installed_services())
        return {f"{name.upper()}_NATS_SEED": users.seed(self.state, name) for name in known}

    def urls(self) -> dict[str, str]:
        """Where services, stand-ins and servers are, without passwords."""
        values = self.environment()
        found = self._service_urls(values) | self._standin_urls(values)
        servers = {"nats": values[NATS_URL], "postgres": values[POSTGRES_URL]}
        return found | {name: without_password(url) for name, url in servers.items()}

    def processes(self) -> list[ProcessState]:
        """The processes of a running mesh; empty when it is down."""
        return self.supervisor.processes() if self.supervisor.running() else []

    def is_up(self) -> bool:
        """Whether everything that should run does."""
        processes = self.processes()
        return bool(processes) and all(process.state in ALIVE for process in processes)

    def up(self, say: Say = lambda step: None) -> None:
        """Start all and return when every service is ready; if one fails, stop all again.

        `say` is told of each step.
        """
        with self._locked():
            try:
                self._start_servers(say)
                self._start_services(say)
            except BaseException:
                self.supervisor.stop()
                raise

    def down(self) -> bool:
        """Stop all, keep the data; whether anything ran."""
        if not (self.state / RECORD).exists():
            return False
        with self._locked():
            ran = self.supervisor.running() or bool(self.supervisor.leftovers())
            self.supervisor.stop()
            return ran

    def reset(self) -> bool:
        """Stop all and forget the data; whether there was any."""
        if not self.state.is_dir() or not any(self.state.iterdir()):
            return False
        if not (self.state / RECORD).exists():
            raise LocalError(f"{self.state} is no state folder of Crossdock: nothing was removed")
        self.down()
        shutil.rmtree(self.state)
        if self._shared_env is not None:
            self._shared_env.unlink(missing_ok=True)
        return True

    def _start_servers(self, say: Say) -> None:
        if not self.supervisor.running():
            say("checking ports, disk and what an earlier run left")
            self._preflight()
            say("starting NATS and PostgreSQL")
            self._write_environment()
            self._let_in()
            for server in self.servers.values():
                server.prepare()
            self.supervisor.start(self._programs(), self._inherited())
        for server in self.servers.values():
            self.supervisor.launch(programs.RANKS[server.name])
        for server in self.servers.values():
            self._await_server(server)

    def _let_in(self) -> None:
        """The embedded NATS knows whom to let in, and what each may do."""
        if isinstance(nats := self.servers.get(NATS_URL), NatsServer):
            known = programs.installed_services()
            text = users.permissions(self.state, known, programs.crossdock())
            nats.users = users.authorization(self.state, text)

    def _start_services(self, say: Say) -> None:
        values = self.environment()
        if programs.installed_services():
            say("migrating databases, creating streams")
            self.supervisor.do_jobs()
        say("starting the services")
        for rank in sorted({program.rank for program in self._programs() if not program.job}):
            self.supervisor.launch(rank)
        waiting = {name: f"{url}/readyz" for name, url in self._service_urls(values).items()}
        for name, url in self._standin_urls(values).items():
            waiting[name] = f"{url}/healthz"
        self._await_healthy(waiting, say)

    def _preflight(self) -> None:
        self.supervisor.stop_leftovers()
        require_space(self.state)
        for variable, url in self.given.items():
            if not listens(url):
                raise LocalError(
                    f"nobody answers at {without_password(url)}, which {variable} names: "
                    f"start that server, or unset {variable}"
                )
        require_free(self._wanted_ports())

    def _wanted_ports(self) -> dict[str, int]:
        wanted = {"supervisord": self.ports.supervisor}
        wanted |= {name: self.ports.services[name] for name in programs.installed_services()}
        if programs.has_standins():
            wanted |= {"erp": self.ports.erp, "warehouse": self.ports.warehouse}
        return wanted | {server.name: server.port for server in self.servers.values()}

    def _programs(self) -> list[Program]:
        values = self.environment()
        found = [programs.server(server) for server in self.servers.values()]
        found += programs.jobs(values)
        found += programs.standins(self.master_data, self.ports, values)
        return found + programs.services(values)

    def _inherited(self) -> dict[str, str]:
        """This process' environment without the mesh's variables: each program gets its own.

        Bytecode is kept even where the user keeps none: without it each of a dozen processes
        compiles all that it imports, at every start.
        """
        own = {*self.environment(), "PYTHONDONTWRITEBYTECODE"}
        return {name: value for name, value in os.environ.items() if name not in own}

    def _await_server(self, server: NatsServer | PostgresServer) -> None:
        def keeps_running() -> bool:
            states = {process.name: process.state for process in self.supervisor.processes()}
            return states[server.name] in ALIVE

        log = self.logs / f"{server.name}.log"
        wait_until(server.ready, keeps_running, server.name, log, timeout=READY_SECONDS)

    def _await_healthy(self, waiting: dict[str, str], say: Say) -> None:
        deadline = time.monotonic() + READY_SECONDS
        first_lives: dict[str, int] = {}
        while waiting:
            for name in [name for name, url in waiting.items() if answers(url)]:
                del waiting[name]
                say(f"starting the services ({len(waiting)} to go)")
            self._require_first_lives(first_lives)
            if waiting and time.monotonic() > deadline:
                name = next(iter(waiting))
                reason = explain(name, self.logs)
                raise LocalError(f"{name} was not ready after {READY_SECONDS} s: {reason}")
            time.sleep(ASK_SECONDS)

    def _require_first_lives(self, pids: dict[str, int]) -> None:
        """A process that was started again died, even if it looks well now; `pids` remembers."""
        for process in self.supervisor.processes():
            first = pids.setdefault(process.name, process.pid)
            if process.state not in ALIVE or process.pid != first:
                reason = explain(process.name, self.logs)
                raise LocalError(f"{process.name} died at start: {reason}")

    def _service_urls(self, values: dict[str, str]) -> dict[str, str]:
        return {name: values[f"{name.upper()}_URL"] for name in programs.installed_services()}

    def _standin_urls(self, values: dict[str, str]) -> dict[str, str]:
        if not programs.has_standins():
            return {}
        return {"erp": values["ERP_URL"], "warehouse": values["WAREHOUSE_URL"]}

    def _write_environment(self) -> None:
        record = dataclasses.asdict(_Record(self.ports, self.given))
        env.write_private(self.state / RECORD, json.dumps(record, indent=1))
        text = env.as_dotenv(self.environment())
        env.write_private(self.state / env.FILE_NAME, text)
        if self._shared_env is not None:
            env.write_private(self._shared_env, text)

    def _recorded(self) -> _Record | None:
        if not Supervisor(self.state, 0).running():
            return None
        found = json.loads((self.state / RECORD).read_text())
        return _Record(Ports(**found["ports"]), found["given"])

    @property
    def _shared_env(self) -> Path | None:
        """The file that the command line reads from the project's folder: var/crossdock.env."""
        usual = self.state.name == "local" and self.state.parent.name == "var"
        return self.state.parent / env.FILE_NAME if usual else None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one command at a time work on this state folder."""
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LocalError(
                    f"another command is working on {self.state}: try again when it has finished"
                ) from None
            yield


def require_space(state: Path) -> None:
    """Raise LocalError when the disk of `state` is nearly full."""
    free = shutil.disk_usage(state).free
    if free < DISK_NEEDED:
        raise LocalError(
            f"only {free // 1_000_000} MB are free on the disk of {state}, and "
            f"{DISK_NEEDED // 1_000_000} MB are needed: free some, or name another with --state"
        )
