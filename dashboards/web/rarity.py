"""How rare it was for somebody to touch what a finding rests on: drawn beside how many colleagues had, with a table."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from analytics.answer import Answer, Ask
from analytics.calendar import moved
from analytics.detect.explain import Event
from analytics.question import question
from dashboards.cells import heading, printable
from dashboards.web import charts, links
from dashboards.web.page import View
from dashboards.web.period import Reach
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows

_DAYS = 400  # that are counted, as far as the logs reach
_SAME_DAYS = (
    1  # before the finding: a search a while before belongs to what was found, and isn't that it was done before
)
_MOST = 8  # bars
_TOKEN = 12  # characters of a token
_PARTS = re.compile(r"[/\\]")
_LONGEST = 40  # of a file's name
_TEENS = (11, 12, 13)


def ask(row: Mapping[str, Any], events: Sequence[Event]) -> Ask | None:
    """What is asked about the finding ROW and those of its EVENTS that are told; None where nobody touched anything."""
    who = row["actor_person"] or row["actor_account"]
    subjects = {each.fields["about"]: None for each in events if each.fields["about"]}
    objects = {each.fields["object_id"]: None for each in events if _is_object(each)}
    if not who or not (subjects or objects):
        return None
    stop = _until(row)
    period = {"start": moved(stop, -_DAYS), "stop": stop}
    return Ask(
        question("touched_before"), {"person": who, "subjects": list(subjects), "objects": list(objects), **period}
    )


def _until(row: Mapping[str, Any]) -> datetime:
    return moved(row["first"], -_SAME_DAYS)


def drawn(found: Answer, row: Mapping[str, Any], events: Sequence[Event], view: View) -> dict[str, Any] | None:
    """The answer FOUND to `ask` as a sentence about what was rarest, bars and a table; None where it has no row."""
    every = found.rows.to_pylist()
    first, until = view.desk.keep(Reach).first(), _until(row)
    if not every or first is None or first >= until:
        return None
    days = min(_DAYS, (until - first).days + 1)
    of = every[0]["colleagues"]
    of_objects = {each.fields["object_id"]: each.fields for each in events if _is_object(each)}
    things = [_thing(each, of_objects) for each in every]
    points = [
        charts.Point(
            thing.text, each["colleagues_before" if of else "others_before"], thing.href, _kind(each["own_before"])
        )
        for each, thing in zip(every[:_MOST], things, strict=False)
    ]
    name = say(view.language, "rarity.bars" if of else "rarity.bars.others")
    unit = say(view.language, "rarity.of", charts.number(of)) if of else ""
    return {
        "says": sentence(every[0], things[0].text if len(every) > 1 else "", days, view.language),
        "bars": charts.bars(points, name, unit, of),
        "name": name,
        "table": _table(every, things, unit, view.language),
        "note": say(view.language, "rarity.note", _DAYS),
    }


def _table(every: Sequence[Mapping[str, Any]], things: Sequence[Cell], unit: str, language: str) -> Rows:
    """All of them, colleagues only where any is known."""
    names = [f"{name}_before" for name in ("own", *(["colleagues"] if unit else []), "others")]
    body = []
    for each, thing in zip(every, things, strict=True):
        counts = {name: charts.number(each[name]) for name in names}
        if unit:
            counts["colleagues_before"] += f" {unit}"
        body.append((thing, *(Cell(text, number=True) for text in counts.values())))
    return Rows((say(language, "rarity.thing"), *(heading(name, language) for name in names)), tuple(body))


def _kind(own_before: int) -> str:
    return "" if own_before else "high"


def _is_object(event: Event) -> bool:
    """Whether it is known by what it touched, and not by whom that is about."""
    return bool(event.fields["object_id"]) and not event.fields["about"]


def sentence(row: Mapping[str, Any], label: str, days: int, language: str) -> str:
    """The sentence of the rarest: the how manieth of so many, or how many others where no colleague is known."""
    had, of = row["colleagues_before"], row["colleagues"]
    within = say(language, "rarity.day" if days == 1 else "rarity.days", days)
    if not of:
        key, given = ("again.others" if row["own_before"] else "first.others"), [charts.number(row["others_before"])]
    elif row["own_before"]:
        key, given = ("again" if had else "again.alone"), [charts.number(had), charts.number(of)]
    else:
        key, given = "first", [nth(had + 1, language), charts.number(of + 1)]
    said = say(language, f"rarity.{key}", within, *given)
    return f"{say(language, 'rarity.most', label)} {said}" if label else said


def nth(number: int, language: str) -> str:
    """3:e, 21:a; 3rd, 21st."""
    last = 0 if number % 100 in _TEENS else number % 10
    endings = {1: ":a", 2: ":a"} if language == "sv" else {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{endings.get(last, ':e' if language == 'sv' else 'th')}"


def _thing(row: Mapping[str, Any], of_objects: Mapping[str, Mapping[str, Any]]) -> Cell:
    """What a reader knows it by, and its page: a token's beginning; an object's name without its folder, or its id."""
    if row["about"]:
        return Cell(f"{row['about'][:_TOKEN]}…", links.page("about", row), row["about"])
    fields = of_objects.get(row["object_id"], {})
    named = printable(fields.get("object_path") or row["object_id"])
    text = _PARTS.split(named.rstrip("/"))[-1] or named
    text = f"…{text[-_LONGEST:]}" if len(text) > _LONGEST else text
    return Cell(text, links.page("object_id", fields), named)
