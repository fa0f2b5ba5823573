"""What an operator sets for order intake."""

from decimal import Decimal
from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from crossdock import Settings

PREFIX = "ORDER_INTAKE_"


class Rules(BaseSettings):
    """The settings that decide over orders; handlers have no other way to a setting."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    price_tolerance: Decimal = Field(
        default=Decimal("0.00"),
        ge=0,
        description="How far a given unit price may be from ours before a person must look.",
    )


@cache
def rules() -> Rules:
    """The rules in force, read once."""
    return Rules()


class OrderIntakeSettings(Rules, Settings):
    """The whole of it, checked when the service starts."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    availability_deadline: float = Field(
        default=0.25, gt=0, description="Seconds that a caller waits for inventory's answer."
    )
