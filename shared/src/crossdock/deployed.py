"""What is deployed where: each service says at its start what it is, in a bucket of the broker."""

from __future__ import annotations

BUCKET = "crossdock_deployed"
