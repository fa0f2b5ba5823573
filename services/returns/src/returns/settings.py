"""What an operator sets for returns."""

from pydantic_settings import SettingsConfigDict

from crossdock import Settings


class ReturnsSettings(Settings):
    """Nothing of its own: what the chassis needs, under the prefix of this service."""

    model_config = SettingsConfigDict(env_prefix="RETURNS_", frozen=True)
