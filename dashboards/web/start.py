"""The start page: what needs attention now, and jobs to begin with."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from analytics.answer import Ask
from analytics.question import question
from dashboards.cells import heading, printable
from dashboards.health import FAULTS, Health
from dashboards.threats import months
from dashboards.web import naming, told
from dashboards.web.links import page
from dashboards.web.page import Page, Shown, View
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows
from dashboards.web.share import shares
from dashboards.web.threats import month_name
from schemas.errors import SparhundError

_SHOWN = 5  # of what is to be reviewed
_COLUMNS = ("place", "about", "unit", "risk", "detections", "finding")
_PRESSING = ("balance", "silent", "never", "gaps", "rejects", "waiting")
# A job, and where it begins.
JOBS = (
    ("subject", "/question/who_accessed_subject"),
    ("object", "/question/who_accessed_object"),
    ("night", "/question/timeline"),
    ("address", "/question/who_had_address"),
    ("unread", "/register#coverage"),
)


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/", name="start", may="ask", get=_start, takes=())


def _start(view: View) -> Shown:
    settings = view.desk.home.settings
    named = bool(view.visitor.purpose) or not settings.questions.purpose_required
    asks = [Ask(question("review_month"), {}), Ask(question("threat_trend"), {})]
    if named:  # who it is about is shown only when it is stated why
        asks.append(Ask(question("review"), {}))
    reviewed, trended, *items = view.answers("start", {}, asks)
    trend = months(trended.rows.to_pylist())
    month, *earlier = reviewed.rows.to_pylist() or [None]
    known = shares(view.desk)
    levels = [(k, share) for k in (3, 2) if (share := known.of(k=k))]
    return Shown(
        "start.html",
        {
            "jobs": JOBS,
            "faults": _faults(view),
            "review": month,
            "judged": month is not None or view.judged,
            "earlier": [row for row in earlier if row["open"]],
            "review_month": month_name(month["month"], view.language) if month else "",
            "items": _items(view, items[0].rows.slice(0, _SHOWN).to_pylist()) if items else None,
            "levels": levels,
            "latest": trend[-1] if trend else None,
            "latest_name": month_name(trend[-1]["month"], view.language) if trend else "",
            "before": trend[-2] if len(trend) > 1 else None,
            "before_name": month_name(trend[-2]["month"], view.language) if len(trend) > 1 else "",
        },
    )


def _items(view: View, found: list[dict[str, Any]]) -> Rows:
    """What is to be reviewed first, and whom it concerns."""
    known = naming.staff(
        view.desk.home.tables(), [row["actor_person"] for row in found], [row["actor_unit"] for row in found]
    )
    sources = told.sources(view.desk.home.tables(("findings",))["findings"], found)
    cells = []
    for row in found:
        called = known["persons"].get(row["actor_person"], "")
        unit = known["units"].get(row["actor_unit"], row["actor_unit"] or "")
        cells.append(
            (
                Cell(str(row["place"]), number=True),
                _about(row, called, sources.get(row["finding"]), view.language),
                Cell(printable(unit)),
                Cell(str(row["risk"]), number=True),
                Cell(told.rules(row, "detections", view.language) or ""),
                Cell(row["finding"], page("finding", row)),
            )
        )
    called_so = {"about": say(view.language, "start.about")}
    return Rows(tuple(called_so.get(name) or heading(name, view.language) for name in _COLUMNS), tuple(cells))


def _about(row: Mapping[str, Any], called: str, source: str | None, language: str) -> Cell:
    """Whom an item concerns; of what is nobody's act the log source that it is about."""
    who = row["actor_person"] or row["actor_account"]
    if who:
        return Cell(printable(f"{called} ({who})" if called else who), page("actor_person", {"actor_person": who}))
    if source:
        return Cell(say(language, "findings.source", printable(source)), page("source", {"source": source}))
    return Cell(say(language, "findings.nobody"))


def _faults(view: View) -> list[tuple[str, int]] | None:
    """The pressing kinds of faults with how many sources have them, the worst first; None while that can't be told."""
    try:
        counts: Counter[Any] = Counter(fault.kind for fault in view.desk.keep(Health).sources().faults())
    except SparhundError:
        return None
    return [(kind, counts[kind]) for kind in FAULTS if kind in _PRESSING and counts[kind]]
