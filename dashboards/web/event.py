"""The page of one event: what happened, what explains it, and the log record that it came from."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from analytics.answer import Ask
from analytics.calendar import moved
from analytics.detect.explain import explain
from analytics.question import SWEDEN, actions, question
from analytics.record import ADDRESS, Record, record
from analytics.summary import clears
from dashboards.cells import cell, heading, printable
from dashboards.web import links, told
from dashboards.web.page import Page, Shown, View
from dashboards.web.render import say
from schemas import reasons
from schemas.errors import QuestionError
from schemas.event import COLUMNS

_MOST_PARTS = 20  # of a record that are shown; it may have become thousands of rows
_MOST_CHARACTERS = 20_000  # of a record's text: more isn't read on a page
_SESSION = timedelta(days=1)  # before and after an end of a session, in which the other is looked for
_SHORTEST = 3  # characters of a value that is marked in the text
_MET = (
    *("time", "actor_account", "actor_person", "actor_unit", "on_behalf_of", "action", "outcome", "proves", "system"),
    *(
        "object_type",
        "object_id",
        "object_path",
        "about",
        "target_account",
        "target_group",
        "src_ip",
        "src_host",
        "device",
    ),
    "stated_purpose",
)
_CLASS = ("asset", "k", "r", "t", "s", "controller")
# What we add to a record, from the staff directory and the register; all else that a row holds is the record's.
_ADDED = (
    "actor_person",
    "actor_kind",
    "actor_unit",
    "actor_role",
    "asset",
    "k",
    "r",
    "t",
    "s",
    "controller",
    "rules_version",
)
_ADDRESS = ("source", "shard", "position", "part", "received", "batch", "class_uid", "activity_id")
_READ = tuple(
    column.name for column in COLUMNS if column.name not in {*_ADDED, *_ADDRESS}
)  # `details` comes last: what had no column of its own


def pages() -> Iterator[Page]:
    """It alone. A shard may hold slashes, so the id is a path."""
    yield Page(path="/event/{event:path}", name="event", may="persons", get=_event, takes=())


def _event(view: View) -> Shown:
    event = view.path["event"]
    home, purpose, who = view.desk.home, view.visitor.purpose, view.visitor.caller
    found = record(home, event, purpose=purpose, who=who)
    part = ADDRESS.fullmatch(event)
    assert part is not None  # `record` found it
    row = next((row for row in found.rows if row["part"] in (int(part["part"]), None)), None)
    if row is None and found.rows:
        raise QuestionError("event", "id", "there is no event of that id")
    values: dict[str, Any] = {
        "id": event,
        "record": found,
        "row": row,
        "text": list(_marked(found)),
        "shortened": found.cut or len(found.text) > _MOST_CHARACTERS,
        "context": _context(found.context),
        "parts": [_part(each, view.language) for each in found.rows[:_MOST_PARTS]],
        "more_parts": max(0, len(found.rows) - _MOST_PARTS),
        "before": f"/event/{found.shard}-{found.position - 1}-0" if found.position else None,
        "after": f"/event/{found.shard}-{found.position + 1}-0",
        "reason": reasons.told(str(row["reason"]), view.language) if row and row["reason"] else None,
        "broken": reasons.told(found.broken, view.language) if found.broken else None,
    }
    if row is not None and row["kind"] == "event":
        values |= _told(view, event, row)
    return Shown("event.html", values)


def _told(view: View, event: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of the event itself."""
    found = explain(view.desk.home, event, purpose=view.visitor.purpose, who=view.visitor.caller)
    (only,) = found.events
    fields = {**row, **only.fields}
    return {
        "fields": fields,
        "concerns": fields["action"] not in told.NO_CONTENT,
        "log": _log(view, row),
        "became": told.became(fields, view.language),
        "said": told.sentence(fields, view.language),
        "met": (*told.facts(fields, _MET, view.language), *_assigned(view, event, fields)),
        "classed": told.facts(fields, _CLASS, view.language),
        "reasons": told.reasons(only, view.language, view.desk.home.tables()),
        "judged": fields["judged"],
        "unjudged": not view.judged,
        "tried": found.tried,
        "untried": told.untried(found, view.language),
        "that_day": _that_day(fields),
        "weekday": fields["time"].astimezone(SWEDEN).isoweekday(),
        "resting": [
            (each, told.rule_title(each, view.language))
            for each in sorted(found.resting, key=lambda each: -each["risk"])
        ],
    }


def _log(view: View, row: Mapping[str, Any]) -> str | None:
    """What an act on a log did to it: `cleared`, `stopped` (nothing was taken away), or `tried`; None of other acts."""
    if row["action"] != "log_clear":
        return None
    if row["outcome"] == "failure":
        return "tried"
    sources = view.desk.home.tables()["sources"]
    mappings = dict(zip(sources["source"].to_pylist(), sources["mapping"].to_pylist(), strict=True))
    return "cleared" if clears(row, mappings.get(row["source"])) else "stopped"


def _assigned(view: View, event: str, fields: Mapping[str, Any]) -> Iterator[told.Fact]:
    """The address that a VPN gave the session which begins or ends here, and its page over the session."""
    file, account, time = question("address_sessions"), fields["actor_account"], fields["time"]
    if fields["action"] not in actions(file) or not account or fields["outcome"] == "failure":
        return
    params = {
        "actor_account": account,
        "counted": False,
        "start": moved(time, -_SESSION),
        "stop": moved(time, _SESSION),
    }
    (found,) = view.answers(file.name, {"actor_account": account}, [Ask(file, params)])
    for row in found.rows.to_pylist():
        if event not in {row["from_event"], row["to_event"]}:
            continue
        ends = {name: row[f"session_{name}_utc"] for name in ("from", "to")}
        seen = [name for name, when in ends.items() if when]
        key = "event.assigned" if len(seen) == len(ends) else f"event.assigned.{seen[0]}"
        text = say(view.language, key, row["assigned_ip"], *(cell("time_utc", ends[name]) for name in seen))
        yield told.Fact(heading("assigned_ip", view.language), text, links.page("assigned_ip", row), "assigned_ip")


def _that_day(fields: Mapping[str, Any]) -> str | None:
    """What the same actor did that day."""
    who = fields["actor_person"] or fields["actor_account"]
    return f"/person/{quote(who, safe='')}?" + urlencode(told.days(fields["time"], fields["time"])) if who else None


def _part(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """One row that the record became, in three parts: what was read from it, what we added, and where it stands."""
    groups = [(name, told.facts(row, columns, language)) for name, columns in
              (("read", _READ), ("added", _ADDED), ("address", _ADDRESS))]  # fmt: skip
    return {
        "part": row["part"],
        "kind": row["kind"],
        "reason": reasons.told(str(row["reason"]), language) if row["reason"] else None,
        "groups": [(name, [fact for fact in facts if fact.text]) for name, facts in groups],
    }


def _marked(found: Record) -> Iterator[tuple[str, bool]]:
    """The record's text in pieces, and whether a piece stands word for word in a column that was read from it."""
    text = found.text[:_MOST_CHARACTERS]
    values: set[str] = set()
    for row in found.rows[:_MOST_PARTS]:
        for column in _READ:
            value = row.get(column)
            if column != "details" and isinstance(value, str) and len(value) >= _SHORTEST:
                values |= {value, json.dumps(value, ensure_ascii=False)[1:-1]}
    at = 0
    for start, end in _places(text, values):
        yield _lines(text[at:start]), False
        yield _lines(text[start:end]), True
        at = end
    yield _lines(text[at:]), False


def _places(text: str, values: set[str]) -> list[tuple[int, int]]:
    """Where VALUES stand in TEXT, the longest first, none within another."""
    taken: list[tuple[int, int]] = []
    for value in sorted(values, key=lambda each: (-len(each), each)):
        start = text.find(value)
        while start >= 0 and len(taken) < 200:  # noqa: PLR2004 - enough for any record that is read
            end = start + len(value)
            if all(end <= one or start >= two for one, two in taken):
                taken.append((start, end))
            start = text.find(value, end)
    return sorted(taken)


def _lines(text: str) -> str:
    """TEXT with what could steer a reader spelt out, its line breaks and tabs kept."""
    return "".join(letter if letter in "\n\t" else printable(letter) for letter in text.replace("\r\n", "\n"))


def _context(text: str) -> list[tuple[str, str]]:
    """What else the record was read with: its file, its header, its sender."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return [("", printable(text))] if text else []
    return [
        (printable(name), cell("", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))
        for name, value in found.items()
        if value not in (None, "", [], {})
    ]
