"""Prometheus metrics, the same for every service; the label is the lane, never the key."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MESSAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Metrics:
    """One registry per running service, so that several can live in one test process."""

    def __init__(self, service: str) -> None:
        registry = self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, namespace="crossdock", registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, namespace="crossdock", registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(name, text, namespace="crossdock", registry=registry, buckets=buckets)

        self.handled = counter("handled", "Messages, by lane and how they ended.", "lane", "fate")
        self.batch = histogram("batch_messages", "Messages per transaction.", MESSAGES)
        self.batch_seconds = histogram("batch_seconds", "Seconds per transaction.", SECONDS)
        self.lag = gauge("lane_lag", "Messages that a lane has not handled.", "lane")
        self.published = counter("published", "Outbox rows published.")
        self.republished = counter("republished", "Publishes sent again for want of an ack.")
        self.backlog = gauge("outbox_backlog", "Outbox rows not published yet.")
        self.parked = gauge("parked", "Messages that wait to be tried again.")
        self.too_new = gauge("too_new", "Parked messages newer than this release: upgrade it.")
        self.paused = gauge("paused", "Pauses in force: a service, streams, lanes or handlers.")
        self.dead = gauge("dead", "Messages and calls that wait for a person.")
        self.errands = counter(
            "errands", "Calls to the outside, by how they ended.", "kind", "fate"
        )
        gauge("info", "Always 1.", "service").labels(service).set(1)
