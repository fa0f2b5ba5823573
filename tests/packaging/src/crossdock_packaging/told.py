"""What a service can be told: the environment variables that its settings read."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import AliasChoices

from crossdock import Settings

from .project import ROOT

VARIABLE = re.compile(r"\$\{(\w+)(?::?([?-])([^}]*))?\}")
# Read by OpenTelemetry's own library, which the chassis switches on by it.
ALWAYS = {"OTEL_EXPORTER_OTLP_ENDPOINT"}


def variables(settings: type[Settings]) -> set[str]:
    """The names of the variables that a service's settings read."""
    prefix = settings.model_config.get("env_prefix", "")
    found = set(ALWAYS)
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        assert not isinstance(alias, AliasChoices), "one setting, one name"
        found.add(str(alias) if alias else f"{prefix}{name}".upper())
    return found


def interpolated(text: str, given: dict[str, str]) -> Any:
    """A compose file with its variables filled in; KeyError names one that is needed."""

    def value(match: re.Match[str]) -> str:
        name, kind, word = match.groups()
        return given.get(name) or word if kind == "-" else given[name]

    return yaml.safe_load(VARIABLE.sub(value, text))


def compose(given: dict[str, str] | None = None) -> Any:
    """compose.yaml, with `given` filled in, or with every password being the variable's name."""
    text = (ROOT / "compose.yaml").read_text()
    named = {match[1]: match[1] for match in VARIABLE.finditer(text) if match[2] != "-"}
    return interpolated(text, named if given is None else given)


def schema_complaints(schema: str, *names: str) -> str:
    """What a schema that comes with check-jsonschema says against files; nothing when they fit."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    files = [str(ROOT / name) for name in names]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def mounts(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The sources and targets of a compose service's volumes."""
    for volume in service.get("volumes", []):
        source, target = volume.split(":")[:2]
        yield source, target
