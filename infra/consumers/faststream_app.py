"""An ordinary FastStream app. Run: faststream run faststream_app:app"""

import os

from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.opentelemetry import NatsTelemetryMiddleware as Traced
from nats.js.api import ConsumerConfig
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace import TracerProvider

broker = NatsBroker(os.environ["NATS_URL"], middlewares=[Traced(tracer_provider=TracerProvider())])
app, pull = FastStream(broker), {"durable": "dock_faststream", "pull_sub": PullSub()}
pull["config"] = ConsumerConfig(ack_wait=5)
pull["ack_policy"] = AckPolicy.NACK_ON_ERROR  # its default gives up a message at the first error


@broker.subscriber("orders.accepted.*.*", stream=JStream("ORDERS", declare=False), **pull)
@broker.subscriber("shipments.shipped.*.*", stream=JStream("SHIPMENTS", declare=False), **pull)
async def note(event: dict, message: NatsMessage) -> None:
    """Version 2 has terms, and cartons; version 1 days, and packages. The ack comes after it."""
    terms = event.get("terms", {"net_days": event.get("payment_terms_days", 30)})
    boxes = len(event.get("cartons", event.get("packages", ())))
    inject(step := {})  # the step's own `traceparent`, in the trace of the event
    about = terms["net_days"] if event["type"].startswith("orders.") else boxes
    print(message.headers["ce-id"], event["type"], about, step["traceparent"], flush=True)
