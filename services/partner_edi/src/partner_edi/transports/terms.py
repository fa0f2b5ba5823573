"""What a partner's profile says about how files come and go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .public_keys import PublicKey

RemoteFolder = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\\]+$")]


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Folders(_Terms):
    """Somebody else carries the files: they lie in the partner's folders on this machine."""

    kind: Literal["folders"] = "folders"


class OurSftp(_Terms):
    """The partner comes to our SFTP server, as the user named like its `partner_id`."""

    kind: Literal["our_sftp"]
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=20)]


class TheirSftp(_Terms):
    """We go to the partner's SFTP server, and know it by its host keys."""

    kind: Literal["their_sftp"]
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    user: Annotated[str, Field(pattern=r"^[^\s:/]{1,64}$")]
    host_keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=20)]
    fetch_from: RemoteFolder
    put_into: RemoteFolder
    keep_in: Annotated[
        RemoteFolder | None,
        Field(description="Fetched files are moved there; without it they are deleted."),
    ] = None
    every_seconds: Annotated[float, Field(ge=0.1, le=86400)] = 60.0

    @model_validator(mode="after")
    def _apart(self) -> TheirSftp:
        folders = [f.rstrip("/") for f in (self.fetch_from, self.put_into, self.keep_in) if f]
        if len(set(folders)) < len(folders):
            raise ValueError("fetch_from, put_into and keep_in must be different folders")
        return self


class Http(_Terms):
    """The partner sends and fetches over HTTP, and signs with the secret it shares with us."""

    kind: Literal["http"]


Transport = Annotated[Folders | OurSftp | TheirSftp | Http, Field(discriminator="kind")]
