"""Print the manifests of all services, or of those named, for `kubectl apply -f -`.

It takes nothing but Python: `python3 infra/k8s/render.py --images example/crossdock --tag 1`.
"""

import argparse
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
SERVICES = sorted(p.parent.name for p in HERE.parents[1].glob("services/*/Dockerfile"))
# Whose files outlive a replica, and are shared by all of them.
KEEPS_FILES = {"partner_edi"}


def service(name: str, image: str) -> str:
    """The manifests of one service."""
    dashed = name.replace("_", "-")
    claim = f"persistentVolumeClaim: {{claimName: crossdock-{dashed}}}"
    names = {"name": name, "dashed": dashed, "prefix": name.upper(), "image": image}
    names["data"] = claim if name in KEEPS_FILES else "emptyDir: {}"
    return Template((HERE / "service.yaml").read_text()).substitute(names)


def topology(image: str) -> str:
    """The job that makes the streams."""
    return Template((HERE / "topology.yaml").read_text()).substitute(image=image)


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description="Print manifests for Kubernetes.")
    parser.add_argument("services", nargs="*", help="all without one")
    parser.add_argument("--images", default="crossdock", help="what stands before /<service>")
    parser.add_argument("--tag", default="latest")
    options = parser.parse_args()
    if unknown := set(options.services).difference(SERVICES):
        parser.error(f"no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    chosen = options.services or SERVICES
    found = [service(name, f"{options.images}/{name}:{options.tag}") for name in chosen]
    if not options.services:
        found.insert(0, topology(f"{options.images}/{SERVICES[0]}:{options.tag}"))
    print("---\n".join(found), end="")  # noqa: T201 - it is a command


if __name__ == "__main__":
    main()
