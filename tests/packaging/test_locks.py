"""The lock files: hashes, no addresses, and every need of the packages at a version it allows."""

import re

import pytest
from crossdock_packaging.project import ROOT, dev_needs, locked, packages
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = {
    "requirements.lock": list(packages()),
    "infra/runtime.lock": [
        f for f in packages() if f in {"contracts", "shared"} or "services" in f
    ],
    "infra/images/standins.lock": ["infra/standins"],
}


def unmet(needs: list[Requirement], lock: str) -> list[str]:
    """Needs that a lock does not pin, or pins at a version they do not allow."""
    pins = locked(lock)
    return [
        str(need)
        for need in needs
        if not need.name.startswith("crossdock")
        and not any(need.specifier.contains(v) for v in pins.get(canonicalize_name(need.name), []))
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_its_packages_need(lock: str) -> None:
    """Whoever changes a dependency runs `make lock`."""
    for folder in LOCKS[lock]:
        assert unmet(packages()[folder].needs, lock) == [], f"{folder}: run `make lock`"


def test_the_tools_are_locked() -> None:
    """Development and builds take no version that happens to be the latest."""
    builds = [need for package in packages().values() for need in package.build_needs]
    assert unmet([*dev_needs(), *builds], "requirements.lock") == []
    assert unmet(builds, "infra/images/build.lock") == []


@pytest.mark.parametrize("lock", [*LOCKS, "infra/images/build.lock"])
def test_a_lock_has_hashes_and_no_addresses(lock: str) -> None:
    """It holds on any machine, with any index, and no download goes unchecked."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pins = [part for part in text.replace("\\\n", " ").splitlines() if part[:1].isalnum()]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


@pytest.mark.parametrize("lock", ["infra/runtime.lock", "infra/images/standins.lock"])
def test_images_run_what_the_tests_ran_with(lock: str) -> None:
    """An image's versions are those of development."""
    tested = locked("requirements.lock")
    assert {name: pins for name, pins in locked(lock).items() if tested[name] != pins} == {}
