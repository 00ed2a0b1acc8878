"""The description of the API, OpenAPI 3.1, made from the table of its addresses."""

import re
from functools import cache
from importlib.metadata import version
from typing import Any

from analytics import closed
from dashboards.api.endpoints import NUMBERS, PATTERNS, PREFIX, WORDS, Endpoint
from dashboards.api.shapes import MEDIA
from dashboards.api.table import endpoints
from schemas.sqlfile import Param

_TYPES: dict[str, dict[str, Any]] = {
    "TEXT": {"type": "string", "minLength": 1},
    "JSON": {"type": "string", "minLength": 1},
    "TEXT[]": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "TIMESTAMPTZ": {
        "type": "string",
        "anyOf": [{"format": "date-time"}, {"format": "date"}],
        "description": "2026-03-01T08:00:00+01:00, or 2026-03-01 for that day in Sweden",
    },
    "DATE": {"type": "string", "format": "date"},
    "INTEGER": {"type": "integer"},
    "BIGINT": {"type": "integer"},
    "BOOLEAN": {"type": "boolean"},
    "DOUBLE": {"type": "number"},
}
_REFUSALS = {
    "400": "A parameter that isn't as declared, or that there isn't.",
    "401": "No token or session that is in force.",
    "403": "This token may not do that, or no purpose is stated.",
    "404": "There is nothing of that name.",
    "410": "The cursor's answer is no longer held.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The answer would take more time, memory or rows than it may.",
    "429": "Too many requests; Retry-After says when the next may come.",
    "503": "The lake can't answer now; Retry-After says when to try again.",
}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_ANY: dict[str, Any] = {"type": "object"}
_COLUMNS = _list(_object({"name": _TEXT, "type": _TEXT, "heading": _TEXT}))
_RESTED = {"statement": _list(_TEXT), "sources": _list(_ANY), "complete": {"type": "boolean"}}
_ROWS = {"columns": _COLUMNS, "rows": _list(_ANY), "next": _MAYBE, "more": {"type": "boolean"}, **_RESTED}
_SCHEMAS: dict[str, Any] = {
    "Refusal": _object({"error": _TEXT, "field": _MAYBE, "status": {"type": "integer"}}),
    "Answer": _object({"question": _TEXT, **_ROWS}),
    "Questions": _object(
        {
            "questions": _list(
                _object(
                    {
                        "question": _TEXT, "area": _TEXT, "params": _list(_ANY), "columns": _COLUMNS,
                        "shows_persons": {"type": "boolean"}, "asks": _TEXT, "sv": _TEXT, "counts": _TEXT,
                        "order": _TEXT, "limits": _TEXT,
                    }
                )
            )
        }
    ),
    "Told": _object(
        {
            "finding": {"type": ["object", "null"]}, "title": _MAYBE, "decision": {"type": ["object", "null"]},
            "events": _list(_ANY), "more_events": {"type": "integer"}, "resting": _list(_ANY), "lines": _list(_TEXT),
            **_RESTED,
        }
    ),
    "Decided": _object({"finding": _TEXT, "verdict": _TEXT}),
    "Record": _object(
        {
            "source": _TEXT, "shard": _TEXT, "position": {"type": "integer"}, "received": _TEXT, "broken": _MAYBE,
            "text": _TEXT, "shape": {"type": "boolean"}, "cut": {"type": "boolean"}, "context": _TEXT,
            "rows": _list(_ANY),
        }
    ),
    "Rows": _object(_ROWS),
    "Status": _object(
        {
            **_ROWS, "balance": {"type": "boolean"}, "context_faults": _list(_ANY), "collectors": _list(_ANY),
            "topics": _list(_ANY), "processes": _list(_ANY),
        }
    ),
    "Me": _object({"name": _TEXT, "scope": _TEXT, "purpose": _MAYBE}),
}  # fmt: skip


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for endpoint in endpoints():
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sparhund",
            "version": version("sparhund"),
            "description": "Who took part of which information, which changes were made, when and by whom. Every "
            "answer says what it rests on, and every question is itself recorded. Times are UTC.",
        },
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "made by `sparhund token add`"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sparhund", "description": "a signed-in person"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", endpoint.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": PATTERNS[name]}}
        for name in named
    ]
    if not endpoint.body:
        parameters += [_parameter(param) for param in endpoint.params]
    status = "201" if endpoint.answers == "Decided" else "200"
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{endpoint.answers}"}}}
    if endpoint.files:
        content |= {media.partition(";")[0]: {} for media in MEDIA.values()}
    responses: dict[str, Any] = {status: {"description": "The answer.", "content": content}}
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    responses |= {code: {"description": text, "content": refusal} for code, text in _REFUSALS.items()}
    found: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": list(endpoint.tags),
        "parameters": parameters,
        "responses": responses,
    }
    if endpoint.body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _body(endpoint)}}}
    return found


def _parameter(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "description": param.note or param.name,
        "schema": _schema(param),
        **({"style": "form", "explode": True} if param.type == "TEXT[]" else {}),
    }


def _body(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {param.name: _schema(param) | _note(param) for param in endpoint.params},
        "required": [param.name for param in endpoint.params if param.required],
        "additionalProperties": False,
    }


def _schema(param: Param) -> dict[str, Any]:
    found = dict(_TYPES[param.type])
    each: dict[str, Any] = {}
    if named := WORDS.get(param.name) or closed.words(param):
        each["enum"] = list(named)
    form = closed.form(param)
    if pattern := PATTERNS.get(param.name) or (form.pattern if form else None):
        each["pattern"] = pattern
    if form:
        each["minLength"] = each["maxLength"] = len(form.example)
    if numbers := NUMBERS.get(param.name) or closed.bounds(param):
        each["minimum"], each["maximum"] = numbers
    return found | ({"items": found["items"] | each} if param.type == "TEXT[]" else each)


def _note(param: Param) -> dict[str, str]:
    return {"description": param.note} if param.note else {}
