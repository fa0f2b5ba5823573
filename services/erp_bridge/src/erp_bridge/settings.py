"""What an operator sets for the ERP bridge."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class ErpBridgeSettings(Settings):
    """Where the ERP listens, and how it is read."""

    model_config = SettingsConfigDict(env_prefix="ERP_BRIDGE_", frozen=True)

    erp_url: str = "http://127.0.0.1:8091"
    erp_timeout_seconds: float = Field(default=10.0, gt=0, le=20)
    page_size: int = Field(
        default=200, ge=1, le=1000, description="Master records read, and committed, at one time."
    )
