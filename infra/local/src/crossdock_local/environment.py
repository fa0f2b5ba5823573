"""The environment variables that tell every process of a mesh where the others are."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from .ports import HOST, Ports

NATS_URL = "CROSSDOCK_NATS_URL"
POSTGRES_URL = "CROSSDOCK_POSTGRES_URL"
NATS_SEED = "CROSSDOCK_NATS_SEED"
EMBEDDED = "CROSSDOCK_EMBEDDED"
SECRETS = ("_DATABASE_URL", "_NATS_SEED")
FILE_NAME = "crossdock.env"


def environment(
    state: Path,
    ports: Ports,
    *,
    nats_url: str,
    postgres_url: str,
    profiles: Path | None = None,
) -> dict[str, str]:
    """Every variable of the mesh in `state`; passwords are made once and kept there.

    `postgres_url` is an administrator's; `profiles` is the folder of partner profiles.
    """
    erp, warehouse = f"http://{HOST}:{ports.erp}", f"http://{HOST}:{ports.warehouse}"
    values = {
        NATS_URL: nats_url,
        POSTGRES_URL: postgres_url,
        "ERP_URL": erp,
        "WAREHOUSE_URL": warehouse,
        "ERP_BRIDGE_ERP_URL": erp,
        "SHIPMENT_TRACKING_WAREHOUSE_URL": warehouse,
        "PARTNER_EDI_ROOT": str(state.absolute() / "edi"),
        "PARTNER_EDI_KEYS": str(state.absolute() / "edi-keys"),
        "PARTNER_EDI_PROFILES": str(profiles or default_profiles()),
    }
    for name, port in ports.services.items():
        values |= _of_service(name, port, postgres_url, password(state, name))
    return values


def _of_service(name: str, port: int, postgres_url: str, secret: str) -> dict[str, str]:
    prefix = name.upper()
    return {
        f"{prefix}_DATABASE_URL": database_url(postgres_url, name, secret, name),
        f"{prefix}_HTTP_HOST": HOST,
        f"{prefix}_HTTP_PORT": str(port),
        f"{prefix}_URL": f"http://{HOST}:{port}",
    }


def given_servers() -> dict[str, str]:
    """The real servers that the environment names.

    The command line reads `var/crossdock.env` into its environment, and people source it: an
    embedded server of some mesh that is named there was not given for this one.
    """
    embedded = os.environ.get(EMBEDDED, "").split()
    named = {name: os.environ.get(name, "") for name in (NATS_URL, POSTGRES_URL)}
    return {name: url for name, url in named.items() if url and url not in embedded}


def without_password(url: str) -> str:
    """The URL as it may be printed."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def only_for(service: str, values: Mapping[str, str]) -> dict[str, str]:
    """What `service` may know: all but what opens others' databases, or lets it be another."""
    own = {f"{service.upper()}{secret}" for secret in SECRETS}
    return {
        name: value
        for name, value in values.items()
        if name in own or not (name in (POSTGRES_URL, EMBEDDED) or name.endswith(SECRETS))
    }


def database_url(admin_url: str, role: str, secret: str, database: str) -> str:
    """The URL of `database` as `role`, on the server of the administrator's URL."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{secret}@{address}", path=f"/{database}"))


def default_profiles() -> Path:
    """The partner profiles of this checkout."""
    return checkout() / "services" / "partner_edi" / "profiles"


def checkout() -> Path:
    """The folder of the project, or the current one when this package is installed elsewhere."""
    root = Path(__file__).parents[4]
    return root if (root / "services").is_dir() else Path.cwd()


def password(state: Path, name: str) -> str:
    """The password for `name`, random when first asked for."""
    return secret_of(state / "passwords.json", name, lambda: secrets.token_urlsafe(18))


def secret_of(path: Path, name: str, make: Callable[[], str]) -> str:
    """A secret that is kept in a file, made when first asked for."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = make()
        write_private(path, json.dumps(known, indent=1))
    return known[name]


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def as_dotenv(values: Mapping[str, str]) -> str:
    """The values in the syntax of an env file, safe for paths with spaces and quotes."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(values.items()))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
