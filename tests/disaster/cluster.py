"""Three nats-servers on loopback that keep their streams together."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from crossdock.broker import ApiError
from crossdock.errors import NotReady
from crossdock.reach import jetstream
from crossdock_local.nats import NatsServer
from crossdock_local.ports import free_ports


class Node(NatsServer):
    """One server of a cluster, which talks with the others at their `routes`."""

    def __init__(self, directory: Path, port: int, route: int, routes: list[int]) -> None:
        super().__init__(directory, port)
        self._route = route
        self._routes = routes

    @property
    def server_name(self) -> str:
        """What the cluster calls it."""
        return self._server_name

    def _render(self) -> str:
        routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in self._routes)
        listen = f'listen: "127.0.0.1:{self._route}"'
        return super()._render() + f"cluster {{ name: crossdock, {listen}, routes: [{routes}] }}\n"


class Cluster:
    """All three."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(6)
        self.nodes = [
            Node(folder / f"node-{n}", ports[n], ports[3 + n], ports[3:]) for n in range(3)
        ]

    @property
    def url(self) -> str:
        """Where clients connect: any of them."""
        return ",".join(node.url for node in self.nodes)

    async def start(self) -> None:
        """Start all and return once they have a leader."""
        for node in self.nodes:
            await asyncio.to_thread(node.start)
        async with asyncio.timeout(60):
            while not await self._serves():
                await asyncio.sleep(0.1)

    async def _serves(self) -> bool:
        try:
            async with jetstream(self.url) as js:
                await js.api("INFO", timeout=2)
        except (NotReady, ApiError, TimeoutError, OSError):
            return False
        return True

    def stop(self) -> None:
        """Stop all."""
        for node in self.nodes:
            node.kill()

    async def leader_of(self, stream: str) -> Node:
        """The node that leads a stream."""
        while True:
            name = (await self._info(stream)).get("cluster", {}).get("leader")
            for node in self.nodes:
                if node.server_name == name:
                    return node
            await asyncio.sleep(0.1)

    async def whole(self, stream: str) -> bool:
        """Whether all three hold a stream, up to date."""
        replicas = (await self._info(stream)).get("cluster", {}).get("replicas", [])
        return len(replicas) == 2 and all(r.get("current") for r in replicas)

    async def last(self, stream: str) -> int:
        """The last sequence of a stream; 0 while nobody leads it."""
        return int((await self._info(stream)).get("state", {}).get("last_seq", 0))

    async def _info(self, stream: str) -> dict[str, Any]:
        try:
            async with jetstream(self.url) as js:
                return await js.stream(stream) or {}
        except (NotReady, ApiError, TimeoutError, OSError):
            return {}
