"""Settings: one frozen object per service, read once, failing at start with name and value."""

from __future__ import annotations

from typing import Any, Self

from pydantic import AwareDatetime, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import NotReady


class Settings(BaseSettings):
    """What every service can be told; a service's subclass adds its own and its prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(description="This service's own database, with its own role.")
    nats_url: str = Field(
        default="nats://127.0.0.1:4222",
        validation_alias="CROSSDOCK_NATS_URL",
        description="One or several servers, separated by commas.",
    )
    nats_seed: SecretStr | None = Field(
        default=None, description="The secret of this service's nkey, where the broker asks for it."
    )
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=0, le=65535, description="0 takes any free port.")
    lanes: int = Field(default=2, ge=1, le=16, description="Lanes per stream this service hears.")
    begin_at: AwareDatetime | None = Field(
        default=None,
        description="A lane that never ran begins with what its stream stored since; "
        "with the first event without it.",
    )
    batch_limit: int = Field(default=256, ge=1, le=2000, description="Messages per transaction.")
    lease_seconds: float = Field(
        default=5.0, gt=0.5, description="Silence after which a lane is free."
    )
    max_attempts: int = Field(
        default=10, ge=1, description="Technical failures before dead letter."
    )
    pool_size: int = Field(default=6, ge=2, description="Connections to PostgreSQL at most.")
    errand_slots: int = Field(default=16, ge=1, description="Calls to the outside at one time.")
    errand_attempts: int = Field(default=25, ge=1, description="Failed calls before dead letter.")
    keep_days: int = Field(
        default=7,
        ge=2,
        validation_alias="CROSSDOCK_KEEP_DAYS",
        description="Days that each store remembers what it said and heard; the same for all: what "
        "one publishes again, the others must still know.",
    )
    body_limit: int = Field(default=1_000_000, ge=1000, description="Bytes of a request body.")
    environment: str = Field(
        default="local",
        pattern="^[A-Za-z0-9_-]+$",
        validation_alias="CROSSDOCK_ENVIRONMENT",
        description="Where this runs, as `crossdock contracts can-deploy --to` names it.",
    )
    log_level: str = Field(default="info", validation_alias="CROSSDOCK_LOG_LEVEL")

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment; NotReady names each variable that is missing or wrong."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            prefix = cls.model_config.get("env_prefix", "")
            raise NotReady("; ".join(_sentence(prefix, e) for e in error.errors())) from error


def _sentence(prefix: str, error: Any) -> str:
    name = "_".join(str(part) for part in error["loc"]).upper()
    variable = name if name.startswith("CROSSDOCK_") else f"{prefix}{name}"
    if error["type"] == "missing":
        return f"{variable} is not set"
    return f"{variable}={error['input']!r}: {error['msg'].lower()}"
