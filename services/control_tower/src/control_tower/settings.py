"""What an operator can set for the control tower."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class ControlTowerSettings(Settings):
    """The common settings under CONTROL_TOWER_, and how much one answer may list."""

    model_config = SettingsConfigDict(env_prefix="CONTROL_TOWER_")

    list_limit: int = Field(default=500, ge=1, le=10_000)
