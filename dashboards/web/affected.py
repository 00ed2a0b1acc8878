"""Persons affected by what lies on a workbench, as an interval beside the threshold of the incident rules."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from analytics.answer import Ask
from analytics.question import question
from dashboards.cells import cell, heading
from dashboards.web.page import View
from dashboards.web.render import number, say
from dashboards.web.rows import Cell, Rows

THRESHOLD = 500  # natural persons whose protected information was accessed without right: MCFFS 2026:8
_EVENTS = frozenset({"content", "possible", "attempt"})  # reasons that are events, which a link can lead to
_COLUMNS = ("bound", "why", "system", "subjects", "objects", "events")


def counted(
    view: View,
    workbench: str,
    asked: Mapping[str, Any],
    marks: Sequence[Mapping[str, Any]],
    shown: Sequence[Mapping[str, Any]],
    again: Callable[..., str],
) -> dict[str, Any]:
    """The interval of what ASKED chooses: in its period, or from the first event SHOWN to the last.

    Actors come before objects: an object that lies there too is no bound on what the actors did. An object is counted
    as MARKS have it: in its system, or, by an id alone, in any. AGAIN gives the address of the same view with other
    filters.
    """
    laid = [mark for mark in marks if mark["shown"] and mark["kind"] == "object"]
    objects = [mark["value"] for mark in laid if not mark["thing"]]
    within = [_within(mark["thing"]) for mark in laid if mark["thing"]]
    which = {"actors": asked["actors"]} if asked.get("actors") else {"objects": objects, "objects_in": within}
    start = asked.get("start") or shown[0]["time_utc"]
    stop = asked.get("stop") or shown[-1]["time_utc"] + timedelta(microseconds=1)
    params = {**which, "start": start, "stop": stop}
    about = {"workbench": workbench, **params}
    (found,) = view.answers("persons_affected", about, [Ask(question("persons_affected"), params)])
    rows = found.rows.to_pylist()
    return {
        **interval(rows),
        "reasons": sorted({row["why"] for row in rows} - {"all"}),
        "table": _rows([row for row in rows if row["why"] != "all"], view.language, again),
        "start": found.statement.start,
        "stop": found.statement.stop,
        "by": "actors" if "actors" in which else "objects",
        "statement": found.statement,
    }


def sentences(rows: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """What the numbers of the answer ROWS don't say by themselves, as the page does: no ceiling, and the threshold."""
    return [say(language, key, *given) for key, given in interval(rows)["said"]]


def interval(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The interval of the answer ROWS, how it stands to the threshold, and the sentences that say so.

    `said` holds each text's key and what it is given: how many, with what is unknown if anything is, last the verdict.
    """
    totals = {row["bound"]: row for row in rows if row["why"] == "all"}
    least = totals["least"]["subjects"] if "least" in totals else 0
    most = totals["most"]["subjects"] if "most" in totals else 0
    unknown = totals["most"]["objects"] if "most" in totals else 0
    verdict = "over" if least >= THRESHOLD else "under" if most < THRESHOLD and not unknown else "open"
    bounds = (number(least), number(most))
    said = ("affected.interval.open", (*bounds, number(unknown))) if unknown else ("affected.interval", bounds)
    return {
        "least": least,
        "most": most,
        "unknown": unknown,
        "threshold": THRESHOLD,
        "verdict": verdict,
        "said": [said, (f"affected.verdict.{verdict}", (THRESHOLD,))],
        "scale": _scale(least, most),
    }


def _within(thing: Mapping[str, str]) -> str:
    """An object of one system, as the question takes it."""
    return "|".join([thing["system"], thing.get("object_type", ""), thing.get("object_id") or thing["object_path"]])


def _scale(least: int, most: int) -> dict[str, Any]:
    """Where the interval and the threshold stand, in per cent of the drawing's width."""
    end = max(most, THRESHOLD) * 1.1
    left, right = 100 * least / end, 100 * most / end
    wide = max(right - left, 0.6)
    return {"left": f"{left:.2f}%", "width": f"{wide:.2f}%", "threshold": f"{100 * THRESHOLD / end:.2f}%"}


def _rows(rows: Sequence[Mapping[str, Any]], language: str, again: Callable[..., str]) -> Rows:
    """The reasons as a table; a count of events leads to those of the timeline."""
    return Rows(
        tuple(heading(column, language) for column in _COLUMNS),
        tuple(tuple(_cell(column, row, language, again) for column in _COLUMNS) for row in rows),
    )


def _cell(column: str, row: Mapping[str, Any], language: str, again: Callable[..., str]) -> Cell:
    href = None
    if column == "events" and row["events"] and row["why"] in _EVENTS and row["system"]:
        href = again(proves=row["why"], system=row["system"])
    return Cell(cell(column, row[column], language), href, number=column in {"subjects", "objects", "events"})
