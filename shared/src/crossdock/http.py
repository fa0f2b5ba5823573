"""The HTTP side of every service: routes, problems in one shape, health, metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import asyncpg
import msgspec
import structlog
from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import generate_latest

from .errors import CrossdockError, Outage, Reject, RetryLater
from .telemetry import Trace, current

if TYPE_CHECKING:
    from .service import Service
    from .settings import Settings

log = structlog.get_logger()

# How many a list answers: what `?limit=` asks for, or a page.
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
PAGE = 100
LONGEST_KEY = 200


class Problem(CrossdockError):
    """An answer that says what is wrong: a status, a code to branch on, a sentence, the values."""

    def __init__(self, status: int, code: str, text: str, **context: Any) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.context = context


def unknown(noun: str, id: str, **context: Any) -> Problem:
    """404 for what is not there: `unknown_order` with its `order_id`, or with better values."""
    text = f"there is no {noun.replace('_', ' ')} {id}"
    return Problem(404, f"unknown_{noun}", text, **(context or {f"{noun}_id": id}))


class ProblemBody(msgspec.Struct):
    """How every problem is answered."""

    code: str
    text: str
    context: dict[str, Any] = {}


CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "wrong_content_type",
    503: "not_ready",
}


def build_app(service: Service, settings: Settings, routes: Sequence[Any]) -> Litestar:
    """The ASGI application: the service's routes and the chassis' own."""
    return Litestar(
        route_handlers=[*routes, livez, readyz, metrics],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "idempotency_key": Provide(idempotency_key, sync_to_thread=False),
        },
        exception_handlers={
            Problem: _problem,
            Reject: _reject,
            RetryLater: _later,
            Outage: _outage,
            asyncpg.CharacterNotInRepertoireError: _unstorable,
            asyncpg.UntranslatableCharacterError: _unstorable,
            UnicodeEncodeError: _unstorable,
            UnicodeDecodeError: _unreadable,
            RecursionError: _unreadable,
            HTTPException: _http,
            Exception: _unexpected,
        },
        middleware=[TraceMiddleware],
        before_request=json_only,
        request_max_body_size=settings.body_limit,
        openapi_config=OpenAPIConfig(title=service.name, version="1"),
        signature_namespace={"Service": type(service)},
        state=State({"service": service}),
        logging_config=None,
    )


async def json_only(request: Request[Any, Any, Any]) -> None:
    """Answer 415 for a form or a file, before anybody tries to read it as JSON.

    No guard: each of those costs a copy of its route, and without `async` the way through a thread.
    """
    field = getattr(request.route_handler, "parsed_data_field", None)
    wanted = getattr(getattr(field, "kwarg_definition", None), "media_type", None)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if wanted == RequestEncodingType.JSON and given not in {"", "application/json"}:
        text = f"send the body as application/json, not as {given}"
        raise Problem(415, "wrong_content_type", text, content_type=given)


def idempotency_key(
    service: NamedDependency[Service],  # one after the other: side by side they are made tasks
    given: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> str:
    """The caller's key; a route that must not act twice asks for it as `idempotency_key`."""
    if given and len(given) <= LONGEST_KEY and given.isprintable():
        return given
    text = (
        "send the header Idempotency-Key with a value of your own for each request, such as a"
        f" UUID, of 1 to {LONGEST_KEY} characters; what is sent again under the same key is done"
        " only once"
    )
    raise Problem(400, "idempotency_key_invalid" if given else "idempotency_key_missing", text)


class TraceMiddleware:
    """Continue the caller's trace, or start one; the answer says which."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request as a step of its trace."""
        given = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        parent = Trace.read(given) if given else None
        service: Service = scope["litestar_app"].state.service
        name = f"{scope.get('method', '')} {scope['path']}"
        with service.tracer.step(name, parent, "server") as trace:

            async def answer(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [
                        *message["headers"],
                        (b"traceparent", trace.parent.encode()),
                    ]
                await send(message)

            await self._app(scope, receive, answer)


@get("/livez", include_in_schema=False)
async def livez() -> str:
    """The process turns its loop."""
    return "ok"


@get("/readyz", include_in_schema=False)
async def readyz(service: NamedDependency[Service]) -> Response[dict[str, Any]]:
    """The service can do its work: store and broker answer."""
    trouble = await service.trouble()
    body = {
        "service": service.name,
        "ready": not trouble,
        "trouble": trouble,
        "paused": service.paused(),
    }
    return Response(body, status_code=503 if trouble else 200)


@get("/metrics", include_in_schema=False)
async def metrics(service: NamedDependency[Service]) -> Response[bytes]:
    """Prometheus text."""
    try:
        await service.measure()
    except Outage as error:
        log.warning("metrics without those of the store", why=str(error))
    return Response(
        generate_latest(service.runtime.metrics.registry),
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )


def _answer(status: int, code: str, text: str, context: dict[str, Any]) -> Response[ProblemBody]:
    here = current.get()
    if here is not None:
        context = {**context, "trace_id": here.trace_id}
    return Response(
        ProblemBody(code, text, context), status_code=status, media_type="application/json"
    )


def _problem(_: Request[Any, Any, Any], error: Problem) -> Response[ProblemBody]:
    return _answer(error.status, error.code, error.text, error.context)


def _reject(_: Request[Any, Any, Any], error: Reject) -> Response[ProblemBody]:
    return _answer(422, error.code, error.text, dict(error.context))


def _later(_: Request[Any, Any, Any], error: RetryLater) -> Response[ProblemBody]:
    return _answer(409, "retry_later", str(error), {"after_seconds": error.after})


def _outage(_: Request[Any, Any, Any], error: Outage) -> Response[ProblemBody]:
    log.warning("request met an outage", error=str(error))
    return _answer(503, "not_ready", "the store is away; send the same request again shortly", {})


def _unstorable(_: Request[Any, Any, Any], error: Exception) -> Response[ProblemBody]:
    log.info("a text that nobody can store", error=str(error))
    return _answer(400, "unstorable_text", "no text may have a NUL character (U+0000) in it", {})


def _unreadable(_: Request[Any, Any, Any], error: Exception) -> Response[ProblemBody]:
    return _answer(400, "bad_request", f"the body cannot be read: {error}", {})


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[ProblemBody]:
    context: dict[str, Any] = {}
    if isinstance(error, ValidationException) and error.extra:
        context["errors"] = error.extra
    code = CODES.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    return _answer(error.status_code, code, error.detail, context)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[ProblemBody]:
    log.error("request failed", path=request.url.path, exc_info=error)
    text = "this is a defect here, not in the request; the trace id finds it in the logs"
    return _answer(500, "internal", text, {})
