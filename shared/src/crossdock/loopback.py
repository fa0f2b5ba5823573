"""HTTP clients for services on this machine."""

from __future__ import annotations

import ssl
from typing import Any

import httpx


def loopback_client(**options: Any) -> httpx.AsyncClient:
    """A client of plain HTTP: it trusts nobody, and so reads no store of certificates.

    Reading one is a tenth of a second of processor for each client that is made.
    """
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **options)
