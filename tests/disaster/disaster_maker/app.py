"""The maker: events of many orders, numbered per order in one transaction with their saying."""

from datetime import UTC, datetime

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic_settings import SettingsConfigDict

from crossdock import Service, Settings
from crossdock_contracts import Reason
from crossdock_contracts.orders import OrderCancelled

AT = datetime(2026, 1, 2, tzinfo=UTC)
NUMBER = (
    "insert into numbers values ($1, 1) "
    "on conflict (order_id) do update set n = numbers.n + 1 returning n"
)


class MakerSettings(Settings):
    """Nothing of its own."""

    model_config = SettingsConfigDict(env_prefix="MAKER_")


@post("/say")
async def say(data: JSONBody[dict[str, int]], service: NamedDependency[Service]) -> dict[str, int]:
    """Say so many events of each of some orders, each with the next number of its order."""
    async with service.begin() as tx:
        for order_id, count in data.items():
            for _ in range(count):
                n = await tx.fetchval(NUMBER, order_id)
                tx.emit(cancelled(order_id, str(n)))
    return {"said": sum(data.values())}


def cancelled(order_id: str, text: str) -> OrderCancelled:
    """The event all of these tests use; its text is its number."""
    return OrderCancelled(
        order_id=order_id,
        cancelled_at=AT,
        cancelled_by="test",
        reason=Reason(code="test", text=text),
        lines=(),
    )


service = Service(
    "maker", owns=("orders",), settings=MakerSettings, routes=[say], package="disaster_maker"
)
