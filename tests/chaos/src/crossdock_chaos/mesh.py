"""The mesh that is struck: its services reach the broker through proxies, and may get company."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from crossdock_local.environment import only_for
from crossdock_local.ports import Ports
from crossdock_local.processes import STATE_VARIABLE, ServerProcess
from crossdock_local.programs import crossdock, installed_services
from crossdock_local.runtime import LocalMesh
from crossdock_local.supervise import Program

from .proxy import Proxies

STORE_MEGABYTES = 100
LOGS_MEGABYTES = 64


class ChaosMesh(LocalMesh):
    """A local mesh with a proxy per service; `sabotage` runs the services without a safeguard."""

    def __init__(
        self, state: Path, ports: Ports, *, master_data: Path, sabotage: str = "", orders: int
    ) -> None:
        super().__init__(state, ports, master_data=master_data)
        self.proxies = Proxies(installed_services(), self.ports.nats)
        self.sabotage = sabotage
        self._standbys: dict[str, ServerProcess] = {}
        self.nats = self.state / "nats"
        mount_small(self.nats, STORE_MEGABYTES + orders // 10)
        mount_small(self.logs, LOGS_MEGABYTES)

    def close(self) -> None:
        """Stop everything that runs, thaw what is frozen, and give the disk back."""
        for name in list(self._standbys):
            self.dismiss(name)
        self.thaw()
        self.down()
        self.proxies.stop()
        if self.has_small(self.logs):
            _keep_logs(self.logs)
        unmount(self.nats)

    def has_small(self, folder: Path) -> bool:
        """Whether a folder is a small file system of its own, so that it can really be full."""
        return os.path.ismount(folder)

    def _programs(self) -> list[Program]:
        return [self._changed(program) for program in super()._programs()]

    def _changed(self, program: Program) -> Program:
        if program.name not in installed_services():
            return program
        return dataclasses.replace(
            program,
            command=self._command(program.name),
            environment={**program.environment, **self._through_proxy(program.name)},
        )

    def _command(self, name: str) -> list[str]:
        if self.sabotage:
            return [sys.executable, "-m", "crossdock_chaos.sabotage", "run", name]
        return [*crossdock(), "run", name]

    def _through_proxy(self, name: str) -> dict[str, str]:
        changed = {"CROSSDOCK_NATS_URL": self.proxies.url(name)}
        return changed | ({"CROSSDOCK_CHAOS_SABOTAGE": self.sabotage} if self.sabotage else {})

    # Processes

    def pid(self, name: str) -> int | None:
        """The process of a service or server while it runs."""
        for process in self.processes():
            if process.name == name and process.pid:
                return process.pid
        return None

    def signal(self, name: str, number: signal.Signals) -> int | None:
        """Send a signal to a service or server; its pid, or None where it does not run."""
        pid = self.pid(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid

    def thaw(self) -> None:
        """Let every frozen process of this mesh go on."""
        for process in self.processes():
            if process.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGCONT)

    # A second replica

    def summon(self, name: str) -> ServerProcess:
        """Start another replica of a service, on any free port."""
        self.dismiss(name)
        values = only_for(name, self.environment()) | self._through_proxy(name)
        values |= {f"{name.upper()}_HTTP_PORT": "0", STATE_VARIABLE: str(self.state)}
        replica = ServerProcess(f"{name}-2", self.logs / f"{name}-2.log")
        replica.start(self._command(name), self._inherited() | values)
        # Found by `down` like every other process of this folder, should this one be killed.
        (self.supervisor.run / f"{name}-2.pid").write_text(str(replica.pid))
        self._standbys[name] = replica
        return replica

    def dismiss(self, name: str) -> None:
        """Ask the second replica of a service to stop, and wait."""
        replica = self._standbys.pop(name, None)
        if replica is not None:
            replica.stop(signal.SIGTERM)
            (self.supervisor.run / f"{name}-2.pid").unlink(missing_ok=True)

    # Room on disks

    def limit_logs(self, size: int) -> None:
        """Refuse what the process that writes all logs, supervisord, writes beyond `size` bytes.

        Its children inherit such a limit: when it is lifted, it is lifted for them as well.
        """
        for process in self._supervisord(with_children=size == psutil.RLIM_INFINITY):
            with contextlib.suppress(psutil.Error):
                _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))

    def _supervisord(self, *, with_children: bool) -> list[psutil.Process]:
        try:
            daemon = psutil.Process(int((self.supervisor.run / "supervisord.pid").read_text()))
            return [daemon, *(daemon.children(recursive=True) if with_children else [])]
        except (OSError, ValueError, psutil.Error):
            return []


def mount_small(folder: Path, megabytes: int) -> None:
    """Mount a small file system of its own at `folder`, where this user may."""
    if os.geteuid() != 0:
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "crossdock-chaos", str(folder)]
    subprocess.run(command, capture_output=True, check=False)


def unmount(folder: Path) -> None:
    """Give back what an earlier run, or this one, has mounted at `folder`."""
    while os.path.ismount(folder):
        if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode:
            return


def _keep_logs(folder: Path) -> None:
    """Unmount a file system, and let what was written there stay."""
    kept = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    unmount(folder)
    folder.rmdir()
    kept.rename(folder)
