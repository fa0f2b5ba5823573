"""Whether something answers at an address."""

import http.client
import socket
from urllib.parse import urlsplit

DEFAULT_PORTS = {"nats": 4222, "postgresql": 5432, "postgres": 5432}


def answers(url: str) -> bool:
    """Whether a GET of this URL is answered with 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(url: str) -> bool:
    """Whether something accepts connections at the first server of this URL."""
    parts = urlsplit(url.split(",")[0])
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 80)
    try:
        socket.create_connection((parts.hostname or "localhost", port), timeout=5).close()
    except OSError:
        return False
    return True
