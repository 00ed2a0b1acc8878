"""A silent source on its finding's page: when it was silent, for how long it may be, and what can't be answered."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow.compute as pc

from analytics.detect.explain import Told
from dashboards.cells import cell
from dashboards.health import Health
from dashboards.web import facts, links, naming, told
from dashboards.web.page import View
from dashboards.web.render import duration, say
from dashboards.web.rows import Cell, Rows

RULE = "silent_source"
STANDS = frozenset({"source", "since_utc", "until_utc"})  # facts of the rule that are told here
_HEADS = ("before", "after", "for")
_MOST = 100  # silences that are shown, the first of them


def of(view: View, found: Told, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of the source that ROW found silent; None for another rule's finding."""
    source = _facts(row).get("source") if row["detection"] == RULE else None
    if not source:
        return None
    tables, language = view.desk.home.tables(), view.language
    declared = {each["source"]: each for each in tables["sources"].to_pylist()}
    own = declared.get(source)
    silences = list(_silences(view, source, row))
    logged = {
        each: name for name, each in declared.items() if own and _beside(each, own) for each in each["logs"] or ()
    }
    logs = (own["logs"] or ()) if own else ()
    system = (own and own["system"]) or row["system"]
    return {
        "source": source,
        "system": system,
        "href": f"/health/{quote(source, safe='')}",
        "limit": duration(language, own["silent_after_s"]) if own and own["silent_after_s"] else None,
        "declared": own is not None,
        "times": _times(silences or list(_found(row)), _events(found, source), language),
        "now": bool(silences),
        "logs": cell("logs", list(logs), language),
        "alone": cell("logs", [each for each in logs if each not in logged], language),
        "others": sorted({logged[each] for each in logs if each in logged}),
        "assets": list(_assets(tables, system, row["last"], language)),
        "that_time": f"/system/{quote(system, safe='')}?" + urlencode(told.days(row["first"], row["last"]))
        if system
        else None,
    }


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["facts"] or "{}")
    return found


def _beside(other: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether OTHER is another source of the same system as OWN."""
    return other["source"] != own["source"] and bool(own["system"]) and other["system"] == own["system"]


def _silences(view: View, source: str, row: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime | None]]:
    """Those of SOURCE in the time of ROW, by what the lake holds now; one that goes on has no end."""
    for state in view.desk.keep(Health).sources().statement.sources:
        for since, until in state.silences if state.source == source else ():
            if since < row["last"] and until > row["first"]:
                yield since, None if since == state.reach_utc else until


def _found(row: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime | None]]:
    """The last silence as the finding has it."""
    kept = _facts(row)
    if kept.get("since_utc"):
        until = kept.get("until_utc")
        yield datetime.fromisoformat(kept["since_utc"]), datetime.fromisoformat(until) if until else None


def _events(found: Told, source: str) -> dict[datetime, str]:
    """The events of SOURCE that are told, by their time."""
    return {each.fields["time"]: each.fields["event_id"] for each in found.events if each.fields["source"] == source}


def _times(silences: list[tuple[datetime, datetime | None]], events: Mapping[datetime, str], language: str) -> Rows:
    def moment(time: datetime | None) -> Cell:
        if time is None:
            return Cell(say(language, "silence.still"))
        return Cell(cell("time", time, language), links.page("event_id", {"event_id": events.get(time)}), moment=True)

    body = tuple(
        (moment(since), moment(until), Cell(_long(int((until - since).total_seconds()), language) if until else ""))
        for since, until in silences[:_MOST]
    )
    return Rows(tuple(say(language, f"silence.{each}") for each in _HEADS), body, len(silences) > _MOST)


def _long(seconds: int, language: str) -> str:
    """SECONDS in two units, so that what is a little more than it may be is seen to be more."""
    units = (("days", 86_400, 3_600), ("hours", 3_600, 60), ("minutes", 60, 1))
    unit, size, part = next((each for each in units if seconds >= 2 * each[1]), units[-1])
    return say(language, f"silence.for.{unit}", seconds // size, seconds % size // part)


def _assets(tables: naming.Tables, system: str | None, when: datetime, language: str) -> Iterator[Cell]:
    """The information assets that lay in SYSTEM then, with their confidentiality, the highest first."""
    if system is None:
        return
    held = facts.at(tables["assets"], when)
    current = held.filter(pc.is_in(held["asset"], facts.in_system(tables["assets"], system))).to_pylist()
    for row in sorted(
        (each for each in current if system in (each["systems"] or ())), key=lambda each: (-each["k"], each["name"])
    ):
        yield Cell(say(language, "silence.asset", row["name"], row["k"]), links.page("asset", row))
