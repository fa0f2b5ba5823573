"""What an operator sets for shipment tracking."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from crossdock import Settings

PREFIX = "SHIPMENT_TRACKING_"


class Labels(BaseSettings):
    """Whose licence plates go on the cartons; handlers have no other way to a setting."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    gs1_prefix: str = Field(default="0614141", pattern="^[0-9]{6,12}$")


@cache
def labels() -> Labels:
    """The labels' settings, read once."""
    return Labels()


class ShipmentTrackingSettings(Labels, Settings):
    """Where the warehouse listens, and whose licence plates go on the cartons."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    warehouse_url: str = "http://127.0.0.1:8090"
