"""Print an `.env` for compose.yaml with a random password for everybody who needs one.

Run as `python3 infra/images/passwords.py > .env`; it takes nothing but Python.
"""

import secrets
from pathlib import Path

SERVICES = sorted(p.parent.name for p in Path(__file__).parents[2].glob("services/*/Dockerfile"))
OPERATORS = ["POSTGRES", "CROSSDOCK"]
TRACES = """\
# For traces and dashboards, remove the marks:
# COMPOSE_PROFILES=observability
# OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4318
"""


def password() -> str:
    """Safe in URLs; the letters in front keep nats.conf from reading a number."""
    return f"pw{secrets.token_hex(16)}"


if __name__ == "__main__":
    for name in [*OPERATORS, *(service.upper() for service in SERVICES)]:
        print(f"{name}_PASSWORD={password()}")  # noqa: T201 - it is a command
    print(TRACES, end="")  # noqa: T201 - the same
