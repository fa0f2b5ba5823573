"""One trace from the request to the last event, with spans where somebody records them."""

import json

import pytest
import structlog
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sample.tools import cancelled, query

from crossdock import telemetry
from crossdock.telemetry import Trace, Tracer, write_logs
from crossdock_contracts.shipments import MilestoneRecorded

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch):
    """Record spans in memory, for services made from here on."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_wanted", lambda: True)
    monkeypatch.setattr(otel, "get_tracer", lambda name: provider.get_tracer(name))
    return exporter


@pytest.fixture
def service(spans, service):
    """The sample with spans recorded."""
    from sample.app import replica

    return replica()


async def test_spans_are_joined_across_the_broker_with_the_right_parents(desk, spans):
    """The handler's span is the child of who published; what it said names the handler's span."""
    await desk.deliver(cancelled(1), traceparent=GIVEN)
    [handled] = [span for span in spans.get_finished_spans() if span.name == "count"]
    assert f"{handled.context.trace_id:032x}" == GIVEN[3:35]
    assert f"{handled.parent.span_id:016x}" == GIVEN[36:52]
    assert handled.kind.name == "CONSUMER"
    assert handled.attributes["key"] == "ORD-1"
    assert len(await desk.eventually(MilestoneRecorded)) == 1
    [row] = await query(desk, "select traceparent from crossdock.outbox")
    assert row["traceparent"] == f"{GIVEN[:36]}{handled.context.span_id:016x}-01"


async def test_a_request_and_its_errand_are_one_trace(desk, spans):
    """HTTP span, and the call made after its commit as its child."""
    from sample.app import Call

    answer = await desk.http.post("/notes", json={"text": "x"}, headers={"traceparent": GIVEN})
    assert answer.status_code == 201
    [request] = [span for span in spans.get_finished_spans() if span.name == "POST /notes"]
    assert f"{request.parent.span_id:016x}" == GIVEN[36:52]
    with desk.service.tracer.step("asking", Trace.read(GIVEN)):
        async with desk.begin() as tx:
            tx.errand(Call(text="x"), key="ORD-1")
    await desk.errands_done()
    found = {span.name: span for span in spans.get_finished_spans()}
    assert found["call"].parent.span_id == found["asking"].context.span_id
    assert {f"{span.context.trace_id:032x}" for span in (found["asking"], found["call"])} == {
        GIVEN[3:35]
    }


async def test_a_failing_handler_is_a_span_with_its_error(desk, spans):
    """What went wrong is in the trace, for each attempt."""
    await desk.deliver(cancelled(1, "poison"))
    found = [span for span in spans.get_finished_spans() if span.name == "count"]
    assert found
    assert all(span.status.status_code.name == "ERROR" for span in found)


def test_a_trace_is_carried_without_any_sdk():
    """Nobody records spans: the trace id goes on all the same, each step with an id of its own."""
    tracer = Tracer("sample")
    tracer._tracer = None
    with tracer.step("one", Trace.read(GIVEN)) as one, tracer.step("two", one) as two:
        assert one.trace_id == two.trace_id == GIVEN[3:35]
        assert len({GIVEN[36:52], one.span_id, two.span_id}) == 3
    with tracer.step("alone", None) as alone:
        assert alone.trace_id != one.trace_id


@pytest.mark.parametrize(
    "broken",
    ["", "00", "x" * 55, GIVEN.upper(), f"00-{'0' * 32}-{'1' * 16}-01", f"{GIVEN}-more"],
)
def test_a_broken_traceparent_starts_a_new_trace(broken):
    """As W3C asks: what cannot be read is not continued."""
    found = Trace.read(broken)
    assert found.trace_id not in {GIVEN[3:35], "0" * 32}
    assert Trace.read(found.parent) == found


def test_tracestate_and_flags_are_carried():
    """A trace that is not sampled stays so, and vendors' state goes along."""
    found = Trace.read(GIVEN[:-2] + "00", "vendor=1").child()
    assert (found.flags, found.state) == ("00", "vendor=1")


@pytest.fixture
def as_json():
    """Call it to log as in production; structlog is as it was afterwards."""
    yield lambda: write_logs("sample", "info")
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_log_line_has_service_trace_and_key(as_json, capsys):
    """A line found by the order's key leads to its trace, and the other way round."""
    as_json()
    log = structlog.get_logger()
    with Tracer("sample").step("count", Trace.read(GIVEN), "consumer", key="ORD-1") as here:
        log.info("counted", lines=3)
    log.info("outside")
    inside, outside = map(json.loads, capsys.readouterr().out.splitlines())
    assert inside["event"] == "counted"
    assert (inside["service"], inside["level"], inside["lines"]) == ("sample", "info", 3)
    assert (inside["trace_id"], inside["key"]) == (here.trace_id, "ORD-1")
    assert "trace_id" not in outside
    assert "key" not in outside


def test_a_log_line_with_an_error_has_its_traceback_and_odd_values_as_text(as_json, capsys):
    """Whatever is logged becomes one line of JSON."""
    as_json()
    log = structlog.get_logger()
    try:
        raise ZeroDivisionError("told to")
    except ZeroDivisionError:
        log.exception("failed", value=object, path=[1, {2}])
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "object" in line["value"]
