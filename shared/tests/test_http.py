"""HTTP: every problem in one shape, health with its reason, traces continued and answered."""

import asyncio
import json

import msgspec
import structlog
from sample.tools import heard, query, until

from crossdock.http import Problem, ProblemBody

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def problem(response) -> ProblemBody:
    """The body of an answer that says what is wrong."""
    assert response.headers["content-type"].startswith("application/json")
    return msgspec.json.decode(response.content, type=ProblemBody)


async def test_a_body_that_cannot_be_taken_is_a_problem_of_its_own(desk):
    """Malformed, wrongly typed or too large: told by status and code, and nothing is written."""
    for body, headers, status, code in [
        (b'{"text": ', JSON, 400, "bad_request"),
        (b"\xff\xfe", JSON, 400, "bad_request"),
        (b"", JSON, 400, "bad_request"),
        (b'{"text": 5}', JSON, 400, "bad_request"),
        (b"text=x", FORM, 415, "wrong_content_type"),
        (b"<note/>", {"content-type": "text/xml"}, 415, "wrong_content_type"),
        (json.dumps({"text": "x" * 1_100_000}).encode(), JSON, 413, "body_too_large"),
    ]:
        answer = await desk.http.post("/notes", content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert problem(answer).code == code
    assert await heard(desk) == []


async def test_an_unknown_route_or_method_is_told_in_the_same_shape(desk):
    """The shape of a problem does not depend on how far the request came."""
    for method, path, status, code in [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/notes", 405, "method_not_allowed"),
        ("GET", "/notes/../../etc/passwd", 404, "not_found"),
    ]:
        answer = await desk.http.request(method, path)
        assert answer.status_code == status
        assert problem(answer).code == code


async def test_what_business_says_becomes_a_status(desk):
    """Reject is 422 with its values, RetryLater 409 with its delay; neither leaves a row."""
    rejected = await desk.http.post("/notes", json={"text": "reject"})
    assert rejected.status_code == 422
    found = problem(rejected)
    assert (found.code, found.text, found.context["asked"]) == ("no_notes", "no", "reject")

    later = await desk.http.post("/notes", json={"text": "later"})
    assert later.status_code == 409
    assert problem(later).context["after_seconds"] == 0.25
    assert await heard(desk) == []


async def test_a_bug_is_a_500_with_the_trace_id_that_finds_it_in_the_logs(desk):
    """The answer names no internals; the log line of the same trace has them."""
    with structlog.testing.capture_logs() as logs:
        answer = await desk.http.post("/notes", json={"text": "bug"})
    assert answer.status_code == 500
    found = problem(answer)
    assert found.code == "internal"
    assert "a bug" not in answer.text
    trace_id = found.context["trace_id"]
    assert answer.headers["traceparent"].split("-")[1] == trace_id
    [line] = [line for line in logs if line["event"] == "request failed"]
    assert isinstance(line["exc_info"], ZeroDivisionError)


async def test_a_trace_is_continued_and_answered(desk):
    """The caller's trace id goes on; a broken header starts a new trace instead of failing."""
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await desk.http.post("/notes", json={"text": "x"}, headers={"traceparent": given})
    assert answer.status_code == 201
    assert answer.json()["trace"] == "0af7651916cd43dd8448eb211c80319c"
    back = answer.headers["traceparent"].split("-")
    assert back[1] == "0af7651916cd43dd8448eb211c80319c"
    assert back[2] != "b7ad6b7169203331"

    for broken in ("nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-XYZ-1-1"):
        answer = await desk.http.post("/notes", json={"text": "x"}, headers={"traceparent": broken})
        assert answer.status_code == 201
        assert answer.json()["trace"] not in {"0" * 32, given[3:35]}


async def test_health_and_metrics_are_the_chassis(desk):
    """/livez, /readyz and /metrics are there without a line in the service."""
    assert (await desk.http.get("/livez")).text == "ok"
    ready = await desk.http.get("/readyz")
    assert ready.status_code == 200
    body = ready.json()
    assert (body["service"], body["ready"], body["trouble"]) == ("sample", True, [])
    metrics = await desk.http.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    for name in ("crossdock_handled_total", "crossdock_parked", "crossdock_outbox_backlog"):
        assert name in metrics.text


async def test_readiness_says_that_the_broker_is_away(desk, nats_server):
    """503 with the reason, and 200 again when it is back; what needs no broker is served."""
    await asyncio.to_thread(nats_server.kill)

    async def away() -> bool:
        answer = await desk.http.get("/readyz")
        return answer.status_code == 503 and answer.json()["trouble"] == ["NATS is away"]

    await until(away)
    assert (await desk.http.post("/notes", json={"text": "x"})).status_code == 201
    await asyncio.to_thread(nats_server.start)

    async def back() -> bool:
        return (await desk.http.get("/readyz")).status_code == 200

    await until(back)


async def test_without_the_store_requests_are_503_and_the_service_lives(desk, postgres_url):
    """An outage is no bug: 503 with what to do; metrics and liveness answer; then all is well."""
    from crossdock.database import connect, with_database, without_password

    mine = desk.runtime.settings.database_url
    name = mine.rpartition("/")[2]
    admin = await connect(with_database(postgres_url, "postgres"))
    try:
        await admin.execute(f'alter database "{name}" with allow_connections false')
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        answer = await desk.http.post("/notes", json={"text": "x"})
        assert answer.status_code == 503
        assert problem(answer).code == "not_ready"
        ready = await desk.http.get("/readyz")
        assert ready.status_code == 503
        assert "PostgreSQL is away" in ready.json()["trouble"][0]
        assert (await desk.http.get("/livez")).status_code == 200
        metrics = await desk.http.get("/metrics")
        assert metrics.status_code == 200
        assert "crossdock_handled" in metrics.text
    finally:
        await admin.execute(f'alter database "{name}" with allow_connections true')
        await admin.close()
    assert without_password(mine).count("@") == 1

    async def back() -> bool:
        return (await desk.http.get("/readyz")).status_code == 200

    await until(back)
    assert (await desk.http.post("/notes", json={"text": "y"})).status_code == 201
    assert len(await query(desk, "select 1 from heard")) == 1


async def test_the_openapi_document_is_served(desk):
    """Litestar's document holds the service's routes and none of the chassis' own."""
    document = (await desk.http.get("/schema/openapi.json")).json()
    assert list(document["paths"]) == ["/notes"]


def test_a_problem_carries_its_values():
    """Status, code, sentence, and the values that explain it."""
    found = Problem(404, "unknown_order", "ORD-1 is not known here", order_id="ORD-1")
    assert (found.status, found.code, str(found)) == (
        404,
        "unknown_order",
        "ORD-1 is not known here",
    )
    assert found.context == {"order_id": "ORD-1"}
