"""Traces, logs and metrics: one trace id from the first document to the last posting.

The chassis carries W3C trace context itself through outbox, broker and inbox, whether or not spans
are recorded. Spans are recorded when OTEL_EXPORTER_OTLP_ENDPOINT (or a test's exporter) is set.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
import structlog
import structlog.tracebacks
from opentelemetry import trace as otel
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, TraceState

from crossdock_contracts.privacy import place_of, shown

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Trace(msgspec.Struct, frozen=True):
    """Where we are in a trace: the ids as hexadecimal text, as W3C writes them."""

    trace_id: str
    span_id: str
    flags: str = "01"
    state: str = ""

    @property
    def parent(self) -> str:
        """The header `traceparent` for what this causes."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> Trace:
        """A step further in the same trace."""
        return Trace(self.trace_id, os.urandom(8).hex(), self.flags, self.state)

    @classmethod
    def new(cls) -> Trace:
        """The start of a trace."""
        return cls(os.urandom(16).hex(), os.urandom(8).hex())

    @classmethod
    def read(cls, parent: str, state: str = "") -> Trace:
        """Continue from a `traceparent`; an absent or broken one starts a new trace."""
        match = TRACEPARENT.fullmatch(parent)
        if match is None or match[1] == "0" * 32 or match[2] == "0" * 16:
            return cls.new()
        return cls(match[1], match[2], match[3], state)


current: ContextVar[Trace | None] = ContextVar("crossdock_trace", default=None)
_key: ContextVar[str | None] = ContextVar("crossdock_key", default=None)


class Tracer:
    """Makes spans where somebody wants them, and plain steps where nobody does."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._tracer = otel.get_tracer("crossdock") if _wanted() else None

    def step(
        self, name: str, parent: Trace | None, kind: str = "internal", **attributes: Any
    ) -> AbstractContextManager[Trace]:
        """Run a block as the child of a trace; it is `current` meanwhile."""
        if self._tracer is None:
            return _Within(parent.child() if parent else Trace.new(), attributes)
        return self._span(self._tracer, name, parent, kind, attributes)

    @contextmanager
    def _span(
        self,
        tracer: otel.Tracer,
        name: str,
        parent: Trace | None,
        kind: str,
        attributes: dict[str, Any],
    ) -> Iterator[Trace]:
        context = otel.set_span_in_context(NonRecordingSpan(_context(parent))) if parent else None
        with (
            tracer.start_as_current_span(name, context, SpanKind[kind.upper()], attributes) as span,
            _Within(_trace(span.get_span_context(), parent), attributes) as here,
        ):
            yield here


class _Within:
    """Log lines written in the block carry the trace, and the key that is worked on.

    A class, since entering and leaving a generator costs as much as a small handler.
    """

    __slots__ = ("_here", "_key", "_tokens")

    def __init__(self, here: Trace, attributes: dict[str, Any]) -> None:
        self._here = here
        self._key = attributes.get("key")

    def __enter__(self) -> Trace:
        key = _key.get() if self._key is None else self._key
        self._tokens = current.set(self._here), _key.set(key)
        return self._here

    def __exit__(self, *_: object) -> None:
        current.reset(self._tokens[0])
        _key.reset(self._tokens[1])


def _context(trace: Trace) -> SpanContext:
    return SpanContext(
        int(trace.trace_id, 16),
        int(trace.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(trace.flags, 16)),
        trace_state=TraceState.from_header([trace.state]) if trace.state else None,
    )


def _trace(context: SpanContext, parent: Trace | None) -> Trace:
    return Trace(
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        f"{int(context.trace_flags):02x}",
        parent.state if parent else "",
    )


def _wanted() -> bool:
    """Whether a span would reach anybody: a provider was set, here or by a test."""
    return type(otel.get_tracer_provider()).__name__ != "ProxyTracerProvider"


def record_spans(service: str, version: str) -> None:
    """Send spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, if one is named."""
    if _wanted() or not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": service, "service.version": version})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    otel.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument()  # type: ignore[no-untyped-call]


# Locals hold events, and events hold what is personal.
WITHOUT_LOCALS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def write_logs(service: str, level: str) -> None:
    """Log lines are JSON on standard output, with the service, the order and the trace."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            _without_personal,
            WITHOUT_LOCALS,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _without_personal(_logger: Any, _method: str, fields: Any) -> Any:
    """What is known to be personal is in no log; bytes may be anything."""
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name] = f"({len(value)} bytes)"
        elif isinstance(value, msgspec.Struct):
            fields[name] = shown(msgspec.to_builtins(value), place_of(type(value)))
    return fields


def _add_trace(_logger: Any, _method: str, fields: Any) -> Any:
    here = current.get()
    if here is not None:
        fields.setdefault("trace_id", here.trace_id)
    key = _key.get()
    if key is not None:
        fields.setdefault("key", key)
    return fields


def _json(value: Any, **_: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
