"""AsyncAPI 3 for each service and for the mesh, and a JSON schema for each contract.

Made from what services declare: the handlers' annotations, the nouns they own, the contracts.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from crossdock_contracts import Event, Question, catalogue, name_of, newest
from crossdock_contracts.freeze import answer_of, key_of, snapshot
from crossdock_contracts.gate import Consumer
from crossdock_contracts.shipped import examples

from .schemas import explained, filled
from .service import Service

FOLDER = "asyncapi"
# Every service may say it; the chassis does.
EVERYBODYS = "exceptions"
Json = dict[str, Any]


def all_of(services: Sequence[Service], consumers: Iterable[Consumer] = ()) -> dict[str, Json]:
    """Every document by its path: `mesh`, `invoicing`, `schemas/orders.accepted.v1`."""
    reads = {each.consumer: each.reads for each in consumers}
    made = {service.name: asyncapi([service], reads) for service in services}
    made["mesh"] = asyncapi(services, reads)
    contracts = [*catalogue().values(), *_all_questions()]
    return made | {f"schemas/{name_of(cls)}": schema(cls) for cls in contracts}


def schema(cls: type[msgspec.Struct]) -> Json:
    """The JSON schema of one contract, with titles, units and examples."""
    given = snapshot(cls)
    bodies = [json.loads(body) for _, body in examples(str(name_of(cls)))]
    inner = given.pop("schema")
    filled(explained(inner["$defs"]), inner, bodies)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:crossdock:{given['title']}",
        "title": given.pop("title"),
        **{f"x-{word}": value for word, value in given.items() if isinstance(value, str)},
        **inner,
        **({"examples": bodies} if bodies else {}),
    }


def asyncapi(services: Sequence[Service], reads: Mapping[str, Mapping[str, Any]]) -> Json:
    """The document of one service, or of several together."""
    operations: Json = {}
    for service in services:
        before = "" if len(services) == 1 else f"{service.name}."
        for name, operation in _operations(service, reads.get(service.name, {})):
            operations[before + name] = operation
    used = {each["channel"]["$ref"].rpartition("/")[2] for each in operations.values()}
    events = [cls for literal, cls in catalogue().items() if literal in used]
    questions = [cls for cls in _all_questions() if f"ask.{name_of(cls)}" in used]
    channels = {str(name_of(cls)): _channel(cls) for cls in events}
    for question in questions:
        channels |= _channels_of(question)
    return {
        "asyncapi": "3.0.0",
        "info": _info(services),
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": dict(sorted(operations.items())),
        "components": _components(events, questions),
    }


def _info(services: Sequence[Service]) -> Json:
    if len(services) > 1:
        names = ", ".join(service.name for service in services)
        return {
            "title": "crossdock",
            "version": "1",
            "description": f"Everything that the services of the mesh say and hear: {names}.",
        }
    [service] = services
    doc = inspect.getdoc(importlib.import_module(f"{service.package}.app"))
    return {"title": service.name, "version": "1", "description": doc or service.name}


def _operations(service: Service, reads: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    for event, handler in service.handlers.events.items():
        for literal in [str(name_of(event))] if event is not Event else catalogue():
            name = handler.name if event is not Event else f"{handler.name}.{literal}"
            told = {"summary": _first(handler.function), "x-reads": list(reads.get(literal, ()))}
            yield name, _operation("receive", literal) | told
    for literal, cls in catalogue().items():
        noun = literal.partition(".")[0]
        if newest(cls) is cls and (noun in service.owns or noun == EVERYBODYS):
            yield f"say.{literal}", _operation("send", literal)
    for question in _all_questions():
        literal = str(name_of(question))
        function = service.handlers.questions.get(question)
        if function is not None:
            told = {"summary": _first(function)}
            yield function.__name__, _asking("receive", literal) | told
        elif literal in reads:
            yield f"ask.{literal}", _asking("send", literal)


def _operation(action: str, literal: str) -> Json:
    channel = f"#/channels/{literal}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{literal}"}],
    }


def _asking(action: str, literal: str) -> Json:
    channel, answer = f"#/channels/ask.{literal}", f"#/channels/answer.{literal}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{literal}"}],
        "reply": {
            "channel": {"$ref": answer},
            "messages": [{"$ref": f"{answer}/messages/answer.{literal}"}],
        },
    }


def _channel(cls: type[Event]) -> Json:
    literal = str(name_of(cls))
    key = f"`{key_of(cls)}`: what stays in order; bytes no subject may have are `=XX`."
    return {
        "address": f"{literal}.{{key}}",
        "title": literal,
        "description": inspect.getdoc(cls),
        "parameters": {"key": {"description": key}},
        "messages": {literal: {"$ref": f"#/components/messages/{literal}"}},
        "x-stream": name_of(cls).stream,
    }


def _channels_of(question: type[Question[Any]]) -> Json:
    literal = str(name_of(question))
    answer = f"answer.{literal}"
    return {
        f"ask.{literal}": {
            "address": f"ask.{literal}",
            "title": literal,
            "description": inspect.getdoc(question),
            "messages": {literal: {"$ref": f"#/components/messages/{literal}"}},
        },
        answer: {
            "address": None,
            "title": answer,
            "description": "The inbox that the question names as its reply subject.",
            "messages": {answer: {"$ref": f"#/components/messages/{answer}"}},
        },
    }


def _components(events: list[type[Event]], questions: list[type[Question[Any]]]) -> Json:
    answers = [answer_of(question) for question in questions]
    classes = [*events, *questions, *answers]
    refs, schemas = msgspec.json.schema_components(
        classes, ref_template="#/components/schemas/{name}"
    )
    explained(schemas)
    messages: Json = {}
    for cls, ref in zip(classes, refs, strict=True):
        asked = questions[answers.index(cls)] if cls in answers else None
        literal = f"answer.{name_of(asked)}" if asked else str(name_of(cls))
        bodies = [(name, json.loads(body)) for name, body in examples(literal)]
        filled(schemas, ref, [body for _, body in bodies])
        messages[literal] = _message(cls, literal, ref, bodies)
    return {
        "messages": messages,
        "schemas": {"CloudEvent": HEADERS, **dict(sorted(schemas.items()))},
    }


def _message(cls: type[Any], literal: str, ref: Json, bodies: list[tuple[str, Any]]) -> Json:
    message: Json = {
        "name": literal,
        "title": cls.__name__,
        "summary": inspect.getdoc(cls),
        "payload": ref,
    }
    if issubclass(cls, Event):
        message["headers"] = {"$ref": "#/components/schemas/CloudEvent"}
        message["correlationId"] = {"location": "$message.header#/correlation_id"}
    if bodies:
        message["examples"] = [{"name": name, "payload": body} for name, body in bodies]
    return message


def _first(function: Any) -> str:
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")


def _all_questions() -> list[type[Question[Any]]]:
    contracts = Event.__module__.partition(".")[0]
    found = [cls for cls in Question.__subclasses__() if cls.__module__.startswith(contracts)]
    return sorted(found, key=lambda cls: str(name_of(cls)))


TEXT = {"type": "string"}
HEADERS: Json = {
    "title": "CloudEvents 1.0 in binary mode",
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {**TEXT, "description": "The event's id: a second publication is dropped."},
        "ce-specversion": {"const": "1.0"},
        "ce-id": {**TEXT, "format": "uuid", "description": "The same for every publication."},
        "ce-type": {**TEXT, "description": "The literal: noun, past participle, version."},
        "ce-source": {**TEXT, "description": "The service that said it."},
        "ce-time": {**TEXT, "format": "date-time", "description": "When it happened."},
        "ce-subject": {**TEXT, "description": "The key, percent-encoded."},
        "content-type": {"const": "application/json"},
        "correlation_id": {**TEXT, "format": "uuid", "description": "What it all began with."},
        "causation_id": {**TEXT, "format": "uuid", "description": "The event that caused this."},
        "traceparent": {**TEXT, "description": "W3C trace context."},
        "tracestate": {**TEXT, "description": "W3C trace context."},
    },
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject", "content-type"],
}
