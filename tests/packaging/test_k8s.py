"""The manifests for Kubernetes say what is true of the services."""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
import yaml
from crossdock_packaging.project import ROOT, SERVICES
from crossdock_packaging.told import variables

from crossdock import Service

RENDER = [sys.executable, "-I", str(ROOT / "infra/k8s/render.py")]


def rendered(*options: str) -> list[dict[str, Any]]:
    """What the command prints, parsed."""
    done = subprocess.run([*RENDER, *options], capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    """All manifests."""
    return rendered("--images", "example/crossdock", "--tag", "7")


def test_every_service_has_its_migration_its_replicas_and_its_address(
    everything: list[dict[str, Any]],
) -> None:
    """Eight of each, the streams, and no name twice."""
    found = [(each["kind"], each["metadata"]["name"]) for each in everything]
    dashed = [name.replace("_", "-") for name in SERVICES]
    assert Counter(found) == Counter(
        [("Job", "topology")]
        + [("Job", f"migrate-{name}") for name in dashed]
        + [(kind, name) for name in dashed for kind in ("Deployment", "Service")]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_deployment_fits_its_service(
    name: str, everything: list[dict[str, Any]], services: dict[str, Service]
) -> None:
    """Image, variables, probes and port are those of the service."""
    dashed = name.replace("_", "-")
    [job, deployment, service] = [
        each for each in everything if each["metadata"]["name"] in {dashed, f"migrate-{dashed}"}
    ]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"example/crossdock/{name}:7"
    assert {each["name"] for each in container["env"]} <= variables(services[name].settings_type)
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert [port["containerPort"] for port in container["ports"]] == [8000]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    [migration] = job["spec"]["template"]["spec"]["containers"]
    assert migration["args"] == ["crossdock", "migrate", "--deploying", name]
    assert migration["image"] == container["image"]


def test_no_pod_runs_as_root_or_writes_to_its_image(everything: list[dict[str, Any]]) -> None:
    """Pods fit the restricted standard of pod security."""
    pods = [each["spec"]["template"]["spec"] for each in everything if each["kind"] != "Service"]
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_one_service_is_deployed_without_the_others() -> None:
    """Named alone, it comes alone; a name that is none is refused."""
    assert [each["metadata"]["name"] for each in rendered("returns")] == [
        "migrate-returns",
        "returns",
        "returns",
    ]
    done = subprocess.run([*RENDER, "nobody"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no service nobody; there are control_tower" in done.stderr
