"""The workbench: several entities on one timeline, pinned events and notes, and how many persons are affected."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pyarrow as pa
import pyarrow.compute as pc

from analytics import workbench as kept
from analytics.answer import Answer, Ask, hold_texts
from analytics.pinned import pinned
from analytics.question import question
from analytics.workbench import Workbench
from dashboards.api.shapes import MEDIA, file_headers, hold_whole
from dashboards.api.shapes import MOST_ROWS as MOST_FILE_ROWS
from dashboards.cells import cell, plain
from dashboards.given import filled, given, swedish
from dashboards.server.held import Found
from dashboards.server.refusals import Refused
from dashboards.web import affected, charts, links, naming, search, told
from dashboards.web.page import Download, Goto, Page, Shown, View
from dashboards.web.render import say
from dashboards.web.sheet import download
from dashboards.web.unsent import shown_again
from schemas.errors import QuestionError
from schemas.vocabulary import ACTIONS, PROVES

_FILTERS = ("actors", "objects", "subjects", "start", "stop", "action", "system", "proves")
_LISTS = {"person": "actors", "account": "actors", "object": "objects", "subject": "subjects"}
_MOST = 5_000  # events that are drawn and counted on the page; a file has more
_PAGE = 50  # events of the table
_MOST_NAMED = 2 * kept.MOST_ENTITIES  # in an address: those that lie there, and as many that don't
_LONGEST = 160  # letters of a pinned event's line; the event's page has all
_RECENT = timedelta(hours=12)  # after which a workbench isn't the one that somebody is working at
_COLOURS = 8
_TOLD = (
    *("time_utc", "actor_account", "action", "outcome", "proves", "object_type", "object_id", "object_path"),
    *("target_account", "subject", "system", "src_ip"),
)
_JSON = "json"
_CODED = ("action", "outcome", "proves")  # columns whose codes a page has words for
_OBJECT, _KEY = "/object?", ("system", "object_type", "object_id", "object_path")  # an object's page, and its key


def pages() -> Iterator[Page]:
    """The list, and one."""
    yield Page(path="/workbench", name="workbenches", may="persons", get=_list, post=_laid, takes=())
    yield Page(path="/workbench/{workbench}", name="workbench", may="persons", get=_workbench, post=_done)


def _list(view: View) -> Shown:
    return Shown("workbenches.html", _listed(view))


def _listed(view: View) -> dict[str, Any]:
    return {
        "workbenches": kept.workbenches(view.desk.home),
        "kind": None,
        "value": None,
        "text": "",
        "title": "",
        "period": {},
    }


def _laid(view: View) -> Goto | Shown:
    """From another page: lay something on the workbench that the visitor works at; or make one, or choose."""
    form = dict(view.form)
    kind, value, title, chosen = (form.get(name, "").strip() for name in ("kind", "value", "title", "workbench"))
    who, purpose, home = view.visitor.caller, view.visitor.purpose, view.desk.home
    period = {name: form[name] for name in ("start", "stop") if form.get(name)}  # of the page that it is laid from
    view.visitor.hold("act", purpose=home.settings.questions.purpose_required)
    try:
        hold_texts("workbench", period)
        if not chosen and "title" in form:
            chosen = kept.open_workbench(home, title, who=who, purpose=purpose)
        if not chosen:
            recent = [each for each in kept.workbenches(home) if who.name in each.last_by]
            recent = [each for each in recent if datetime.now(UTC) - each.last_by[who.name] < _RECENT]
            if not recent:
                hold_texts("workbench", {"value": value})
                return Shown(
                    "workbenches.html",
                    _listed(view) | {"kind": kind, "value": value, "text": _text(kind, value), "period": period},
                )
            chosen = max(recent, key=lambda each: each.last_by[who.name]).id
        if value:
            _lay(view, chosen, kind, value)
    except QuestionError as error:
        if error.reason.startswith("there is no"):
            raise
        shown = shown_again(view.form)
        typed = dict(shown)
        again = {"error": error, "cut": shown != tuple(view.form), "title": typed.get("title", "")}
        laid = (
            {"kind": kind, "value": value, "text": _text(kind, value), "period": {} if again["cut"] else period}
            if typed.get("value") == value
            else {}
        )
        return Shown("workbenches.html", _listed(view) | again | laid, 400)
    return Goto(f"/workbench/{chosen}" + (f"?{urlencode(period)}" if period else ""))


def _lay(view: View, name: str, kind: str, value: str) -> None:
    """Lay an entity on the workbench, or pin an event. A personal number that is typed becomes a token."""
    home = view.desk.home
    if kind == "subject" and value and not value.startswith("p_"):
        value = home.token(value)
    act = "pinned" if kind == "event" else "added"
    kept.note(home, name, act, kind=kind, value=value, who=view.visitor.caller, purpose=view.visitor.purpose)


def _workbench(view: View) -> Shown | Download:
    held = kept.workbench(view.desk.home, view.path["workbench"])
    pairs = filled(view.query)
    own = {"page", "count", "format"}
    extra = {name: text for name, text in pairs if name in own}
    filters = [(name, text) for name, text in pairs if name not in own]
    try:
        chosen = _choice(filters)
        if "format" in extra:
            return _file(view, held, chosen, extra["format"], counts="count" in extra)
        values = _values(view, held, chosen, filters, extra)
    except QuestionError as error:
        return _unanswered(view, held, filters, {"error": error}, 400)
    return Shown("workbench.html", values)


def _done(view: View) -> Goto | Shown:
    """What a form of the page does; then the same view again."""
    name, form = view.path["workbench"], dict(view.form)
    view.visitor.hold("act", purpose=view.desk.home.settings.questions.purpose_required)
    held = kept.workbench(view.desk.home, name)
    filters = [(key, text) for key, text in filled(view.query) if key != "format"]
    place = f"/workbench/{name}" + (f"?{urlencode(filters)}" if filters else "")
    home, who, purpose = view.desk.home, view.visitor.caller, view.visitor.purpose
    note = partial(kept.note, home, name, who=who, purpose=purpose)
    try:
        match form:
            case {"act": "filter"}:
                return Goto(_filtered(view, name))
            case {"act": "add", "kind": "person" | "account" as kind, "value": value}:
                hits, sure = _staff(view, kind, value.strip())
                if len(hits) != 1 or not sure:
                    return _unanswered(view, held, filters, {"choose": hits})
                _lay(view, name, hits[0].kind, hits[0].ident)
            case {"act": "add", "kind": kind, "value": value}:
                _lay(view, name, kind, value.strip())
            case {"remove": entity}:
                kind, _, value = entity.partition(":")
                note("removed", kind=kind, value=value)
                place = f"/workbench/{name}"
            case {"pin": pinned}:
                note("pinned", kind="event", value=pinned)
            case {"unpin": pinned}:
                note("unpinned", kind="event", value=pinned)
            case {"act": "note", "text": text}:
                event = form.get("event")
                note("noted", kind="event" if event else None, value=event or None, text=text)
            case _:
                note(form.get("act", ""))  # which names what there is
    except QuestionError as error:
        return _refused(view, held, filters, error)
    return Goto(place)


def _refused(view: View, held: Workbench, filters: Sequence[tuple[str, str]], error: QuestionError) -> Shown:
    """The page whose form was refused, with what was written in its fields again: nothing is typed twice."""
    typed = shown_again(view.form)
    again = {"error": error, "cut": typed != tuple(view.form), "typed": dict(typed)}
    found = _unanswered(view, held, filters, again, 400)
    if ("act", "filter") in typed:
        chosen = found.values["chosen"]
        chosen.update({name: text for name, text in typed if name in chosen})
    return found


def _staff(view: View, kind: str, value: str) -> tuple[list[search.Hit], bool]:
    """Whom VALUE may mean, as the search has it; an account is the account itself.

    Errors:  QuestionError for nobody at all, or a personal number.
    """
    hold_texts("workbench", {"value": value})
    accounts = view.desk.home.tables()["accounts"]["account"]
    known = pc.any(pc.equal(pc.utf8_lower(accounts), value.lower())).as_py()
    hits, sure = search.staff(view, value) if value and not (kind == "account" and known) else ([], False)
    if kind == "account" and not sure:
        return [search.Hit("account", value, "", ident=value)], True
    if not hits:
        raise QuestionError("workbench", "value", "is nobody whom the staff directory knows")
    return hits, sure


def _filtered(view: View, name: str) -> str:
    """The address of the form's filters. Errors: QuestionError for what may not stand in one."""
    pairs = [(key, text) for key, text in filled(view.form) if key not in {"act", "entity"}]
    pairs += [(_LISTS[kind], value) for kind, _, value in _entities(view.form) if kind in _LISTS]
    hold_texts("workbench", {f"{number} {key}": text for number, (key, text) in enumerate(pairs)})
    _choice(pairs)
    return f"/workbench/{name}" + (f"?{urlencode(pairs)}" if pairs else "")


def _entities(form: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [text.partition(":") for key, text in form if key == "entity"]


def _choice(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What PAIRS of an address choose. Errors: QuestionError for what is no filter, or more entities than are told."""
    params = [param for param in question("timeline").params if param.name in _FILTERS]
    found = given("workbench", params, [(name, swedish(name, text)) for name, text in pairs])
    if sum(len(found.get(column, ())) for column in set(_LISTS.values())) > _MOST_NAMED:
        raise QuestionError("workbench", "entity", f"there are more than {_MOST_NAMED}")
    return found


def _marks(view: View, held: Workbench, chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each entity of the workbench, and of the address, with its letter, colour and whether it is shown.

    Those of an address are shown alone; without any, all that lie on the workbench are.
    """
    entities = list(held.entities)
    named = {(column, value) for column in ("actors", "objects", "subjects") for value in chosen.get(column, ())}
    known = {(_LISTS[kind], value) for kind, value in entities}
    kinds = {"actors": "account", "objects": "object", "subjects": "subject"}
    entities += [(kinds[column], value) for column, value in sorted(named - known)]
    persons = naming.called(view.desk.home.tables(), "person", [value for kind, value in entities if kind == "person"])
    return [
        {
            "kind": kind,
            "value": value,
            "text": _text(kind, value),
            "thing": _thing(kind, value),
            "letter": chr(ord("A") + number) if number < 26 else f"{number + 1}",  # noqa: PLR2004 - letters
            "colour": f"e{number % _COLOURS}",
            "name": persons.get(value, ""),
            "shown": not named or (_LISTS[kind], value) in named,
            "kept": (kind, value) in held.entities,
            "href": _page(kind, value),
        }
        for number, (kind, value) in enumerate(entities)
    ]


def _thing(kind: str, value: str) -> dict[str, str]:
    """System, type and id (or path) of an object that lies there by its page's address.

    Empty for one that lies there by its id alone, as what is typed does: it is whatever is called so in any system.
    """
    if kind != "object" or not value.startswith(_OBJECT):
        return {}
    found = {name: text for name, text in parse_qsl(value.removeprefix(_OBJECT)) if name in _KEY}
    return found if "system" in found and found.keys() & {"object_id", "object_path"} else {}


def _text(kind: str, value: str) -> str:
    thing = _thing(kind, value)
    named = [thing.get("object_type"), thing.get("object_id") or thing.get("object_path")]
    return f"{' '.join(filter(None, named))}, {thing['system']}" if thing else value


def _page(kind: str, value: str) -> str | None:
    if kind == "object":
        called = "/question/who_accessed_object?" + urlencode({"object_id": value, "ask": "1"})  # it, or a path
        return value if _thing(kind, value) else links.short(called)
    return links.short(f"/{'subject' if kind == 'subject' else 'person'}/{quote(value, safe='')}")


def _asked(marks: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the timeline is asked: the entities that are shown, the period and the filters.

    Objects of one system and nothing else are asked for in it; else `_answered` takes away what is called alike.
    """
    asked: dict[str, Any] = {name: value for name, value in chosen.items() if name not in _LISTS.values()}
    shown = [mark for mark in marks if mark["shown"]]
    for mark in shown:
        thing = mark["thing"]
        named = thing.get("object_id") or thing.get("object_path") or mark["value"]
        listed = asked.setdefault(_LISTS[mark["kind"]], [])
        if named not in listed:
            listed.append(named)
    systems = {mark["thing"].get("system") for mark in shown}
    if len(systems) == 1 and (system := systems.pop()):
        asked.setdefault("system", system)
    return asked


def _answered(
    view: View, held: Workbench, asked: Mapping[str, Any], marks: Sequence[Mapping[str, Any]], most: int
) -> Answer:
    """The timeline of what is ASKED, without events of what has the same id as a thing of MARKS in another system."""
    about = {"workbench": held.id, **asked}
    (found,) = view.answers("workbench", about, [Ask(question("timeline"), asked)], most=most)
    if not any(mark["thing"] for mark in marks):
        return found
    touched = pa.array([bool(_touched(row, marks)) for row in found.rows.to_pylist()], pa.bool_())
    return replace(found, rows=found.rows.filter(touched))


def _touched(row: Mapping[str, Any], marks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The entities that an event touches."""
    columns = {
        "actors": ("actor_account", "actor_person", "target_account"),
        "objects": ("object_id", "object_path"),
        "subjects": ("subject",),
    }
    return [
        mark
        for mark in marks
        if mark["shown"]
        and (
            all(row[column] == text for column, text in mark["thing"].items())
            if mark["thing"]
            else any(row[column] == mark["value"] for column in columns[_LISTS[mark["kind"]]])
        )
    ]


def _unanswered(
    view: View, held: Workbench, filters: Sequence[tuple[str, str]], more: Mapping[str, Any], status: int = 200
) -> Shown:
    """The page without an answer, with MORE."""
    pins = _pins(view, held, _outside(view, held, None), {})
    return Shown("workbench.html", {**_blank(view, held, filters), "pins": pins, **more}, status)


def _blank(view: View, held: Workbench, filters: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What the page has without an answer."""
    try:
        chosen = _choice(filters)
    except QuestionError:
        chosen = {}
    marks = _marks(view, held, chosen)
    return {
        "held": held,
        "marks": marks,
        "kinds": kept.ENTITIES,
        "actions": tuple(ACTIONS),
        "proves": tuple(PROVES),
        "chosen": {name: str(chosen.get(name) or "") for name in ("start", "stop", "action", "system", "proves")},
        "filtered": any(name not in _LISTS.values() for name in chosen) or any(not mark["shown"] for mark in marks),
        "general": [each for each in held.notes if each.event not in held.pins],
        "typed": {},  # what a form held that was refused
        "here": f"/workbench/{held.id}" + (f"?{urlencode(filters)}" if filters else ""),
    }


def _values(
    view: View,
    held: Workbench,
    chosen: Mapping[str, Any],
    filters: Sequence[tuple[str, str]],
    extra: Mapping[str, str],
) -> dict[str, Any]:
    values = _blank(view, held, filters)
    values |= {"page": _number(extra.get("page", "1"))}
    asked = _asked(values["marks"], chosen)
    if not any(asked.get(name) for name in _LISTS.values()):
        return values | {"pins": _pins(view, held, _outside(view, held, None), {})}
    number = values["page"]
    found = _answered(view, held, asked, values["marks"], _MOST)
    shown = found.rows.to_pylist()
    values |= {
        "statement": found.statement,
        "events": len(shown),
        "more": found.more,
        "chart": _chart(shown, values["marks"], view),
        "lines": _lines(found, (number - 1) * _PAGE, values["marks"], held, view.language),
        "before": _again(held, filters, page=number - 1) if number > 1 else None,
        "after": _again(held, filters, page=number + 1) if number * _PAGE < len(shown) else None,
        "files": [(kind, _again(held, filters, format=kind)) for kind in (*MEDIA, _JSON) if kind != "arrow"],
        "pins": _pins(
            view,
            held,
            _outside(view, held, found),
            {row["event_id"]: row for row in shown if row["event_id"] in held.pins},
        ),
        "systems": sorted({row["system"] for row in shown if row["system"]}),
        "count": _again(held, filters, count="1"),
    }
    if asked.get("actors") or asked.get("objects"):
        values["countable"] = [
            (kind, _again(held, filters, format=kind, count="1")) for kind in MEDIA if kind != "arrow"
        ]
        if extra.get("count"):
            counted = affected.counted(view, held.id, asked, values["marks"], found)
            values["affected"] = counted and affected.shown(
                counted, view.language, lambda **more: _again(held, filters, **more)
            )
    return values


def _outside(view: View, held: Workbench, found: Answer | None) -> list[dict[str, Any]]:
    """The pinned events that are none of those FOUND, in order of time, each with why as `outside` (schemas.terms).

    Those that the lake hasn't come last, by their ids alone. Without an answer nothing is outside of it.
    """
    inside = set(found.rows["event_id"].to_pylist()) if found else set()
    missing = [event for event in held.pins if event not in inside]
    if not missing:
        return []
    table = pinned(view.desk.home, held.id, missing, purpose=view.visitor.purpose, who=view.visitor.caller)
    known = table.to_pylist()
    lost = sorted(set(missing) - {row["event_id"] for row in known})
    rows = [*known, *(dict.fromkeys(table.column_names) | {"event_id": event} for event in lost)]
    return [row | {"outside": _why(row, found)} for row in rows]


def _why(row: Mapping[str, Any], found: Answer | None) -> str | None:
    """Why the pinned event ROW is none of those FOUND; None where nothing was asked for."""
    time = row["time_utc"]
    if time is None:
        return "missing"
    if found is None:
        return None
    start, stop = found.statement.start, found.statement.stop
    if (start and time < start) or (stop and time >= stop):
        return "period"
    beyond = found.more and (not len(found.rows) or time >= found.rows["time_utc"][-1].as_py())
    return "more" if beyond else "choice"


def _pins(
    view: View,
    held: Workbench,
    outside: Sequence[Mapping[str, Any]],
    inside: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The pinned events as the page tells them: those INSIDE the choice by id, and those OUTSIDE with why."""
    rows = {**inside, **{row["event_id"]: row for row in outside}}
    found = []
    for event, pin in held.pins.items():
        why = rows[event].get("outside")
        said = event if why == "missing" else _said(rows[event], view.language)
        found.append(
            {
                "event": event,
                "pin": pin,
                "said": said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…",
                "outside": _outside_said(why, view.language),
                "notes": [each for each in held.notes if each.event == event],
            }
        )
    return found


def _outside_said(why: str | None, language: str) -> str | None:
    """WHY a pinned event lies outside, in a sentence."""
    return say(language, f"workbench.outside.{why}") if why else None


def _said(row: Mapping[str, Any], language: str) -> str:
    """A pinned event in one line."""
    columns = ("time_utc", "actor_account", "action", "object_type", "system")
    told = [cell(column, row[column], language) for column in columns]
    thing = cell("object_path", row["object_path"] or row["object_id"] or row["target_account"], language)
    return " ".join(filter(None, [*told[:4], thing, told[4]]))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= _MOST // _PAGE:
        raise Refused(400, "want a whole number", "page")
    return int(text)


def _again(held: Workbench, filters: Sequence[tuple[str, str]], **more: Any) -> str:
    """The address of the same view, with MORE."""
    kept_pairs = [(name, text) for name, text in filters if name not in more]
    return f"/workbench/{held.id}?" + urlencode([*kept_pairs, *((name, str(value)) for name, value in more.items())])


def _chart(shown: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], view: View) -> Any:
    """The events on a lane an entity; None if there is none."""
    if not shown:
        return None
    drawn = [
        charts.Mark(
            row["time_utc"],
            f"{mark['letter']} {mark['name'] or mark['text']}",
            " ".join(
                [
                    f"{mark['letter']}: {cell('action', row['action'], view.language)}",
                    row["object_path"] or row["object_id"] or "",
                    row["system"] or "",
                ]
            ),
            f"/event/{quote(row['event_id'], safe='')}",
            mark["colour"],
        )
        for mark in marks
        for row in shown
        if mark in _touched(row, [mark])
    ]
    first, last = shown[0]["time_utc"], shown[-1]["time_utc"]
    return charts.timeline(
        drawn, first, max(last, first + timedelta(minutes=1)), say(view.language, "workbench.timeline")
    )


def _lines(
    found: Answer, first: int, marks: Sequence[Mapping[str, Any]], held: Workbench, language: str
) -> dict[str, Any]:
    """A page of the table: each event with its entities' marks, and cells by what they tell."""
    part = found.rows.slice(first, _PAGE).to_pylist()
    return {
        "first": first + 1,
        "rows": [
            {
                "event": row["event_id"],
                "marks": _touched(row, marks),
                "pinned": row["event_id"] in held.pins,
                "thing": links.page("object_id", row),
                **{column: (cell(column, row[column], language), links.page(column, row)) for column in _TOLD},
                "proves": (told.proves(row, language), None),
            }
            for row in part
        ],
    }


def _file(view: View, held: Workbench, chosen: Mapping[str, Any], kind: str, *, counts: bool) -> Download:
    """The selection as a file, with marks, pins and notes; or, if it COUNTS, the persons affected as a table.

    JSON has both. Errors: Refused for another kind, or too many rows.
    """
    if kind not in MEDIA and kind != _JSON:
        raise Refused(400, f"want one of {', '.join((*MEDIA, _JSON))}", "format")
    marks = _marks(view, held, chosen)
    asked = _asked(marks, chosen)
    answer = _answered(view, held, asked, marks, MOST_FILE_ROWS)
    hold_whole(Found("workbench", answer.rows, answer.statement, answer.more))
    counted = affected.counted(view, held.id, asked, marks, answer) if counts or kind == _JSON else None
    if counts and kind != _JSON:
        if counted is None:
            raise QuestionError("workbench", "count", "nothing there can be counted")
        name, rested = f"persons_affected-{held.id}", counted.found
        return download(view, kind, Found(name, rested.rows, rested.statement), counted.below(view.language))
    inside = answer.rows.append_column("outside", pa.nulls(len(answer.rows), pa.string()))
    outside = pa.Table.from_pylist(_outside(view, held, answer), inside.schema)
    every = pa.concat_tables([inside, outside]).sort_by([("time_utc", "ascending"), ("event_id", "ascending")])
    found = Found(f"workbench-{held.id}", _with_pins(every, marks, held), answer.statement)
    if kind != _JSON:
        return download(view, kind, found)
    return _document(view, held, found, marks, asked, affected.document(counted, view.language))


def _document(
    view: View,
    held: Workbench,
    found: Found,
    marks: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Any],
    counted: Mapping[str, Any],
) -> Download:
    """All of the workbench for programs (docs/pages.md): the rows FOUND, and what was COUNTED."""
    rows = [
        plain(row) | {"in_words": {name: _in_words(name, row, view.language) for name in _CODED}}
        for row in found.rows.to_pylist()
    ]
    events = {row["event_id"]: row for row in rows}
    document = {
        "workbench": held.id,
        "title": held.title,
        "opened": plain(held.opened),
        "opened_by": held.opened_by,
        "selection": plain(dict(asked)),
        "entities": [
            {name: mark[name] for name in ("letter", "kind", "value")} | mark["thing"]
            for mark in marks
            if mark["shown"]
        ],
        "pins": [
            {
                "event_id": event,
                "noted": plain(pin.noted),
                "noted_by": pin.noted_by,
                "outside": events[event]["outside"],
                "said": _outside_said(events[event]["outside"], view.language),
                "event": None if events[event]["outside"] == "missing" else events[event],
            }
            for event, pin in held.pins.items()
        ],
        "notes": [
            {"event_id": each.event, "note": each.text, "noted": plain(each.noted), "noted_by": each.noted_by}
            for each in held.notes
        ],
        "persons_affected": counted,
        "rows": [row for row in rows if row["outside"] is None],
        "statement": found.statement.lines(view.language),
        "complete": not found.statement.faults,
    }
    headers = file_headers(found, _JSON, view.language)
    return Download(json.dumps(document, ensure_ascii=False, indent=1).encode(), "application/json", headers)


def _in_words(column: str, row: Mapping[str, Any], language: str) -> str:
    """ROW's code in COLUMN, as the page says it."""
    return told.proves(row, language) if column == "proves" else cell(column, row[column], language)


def _with_pins(found: pa.Table, marks: Sequence[Mapping[str, Any]], held: Workbench) -> pa.Table:
    """FOUND with the letters of each event's entities, if it is pinned, and its notes; last why it is `outside`."""
    notes: dict[str, list[str]] = {}
    for each in held.notes:
        if each.event:
            notes.setdefault(each.event, []).append(f"{each.noted_by}: {each.text}")
    shown = found.to_pylist()
    letters = [" ".join(mark["letter"] for mark in _touched(row, marks)) for row in shown]
    said = ["\n".join(notes[row["event_id"]]) if row["event_id"] in notes else None for row in shown]
    pinned = [row["event_id"] in held.pins for row in shown]
    return (
        found.drop_columns("outside")
        .append_column("marks", pa.array(letters, pa.string()))
        .append_column("pinned", pa.array(pinned, pa.bool_()))
        .append_column("notes", pa.array(said, pa.string()))
        .append_column("outside", found["outside"])
    )
