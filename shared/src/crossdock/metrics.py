"""Prometheus metrics, the same for every service; the label is the lane, never the key."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """One registry per running service, so that several can live in one test process."""

    def __init__(self, service: str) -> None:
        registry = CollectorRegistry()
        self.registry = registry
        labels = {"namespace": "crossdock", "registry": registry}
        self.handled = Counter(
            "handled", "Messages handled, by lane and how it ended.", ["lane", "fate"], **labels
        )
        self.batch = Histogram(
            "batch_messages",
            "Messages per transaction.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            **labels,
        )
        self.batch_seconds = Histogram(
            "batch_seconds",
            "Seconds per transaction.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            **labels,
        )
        self.lag = Gauge(
            "lane_lag", "Messages in the stream that a lane has not handled.", ["lane"], **labels
        )
        self.published = Counter("published", "Outbox rows published.", **labels)
        self.republished = Counter(
            "republished", "Publishes sent again for want of an ack.", **labels
        )
        self.backlog = Gauge("outbox_backlog", "Outbox rows not published yet.", **labels)
        self.parked = Gauge("parked", "Messages that wait to be tried again.", **labels)
        self.dead = Gauge("dead", "Messages that wait for a person.", **labels)
        self.errands = Counter(
            "errands", "Calls to the outside world, by how they ended.", ["kind", "fate"], **labels
        )
        Gauge("info", "Always 1.", ["service"], **labels).labels(service).set(1)
