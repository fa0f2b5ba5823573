"""How commands ask a running service over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from .environment import cli_environment
from .errors import CrossdockError, NotReady

SECONDS_TO_ANSWER = 10.0


def enquire(service: str, path: str, *, method: str = "GET", **more: Any) -> Any:
    """Ask a running service; what is wrong is one line, in the service's own words if it has any.

    `<SERVICE>_URL` says where it listens, else `<SERVICE>_HTTP_PORT` of this machine.
    """
    environment, prefix = cli_environment(), service.upper()
    port = environment.get(f"{prefix}_HTTP_PORT", "8000")
    base = environment.get(f"{prefix}_URL") or f"http://127.0.0.1:{port}"
    try:
        url = f"{base.rstrip('/')}{path}"
        reply = httpx.request(method, url, timeout=SECONDS_TO_ANSWER, **more)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise NotReady(f"{service} does not answer at {base} ({why}): `make up`") from error
    if not reply.is_success:
        raise CrossdockError(_problem(service, reply))
    return reply.json()


def _problem(service: str, reply: httpx.Response) -> str:
    try:
        return str(reply.json()["text"])
    except (ValueError, KeyError, TypeError):
        return f"{service} answered {reply.status_code} to {reply.url}"
