"""The OpenAPI description: what FastAPI knows of the reading side, and one operation for every kind of fact."""

from collections.abc import Sequence
from typing import Any, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from api.answers import BASE, ReceiptShown, StillAsking, VerdictShown
from api.catalogue import class_of, first_line
from api.evidence import BatchRecorded, EvidenceBatch
from api.examples import example
from api.facts import OPENING, RECORDABLE
from api.feeds import FEED
from api.problems import MEDIA_TYPE, PROBLEMS, Problem
from api.recipients import REGISTERED
from api.rights import BY_ITSELF, OPENINGS, OURS, RECIPIENT, TERM, UNIT, who_may
from api.sealed import PUBLIC
from api.units import ESTABLISHED
from registry.shape import shape

REF = "#/components/schemas/{model}"
PATH_EXAMPLE = "8f5ff0a2-3a86-5c37-9d1e-5d6f0b8f4f55"

Schemas = dict[str, dict[str, Any]]


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the whole description, once."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        schemas: Schemas = described["components"]["schemas"]
        for path, operations in _writing(schemas).items():
            described["paths"].setdefault(path, {}).update(operations)
        _problems(schemas)
        for path, operations in described["paths"].items():
            for operation in operations.values():
                _finish(operation, anonymous=not path.startswith(BASE) or path in {*PUBLIC, FEED})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        described["components"]["parameters"] = _PARAMETERS
        described["components"]["responses"] = {f"Answer{code}": told for code, told in _RESPONSES.items()}
        described["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From `jieti token`"}
        }
        app.openapi_schema = described
    return app.openapi_schema


def _finish(operation: dict[str, Any], *, anonymous: bool) -> None:
    """Every operation may answer with a problem; only health, description, problem pages and proofs need no token."""
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {"$ref": "#/components/responses/Answerdefault"}
    operation["security"] = [] if anonymous else [{"token": []}]


def _problem(model: str, description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(model=model)}}}}


def _put(schemas: Schemas, kind: Any, name: str) -> None:
    """Add the schema of a type, and of what it is made of."""
    made = TypeAdapter(kind).json_schema(ref_template=REF, mode="serialization")
    for inner, one in made.pop("$defs", {}).items():
        schemas.setdefault(inner, one)
    schemas[name] = made


def _problems(schemas: Schemas) -> None:
    own = {"type": "string", "title": "string", "status": "integer", "detail": "string", "instance": "string"}
    properties = {name: {"type": kind} for name, kind in (own | {"request_id": "string"}).items()}
    schemas["Problem"] = {"type": "object", "properties": properties, "required": list(properties)}
    for name, problem in PROBLEMS.items():
        schemas[problem.__name__ + "Problem"] = _problem_schema(schemas, name, problem)


def _problem_schema(schemas: Schemas, name: str, problem: type[Problem]) -> dict[str, Any]:
    hints = get_type_hints(problem)
    members: dict[str, Any] = {"type": {"const": f"/problems/{name}"}, "status": {"const": problem.STATUS}}
    for member in problem.members():
        made = TypeAdapter(hints[member]).json_schema(ref_template=REF, mode="serialization")
        for inner, one in made.pop("$defs", {}).items():
            schemas.setdefault(inner, one)
        members[member] = made
    return {
        "title": problem.title(),
        "description": problem.remedy(),
        "allOf": [{"$ref": REF.format(model="Problem")}, {"type": "object", "properties": members}],
    }


def _writing(schemas: Schemas) -> dict[str, Any]:
    """The operations that write: their bodies are the kinds of facts themselves."""
    for kind, name in ((ReceiptShown, "Receipt"), (VerdictShown, "Verdict"), (StillAsking, "StillAsking")):
        _put(schemas, kind, name)
    _put(schemas, EvidenceBatch, "EvidenceBatch")
    _put(schemas, BatchRecorded, "BatchRecorded")
    paths: dict[str, Any] = {}
    paths[f"{BASE}/paths"] = {"post": _operation(schemas, OPENING, "paths", "open_path", ())}
    for topic in sorted(RECORDABLE):
        address = f"{BASE}/paths/{{path_id}}/facts/{topic}"
        paths[address] = {"post": _operation(schemas, topic, "facts", _name(topic), ("path_id", "if_match"))}
    paths[f"{BASE}/evidence"] = {"post": _batch()}
    paths[f"{BASE}/units"] = {"post": _operation(schemas, ESTABLISHED, "units", "establish_unit", ())}
    for topic in sorted(UNIT - OPENINGS - BY_ITSELF):
        address = f"{BASE}/units/{{unit_id}}/facts/{topic}"
        paths[address] = {"post": _operation(schemas, topic, "units", _name(topic), ("unit_id", "if_match"))}
    for topic in sorted(TERM):
        address = f"{BASE}/units/{{unit_id}}/terms/{{term}}/facts/{topic}"
        name = f"record_term_{topic.removeprefix('term-').replace('-', '_')}"
        paths[address] = {"post": _operation(schemas, topic, "terms", name, ("unit_id", "term", "if_match"))}
    paths[f"{BASE}/recipients"] = {"post": _operation(schemas, REGISTERED, "recipients", "register_recipient", ())}
    for topic in sorted(RECIPIENT - OPENINGS):
        address = f"{BASE}/recipients/{{recipient_id}}/facts/{topic}"
        paths[address] = {"post": _operation(schemas, topic, "recipients", _name(topic), ("recipient_id", "if_match"))}
    return paths


def _name(topic: str) -> str:
    return "record_" + topic.replace("-", "_")


def _operation(schemas: Schemas, topic: str, tag: str, name: str, parameters: Sequence[str]) -> dict[str, Any]:
    kind = OURS[topic]
    _put(schemas, shape(topic), kind.__name__)
    way = "asked of the path's workflow" if class_of(kind) != "evidence" else "written to the log at once"
    return {
        "tags": [tag],
        "summary": f"{kind.TITLE} · {topic}",
        "description": f"{first_line(kind)}\n\nIt is {way}. Recorded by: {', '.join(who_may(topic))}.",
        "operationId": name,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in (*parameters, *_ALWAYS)],
        "requestBody": _body(kind.__name__, example(topic)),
        "responses": {code: {"$ref": f"#/components/responses/Answer{code}"} for code in _RESPONSES},
    }


def _body(model: str, shown: Any) -> dict[str, Any]:
    schema = {"$ref": REF.format(model=model)}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": shown}}}


def _batch() -> dict[str, Any]:
    items = [
        {"path_id": PATH_EXAMPLE, "topic": topic, "said": example(topic)}
        for topic in ("thought-report-received", "cultivation-activity-recorded")
    ]
    responses = {
        code: {
            "description": words,
            "content": {"application/json": {"schema": {"$ref": REF.format(model="BatchRecorded")}}},
        }
        for code, words in (("201", "All are recorded"), ("200", "All were recorded before, by the same request"))
    }
    return {
        "tags": ["facts"],
        "summary": "Record a batch of evidence",
        "description": "Many facts about many paths that have happened: all are recorded, or none. They are judged when "
        "somebody looks at the paths.",
        "operationId": "record_batch",
        "parameters": [{"$ref": "#/components/parameters/key"}],
        "requestBody": _body("EvidenceBatch", {"facts": items}),
        "responses": responses,
    }


def _parameter(name: str, where: str, schema: dict[str, Any], words: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "description": words, "schema": schema}


_PARAMETERS = {
    "path_id": _parameter("path_id", "path", {"type": "string", "format": "uuid"}, "The path", required=True),
    "recipient_id": _parameter(
        "recipient_id", "path", {"type": "string", "format": "uuid"}, "The recipient", required=True
    ),
    "unit_id": _parameter("unit_id", "path", {"type": "string"}, "The unit", required=True),
    "term": _parameter("term", "path", {"type": "string"}, "The name of the term", required=True),
    "key": _parameter(
        "Idempotency-Key",
        "header",
        {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
        "Of your own making; the same one again whenever the request is repeated (draft-ietf-httpapi-idempotency-key-header-"
        "07). A dry run needs none.",
        required=True,
    ),
    "if_match": _parameter(
        "If-Match",
        "header",
        {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
        "The ETag of the path as it was read: 412 if it has changed since. Decisions that end a path need it (428).",
    ),
    "dry_run": _parameter(
        "dry_run", "query", {"type": "boolean", "default": False}, "Give the verdict and store nothing"
    ),
    "mode": _parameter(
        "mode",
        "query",
        {"type": "string", "enum": ["authorise", "record"], "default": "authorise"},
        "authorise: it is asked before it is done. record: it has happened; `reason` says why it was not asked for",
    ),
}
_ALWAYS = ("key", "dry_run", "mode")

_RESPONSES: dict[str, Any] = {
    "201": {
        "description": "It stands",
        "headers": {
            name: {"schema": {"type": "string"}, "description": words}
            for name, words in (
                ("Location", "Where the fact is read"),
                ("ETag", "The version that it made"),
                ("Log-Position", "Send it with a list to read your own write"),
            )
        },
        "content": {"application/json": {"schema": {"$ref": REF.format(model="Receipt")}}},
    },
    "200": {
        "description": "It stood already (the first receipt, with Idempotency-Replayed), or the verdict of a dry run",
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"$ref": REF.format(model="Receipt")}, {"$ref": REF.format(model="Verdict")}]}
            }
        },
    },
    "202": {
        "description": "The decision was handed over and is not made yet",
        "content": {"application/json": {"schema": {"$ref": REF.format(model="StillAsking")}}},
    },
    "409": {
        "description": "A rule does not allow it",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "anyOf": [
                        {"$ref": REF.format(model=f"{name}Problem")}
                        for name in (
                            "StepTooEarly",
                            "MissingEvidence",
                            "OutOfStage",
                            "PathClosed",
                            "RuleBroken",
                            "AlreadyOpen",
                        )
                    ]
                }
            }
        },
    },
    "412": _problem("StaleProblem", "The path has changed since it was read"),
    "428": _problem("VersionRequiredProblem", "A decision that ends a path needs If-Match"),
    "503": _problem("UnavailableProblem", "The log or the engine is away; the same request may be sent again"),
    "default": _problem("Problem", "What went wrong and what to do about it (RFC 9457)"),
}
