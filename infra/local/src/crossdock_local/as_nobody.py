"""Run a command as `nobody`: `python -m crossdock_local.as_nobody COMMAND...`.

PostgreSQL refuses to run as root. Its files may lie below folders that only root can enter (a
checkout in /root): then the one capability that opens them, CAP_DAC_OVERRIDE, is kept.
"""

import ctypes
import os
import pwd
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
NEXT_STEP = "run as an ordinary user, or set CROSSDOCK_POSTGRES_URL to a PostgreSQL of yours"


def nobody() -> tuple[int, int]:
    """The uid and gid of `nobody`."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def everyone_can_enter(path: Path) -> bool:
    """Whether every folder on the way to `path`, links followed, is open to all users."""
    folders = {*path.parents, *path.resolve().parents}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def drop_privileges(keep_access: bool) -> None:
    """Become `nobody`, for good; `keep_access` keeps the right to enter closed folders."""
    uid, gid = nobody()
    libc = ctypes.CDLL(None, use_errno=True)
    if keep_access:
        _check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if keep_access:
        _keep_only(libc, CAP_DAC_OVERRIDE)


def _keep_only(libc: ctypes.CDLL, capability: int) -> None:
    """Reduce this process to one capability, and let it survive exec."""
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable: once for capabilities 0 to 31, once for the rest
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _check(libc.capset(header, data))
    _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def paths_in(command: Iterable[str]) -> list[Path]:
    """The existing absolute paths among the arguments of `command`."""
    return [Path(word) for word in command if word.startswith("/") and Path(word).exists()]


def main(command: list[str]) -> None:
    """Replace this process by `command`, run as `nobody`."""
    keep_access = not all(everyone_can_enter(path) for path in paths_in(command))
    try:
        drop_privileges(keep_access)
        os.chdir("/")
        os.execv(command[0], command)  # noqa: S606 - the caller is this package
    except (OSError, AttributeError) as error:
        sys.exit(f"cannot become `nobody`, and PostgreSQL refuses root ({error}): {NEXT_STEP}")


if __name__ == "__main__":
    main(sys.argv[1:])
