"""What an operator sets for invoicing."""

from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class InvoicingSettings(Settings):
    """Nothing beyond what every service can be told."""

    model_config = SettingsConfigDict(env_prefix="INVOICING_", frozen=True)
