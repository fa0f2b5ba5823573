"""Databases for tests: each service is migrated once, and every test gets a clone."""

import itertools
import secrets
from typing import Any
from urllib.parse import urlsplit

from .environment import database_url
from .postgres import psql


class Databases:
    """Templates and clones on the server at `admin_url`, all named with `suffix`."""

    def __init__(self, admin_url: str, *, suffix: str) -> None:
        self.admin_url = admin_url
        self.suffix = suffix
        self._passwords: dict[str, str] = {}
        self._numbers = itertools.count(1)

    async def clone(self, service: Any) -> str:
        """The URL of a fresh database with the migrations of `service`, owned by its role."""
        role = f"{service.name}_{self.suffix}"
        if role not in self._passwords:
            await self._make_template(role, service)
        database = f"{role}_{next(self._numbers)}"
        psql(
            self.admin_url,
            f"create database {database} template {_template(role)} owner {role}",
            f"revoke all on database {database} from public",
        )
        return database_url(self.admin_url, role, self._passwords[role], database)

    def drop(self, url: str) -> None:
        """Drop a clone, even while somebody is connected to it."""
        psql(self.admin_url, f"drop database if exists {urlsplit(url).path[1:]} with (force)")

    def drop_all(self) -> None:
        """Drop the templates and the roles."""
        for role in self._passwords:
            psql(
                self.admin_url,
                f"drop database if exists {_template(role)} with (force)",
                f"drop role if exists {role}",
            )

    async def _make_template(self, role: str, service: Any) -> None:
        password = secrets.token_urlsafe(12)
        template = _template(role)
        psql(
            self.admin_url,
            f"create role {role} login password '{password}'",
            f"create database {template} owner {role}",
        )
        await _migrate(service, database_url(self.admin_url, role, password, template))
        psql(self.admin_url, f"alter database {template} with allow_connections false")
        self._passwords[role] = password


def _template(role: str) -> str:
    return f"{role}_template"


async def _migrate(service: Any, url: str) -> None:
    # The one place that knows the chassis: the servers work without it.
    from crossdock.migrate import migrate

    await migrate(service, url)
