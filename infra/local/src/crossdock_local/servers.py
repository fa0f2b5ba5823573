"""The embedded servers: each is prepared, started, asked if it is ready, stopped, killed."""

from .nats import NatsServer
from .postgres import PostgresServer

__all__ = ["NatsServer", "PostgresServer"]
