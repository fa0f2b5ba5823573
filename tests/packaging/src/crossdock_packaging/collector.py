"""A receiver of OpenTelemetry's spans over HTTP, as small as it can be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans


class Collector:
    """Where spans arrive."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[ResourceSpans] = []

    def services(self) -> set[str]:
        """The names of the services that spans came from."""
        return {
            attribute.value.string_value
            for each in self.received
            for attribute in each.resource.attributes
            if attribute.key == "service.name"
        }

    def spans(self) -> dict[str, str]:
        """The trace id of each span, by the span's name; the last of that name."""
        return {
            span.name: span.trace_id.hex()
            for each in self.received
            for scope in each.scope_spans
            for span in scope.spans
        }


@contextmanager
def collecting() -> Iterator[Collector]:
    """Receive spans on any free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            collector.received += ExportTraceServiceRequest.FromString(body).resource_spans
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
