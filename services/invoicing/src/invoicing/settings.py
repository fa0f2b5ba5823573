"""What an operator sets for invoicing."""

from crossdock import Settings
from pydantic_settings import SettingsConfigDict


class InvoicingSettings(Settings):
    """Nothing beyond what every service can be told."""

    model_config = SettingsConfigDict(env_prefix="INVOICING_", frozen=True)
