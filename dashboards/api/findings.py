"""Findings and events over HTTP: told, decided, and led back to their records."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa
from starlette.responses import JSONResponse, Response

from analytics.answer import stated
from analytics.detect import wording
from analytics.detect.decide import decide
from analytics.detect.explain import MOST_EVENTS, Event, explain
from analytics.detect.knowledge import detections, explanations
from analytics.record import record
from dashboards.api.delivered import DELIVERY, FORMAT, delivered, listed
from dashboards.api.endpoints import LANGUAGE, Call, Endpoint
from dashboards.api.shapes import MOST_ROWS, filed, rested
from dashboards.cells import plain
from dashboards.server.held import Found
from schemas.sqlfile import Param, SqlFile

# Why an event is explained, in a file: the row that the explanation rests on is JSON, since relations differ.
_REASONS = pa.list_(pa.struct([(name, pa.string()) for name in ("explanation", "says", "relation", "row_id", "row")]))
_VERDICT = Param("verdict", "TEXT", "what was decided", None, required=True)
_REASON = Param("reason", "TEXT", "why, in words; without names of persons concerned", None, required=True)


def endpoints() -> Iterator[Endpoint]:
    """Of findings, events, and the rules by which they are judged."""
    rows: tuple[tuple[str, str, str, str, Any, str, str, tuple[Param, ...]], ...] = (
        ("GET", "/findings/{finding}", "tell_finding", "One finding: what, against which class, and its evidence.",
         _told, "Told", "persons", (FORMAT, LANGUAGE)),
        ("POST", "/findings/{finding}/decision", "decide_finding", "Settle a finding: a person decides, no rule.",
         _decided, "Decided", "act", (_VERDICT, _REASON)),
        ("GET", "/events/{event}", "tell_event", "One event: what explains it, and which findings rest on it.",
         _told, "Told", "persons", (FORMAT, LANGUAGE)),
        ("GET", "/events/{event}/record", "show_record", "The original log record of an event, and what it became.",
         _record, "Record", "persons", ()),
        ("GET", "/detections", "list_detections", "What is looked for, with benign reasons and triage.",
         _rules, "Rows", "ask", (*DELIVERY, LANGUAGE)),
        ("GET", "/explanations", "list_explanations", "What duty explains.", _rules, "Rows", "ask",
         (*DELIVERY, LANGUAGE)),
    )  # fmt: skip
    for method, path, name, summary, handler, answers, may, params in rows:
        yield Endpoint(
            method=method, path=path, name=name, summary=summary, may=may, handler=handler, answers=answers,
            params=params, body=method == "POST", files=FORMAT in params, tags=("findings",),
        )  # fmt: skip


def _told(call: Call) -> Response:
    what, home, who = call.path.get("finding") or call.path["event"], call.desk.home, call.visitor.caller
    kind = call.given.get(FORMAT.name, "json")
    most = MOST_EVENTS if kind == "json" else MOST_ROWS
    told = explain(home, what, purpose=call.visitor.purpose, who=who, most=most)
    first = told.events[:MOST_EVENTS]
    beyond = len(told.events) - len(first) + told.more
    lines = list(wording.lines(replace(told, events=first, more=beyond), call.language))
    events = [_event(event, call.language) for event in told.events]
    statement = stated(home, who=who)
    if kind != "json":
        reasons = [[{**each, "row": json.dumps(each["row"])} for each in event["reasons"]] for event in events]
        rows = told.shown.append_column("reasons", pa.array(reasons, _REASONS))
        return filed(Found(what, rows, statement, told.more > 0), kind, call.language, lines)
    return JSONResponse(
        {
            "finding": plain(dict(told.finding)) if told.finding else None,
            "title": wording.title(told, call.language) if told.finding else None,
            "decision": plain(dict(told.decision)) if told.decision else None,
            "events": events,
            "more_events": told.more,
            "resting": [plain(dict(row)) for row in told.resting],
            "lines": lines,
            **rested(statement, call.language),
        }
    )


def _event(event: Event, language: str) -> dict[str, Any]:
    said = "sv" if language == "sv" else "explains"
    reasons = [
        {
            "explanation": reason.explanation.name,
            "says": reason.explanation.said(said),
            "relation": reason.relation,
            "row_id": reason.row_id,
            "row": plain(dict(reason.row)),
        }
        for reason in event.reasons
    ]
    return {**plain(dict(event.fields)), "reasons": reasons}


def _decided(call: Call) -> Response:
    finding, given = call.path["finding"], call.given
    decide(call.desk.home, finding, given["verdict"], given["reason"], who=call.visitor.caller)
    return JSONResponse({"finding": finding, "verdict": given["verdict"]}, 201)


def _record(call: Call) -> Response:
    found = record(call.desk.home, call.path["event"], purpose=call.visitor.purpose, who=call.visitor.caller)
    return JSONResponse(plain(asdict(found) | {"rows": [dict(row) for row in found.rows]}))


def _rules(call: Call) -> Response:
    files = detections() if call.endpoint == "list_detections" else explanations()
    return delivered(call, call.listed, {}, lambda: listed(call, _rows(list(files.values()))))


def _rows(files: Sequence[SqlFile]) -> pa.Table:
    """What the headers of FILES say, a column for each of their keys."""
    keys = dict.fromkeys(key for file in files for key in file.header if key not in {file.kind, "params"})
    schema = pa.schema([(name, pa.string()) for name in ("name", "area", *keys)])
    rows = [
        {"name": file.name, "area": file.path.parent.name} | {key: file.said(key) for key in keys if key in file.header}
        for file in files
    ]
    return pa.Table.from_pylist(rows, schema=schema)
