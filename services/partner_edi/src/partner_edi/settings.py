"""What partner_edi can be told: where the partners' folders and profiles are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from crossdock import Settings

from . import book


class PartnerEdiSettings(Settings):
    """Settings of partner_edi; each is an environment variable `PARTNER_EDI_...`."""

    model_config = SettingsConfigDict(env_prefix="PARTNER_EDI_", env_ignore_empty=True)

    root: Path = Field(
        default=Path("var/edi"), description="Holds <partner_id>/inbox, outbox, archive, error."
    )
    profiles: Path = Field(
        default=Path("services/partner_edi/profiles"), description="Folder of partner profiles."
    )
    quiet_seconds: float = Field(
        default=0.2, ge=0, description="A file unchanged for so long is taken, if it is complete."
    )
    patience_seconds: float = Field(
        default=2.0, ge=0, description="A file without its end may still grow for so long."
    )
    file_limit: int = Field(default=20_000_000, ge=1000, description="Bytes of a file at most.")

    keys: Path = Field(
        default=Path("var/edi-keys"),
        description="Our SSH keys, made when first needed, and <partner_id>.secret for HTTP.",
    )
    sftp_host: str = "127.0.0.1"
    sftp_port: int | None = Field(
        default=None, ge=0, le=65535, description="Our SFTP server; without it there is none."
    )
    http_window_seconds: float = Field(
        default=300.0, gt=0, description="How far a signed request's time may be from ours."
    )
    transport_patience_seconds: float = Field(
        default=600.0, ge=0, description="A way that fails for so long is told to a person."
    )

    @field_validator("profiles")
    @classmethod
    def _usable(cls, folder: Path) -> Path:
        try:
            book.load(folder)
        except book.ProfileError as error:
            raise ValueError(str(error)) from error
        return folder
