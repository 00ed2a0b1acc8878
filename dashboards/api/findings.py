"""Findings and events over HTTP: told, decided, and led back to their records."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from starlette.responses import JSONResponse, Response

from analytics.detect import wording
from analytics.detect.decide import decide
from analytics.detect.explain import Event, explain
from analytics.detect.knowledge import detections, explanations
from analytics.record import record
from dashboards.api.endpoints import LANGUAGE, Call, Endpoint
from dashboards.cells import plain
from schemas.sqlfile import Param, SqlFile

_VERDICT = Param("verdict", "TEXT", "what was decided", None, required=True)
_REASON = Param("reason", "TEXT", "why, in words; without names of persons concerned", None, required=True)


def endpoints() -> Iterator[Endpoint]:
    """Of findings, events, and the rules by which they are judged."""
    rows: tuple[tuple[str, str, str, str, Any, str, str, tuple[Param, ...]], ...] = (
        ("GET", "/findings/{finding}", "tell_finding", "One finding: what, against which class, and its evidence.",
         _told, "Told", "persons", (LANGUAGE,)),
        ("POST", "/findings/{finding}/decision", "decide_finding", "Settle a finding: a person decides, no rule.",
         _decided, "Decided", "act", (_VERDICT, _REASON)),
        ("GET", "/events/{event}", "tell_event", "One event: what explains it, and which findings rest on it.",
         _told, "Told", "persons", (LANGUAGE,)),
        ("GET", "/events/{event}/record", "show_record", "The original log record of an event, and what it became.",
         _record, "Record", "persons", ()),
        ("GET", "/detections", "list_detections", "What is looked for, with benign reasons and triage.",
         _rules, "Rules", "ask", (LANGUAGE,)),
        ("GET", "/explanations", "list_explanations", "What duty explains.", _rules, "Rules", "ask", (LANGUAGE,)),
    )  # fmt: skip
    for method, path, name, summary, handler, answers, may, params in rows:
        yield Endpoint(
            method=method, path=path, name=name, summary=summary, may=may, handler=handler, answers=answers,
            params=params, body=method == "POST", tags=("findings",),
        )  # fmt: skip


def _told(call: Call) -> Response:
    what = call.path.get("finding") or call.path["event"]
    told = explain(call.desk.home, what, purpose=call.visitor.purpose, who=call.visitor.caller)
    return JSONResponse(
        {
            "finding": plain(dict(told.finding)) if told.finding else None,
            "title": wording.title(told, call.language) if told.finding else None,
            "decision": plain(dict(told.decision)) if told.decision else None,
            "events": [_event(event, call.language) for event in told.events],
            "more_events": told.more,
            "resting": [plain(dict(row)) for row in told.resting],
            "lines": list(wording.lines(told, call.language)),
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
    return JSONResponse({"rules": [_rule(file) for file in files.values()]})


def _rule(file: SqlFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "area": file.path.parent.name,
        **{key: file.said(key) for key in file.header if key not in {file.kind, "params"}},
    }
