"""Settings: read once, frozen; a mistake is named with its variable, its value, what is allowed."""

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from crossdock import Settings
from crossdock.environment import cli_environment
from crossdock.errors import NotReady


class Own(Settings):
    """A service's own settings."""

    model_config = SettingsConfigDict(env_prefix="OWN_")

    tolerance: float = Field(default=0.1, ge=0, le=1)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Only what the test sets."""
    for name in ("OWN_DATABASE_URL", "CROSSDOCK_NATS_URL", "CROSSDOCK_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_missing_variable_is_named():
    """What must be given has no default that hides it."""
    with pytest.raises(NotReady, match=r"^OWN_DATABASE_URL is not set$"):
        Own.load()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("OWN_LANES", "17", r"OWN_LANES='17': input should be less than or equal to 16"),
        ("OWN_LANES", "two", r"OWN_LANES='two': input should be a valid integer"),
        ("OWN_HTTP_PORT", "70000", r"OWN_HTTP_PORT='70000': .* less than or equal to 65535"),
        ("OWN_TOLERANCE", "-1", r"OWN_TOLERANCE='-1': .* greater than or equal to 0"),
        ("OWN_LEASE_SECONDS", "0.1", r"OWN_LEASE_SECONDS='0.1': .* greater than 0.5"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(environment, variable, value, sentence):
    """One sentence: the variable as it is written, the value as it was given, the rule."""
    environment.setenv("OWN_DATABASE_URL", "postgresql://own@localhost/own")
    environment.setenv(variable, value)
    with pytest.raises(NotReady, match=sentence):
        Own.load()


def test_several_mistakes_are_told_together(environment):
    """Nobody has to start a service three times to learn three things."""
    environment.setenv("OWN_LANES", "0")
    with pytest.raises(NotReady, match=r"OWN_DATABASE_URL is not set; OWN_LANES='0'"):
        Own.load()


def test_settings_are_frozen(environment):
    """What was read at the start holds until the end."""
    environment.setenv("OWN_DATABASE_URL", "postgresql://own@localhost/own")
    settings = Own.load()
    with pytest.raises(ValidationError, match="frozen"):
        settings.lanes = 3


def test_what_all_services_share_has_one_name(environment):
    """The broker and the log level are not told to each service under a name of its own."""
    environment.setenv("OWN_DATABASE_URL", "postgresql://own@localhost/own")
    environment.setenv("CROSSDOCK_NATS_URL", "nats://broker:4222")
    environment.setenv("CROSSDOCK_LOG_LEVEL", "debug")
    settings = Own.load()
    assert (settings.nats_url, settings.log_level) == ("nats://broker:4222", "debug")


def test_commands_read_the_env_file_and_the_environment_wins(environment, tmp_path):
    """`var/crossdock.env` is what a local mesh wrote; a variable that is set overrules it."""
    environment.chdir(tmp_path)
    assert "ONLY_IN_FILE" not in cli_environment()
    (tmp_path / "var").mkdir()
    (tmp_path / "var/crossdock.env").write_text("ONLY_IN_FILE='a b'\nIN_BOTH=file\n")
    environment.setenv("IN_BOTH", "environment")
    found = cli_environment()
    assert (found["ONLY_IN_FILE"], found["IN_BOTH"]) == ("a b", "environment")
