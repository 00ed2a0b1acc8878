"""Persons affected by what lies on a workbench, as an interval beside the threshold of the incident rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa

from analytics.answer import Answer, Ask
from analytics.completeness import Statement
from analytics.question import question
from dashboards.cells import cell, heading, plain
from dashboards.web.page import View
from dashboards.web.render import number, say
from dashboards.web.rows import Cell, Rows

THRESHOLD = 500  # natural persons whose protected information was accessed without right: MCFFS 2026:8
_EVENTS = frozenset({"content", "possible", "attempt"})  # reasons that are events, which a link can lead to
_RULES = ("threshold", "report", "gdpr", "verify")
_FILTERS = ("action", "system", "proves")  # of the timeline, which the number doesn't heed
_COLUMNS = ("bound", "why", "system", "subjects", "objects", "events")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many were counted, BY `actors` or `objects`: the answer FOUND, and keys of sentences about it (`beside`)."""

    by: str
    found: Answer
    beside: tuple[str, ...] = ()

    @property
    def interval(self) -> dict[str, Any] | None:
        """The interval; None if the answer says nothing (`of`)."""
        return of(self.found.rows, self.found.statement)

    def what(self, language: str) -> list[str]:
        """What was counted, in which period, as the page says it."""
        period = (cell("time_utc", each) for each in (self.found.statement.start, self.found.statement.stop))
        keys = ["affected.all", *self.beside]
        return [say(language, f"affected.by.{self.by}", *period), *(say(language, key) for key in keys)]

    def said(self, language: str) -> list[str]:
        """How many, and how that stands to the threshold; or that nothing was found."""
        return sentences(self.found.rows, self.found.statement, language) or [say(language, "affected.nothing")]

    def below(self, language: str) -> list[str]:
        """All that stands below the reasons in a file: also what was counted, and what the threshold rests on."""
        return [*self.said(language), *self.what(language), *rules(language)]

    def rows(self) -> list[dict[str, Any]]:
        """The reasons, without their sums."""
        return [row for row in self.found.rows.to_pylist() if row["why"] != "all"]


def counted(
    view: View,
    workbench: str,
    asked: Mapping[str, Any],
    marks: Sequence[Mapping[str, Any]],
    found: Answer,
) -> Counted | None:
    """How many are affected by what ASKED chooses: in its period, or from the first event FOUND to the last.

    Actors come before objects: an object that lies there too is no bound on what the actors did. An object is counted
    as MARKS have it: in its system, or, by an id alone, in any. None without actors and objects, or a period.
    """
    laid = [mark for mark in marks if mark["shown"] and mark["kind"] == "object"]
    objects = [mark["value"] for mark in laid if not mark["thing"]]
    within = [_within(mark["thing"]) for mark in laid if mark["thing"]]
    which = {"actors": asked["actors"]} if asked.get("actors") else {"objects": objects, "objects_in": within}
    start, stop = asked.get("start"), asked.get("stop")
    if len(found.rows):
        start = start or found.rows["time_utc"][0].as_py()
        stop = stop or found.rows["time_utc"][-1].as_py() + timedelta(microseconds=1)
    if not any(which.values()) or not start or not stop:
        return None
    params = {**which, "start": start, "stop": stop}
    about = {"workbench": workbench, **params}
    (answer,) = view.answers("persons_affected", about, [Ask(question("persons_affected"), params)])
    beside = ["affected.unfiltered"] if any(asked.get(name) for name in _FILTERS) else []
    beside += ["affected.cut"] if found.more and not asked.get("stop") else []
    return Counted("actors" if "actors" in which else "objects", answer, tuple(beside))


def shown(counted: Counted, language: str, again: Callable[..., str]) -> dict[str, Any]:
    """What was COUNTED as the page shows it. AGAIN gives the address of the same view with other filters."""
    return {
        "interval": counted.interval,
        "reasons": sorted({row["why"] for row in counted.rows()}),
        "table": _rows(counted.rows(), language, again),
        "what": counted.what(language),
        "rules": rules(language),
        "statement": counted.found.statement,
    }


def document(counted: Counted | None, language: str) -> dict[str, Any]:
    """What was COUNTED for programs (docs/pages.md); None: nothing was, and its sentence says so."""
    told = counted.interval if counted else None
    return {
        "at_least": told["least"] if told else None,
        # What isn't known may be about anybody: a number that is no ceiling must not be taken for one.
        "at_most": told["most"] if told and not told["unknown"] else None,
        "at_most_known": told["most"] if told else None,
        "unknown_objects": told["unknown"] if told else None,
        "threshold": THRESHOLD,
        "verdict": told["verdict"] if told else None,
        "said": counted.said(language) if counted else [say(language, "affected.uncounted")],
        "threshold_rests_on": rules(language),
        "counted": counted.what(language) if counted else [],
        "counted_by": counted.by if counted else None,
        "start": counted and plain(counted.found.statement.start),
        "stop": counted and plain(counted.found.statement.stop),
        "reasons": [
            row
            | {
                "in_words": {name: cell(name, row[name], language) for name in ("bound", "why")},
                "means": say(language, f"affected.why.{row['why']}"),
            }
            for row in (counted.rows() if counted else ())
        ],
        "statement": counted.found.statement.lines(language) if counted else [],
        "complete": not counted.found.statement.faults if counted else None,
    }


def of(found: pa.Table, statement: Statement) -> dict[str, Any] | None:
    """The interval of the answer FOUND; None where it says nothing about how many.

    That is without any row (also whatever is misspelt has none), or where who was asked about is unknown and did
    nothing.
    """
    rows = found.to_pylist()
    if not rows or (statement.strangers and not any(row["events"] for row in rows)):
        return None
    return interval(rows)


def sentences(found: pa.Table, statement: Statement, language: str) -> list[str]:
    """What the numbers of the answer FOUND don't say by themselves, as the page does: no ceiling, and the threshold."""
    told = of(found, statement)
    return [say(language, key, *given) for key, given in told["said"]] if told else []


def rules(language: str) -> list[str]:
    """What the threshold rests on, and which times hold."""
    return [say(language, f"affected.rules.{key}") for key in _RULES]


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
