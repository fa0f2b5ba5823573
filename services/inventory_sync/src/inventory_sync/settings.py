"""What can be set for inventory_sync, by environment variable."""

from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class InventorySyncSettings(Settings):
    """Only what every service has; variables start with `INVENTORY_SYNC_`."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_SYNC_")
