"""What an operator sets for shipment tracking."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class ShipmentTrackingSettings(Settings):
    """Where the warehouse listens, and whose licence plates go on the cartons."""

    model_config = SettingsConfigDict(env_prefix="SHIPMENT_TRACKING_", frozen=True)

    warehouse_url: str = "http://127.0.0.1:8090"
    gs1_prefix: str = Field("0614141", pattern="^[0-9]{6,12}$")
