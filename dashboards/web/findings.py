"""The list of findings: what to look at first this month, and all of them by risk."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc

from analytics.answer import Answer, Ask, hold_texts
from analytics.detect.knowledge import detections
from analytics.question import question
from dashboards.given import filled, given
from dashboards.server.refusals import Refused
from dashboards.web import naming, search, told
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.typed import is_number
from schemas.errors import QuestionError
from schemas.finding import HANDLINGS, SEVERITIES

FILTERS = ("month", "handling", "severity", "detection", "unit", "system", "person", "subject", "decided")
_BLANK = dict.fromkeys(FILTERS, "")
_PAGE = 50  # findings
_REVIEWED = 10  # items of the month that are shown before the list
_NONE = "there is none of that name"
MOST = 5_000  # findings that have a place in the list


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/findings", name="findings", may="persons", get=_findings, post=_filtered)


def _findings(view: View) -> Shown:
    pairs = filled(view.query)
    number = _number([text for name, text in pairs if name == "page"])
    pairs = [(name, text) for name, text in pairs if name != "page"]
    try:
        chosen = choice(pairs)
        _hold_known(view, chosen)
        values = _answered(view, chosen, number)
    except QuestionError as error:
        kept = {name: text for name, text in pairs if not is_number(text)}
        status = 404 if error.reason == _NONE else 400
        return Shown("findings.html", _choices(view) | {"chosen": _BLANK | kept, "error": error}, status)
    return Shown("findings.html", values)


def _filtered(view: View) -> Goto | Shown:
    """The form becomes an address, unless something typed may not stand in one."""
    pairs = filled(view.form)
    try:
        hold_texts("findings", dict(pairs))
        choice(pairs)
    except QuestionError as error:
        return Shown("findings.html", _choices(view) | {"chosen": _BLANK, "error": error}, 400)
    pairs = [(name, search.employee(view, text) if name == "person" else text) for name, text in pairs]
    return Goto("/findings" + (f"?{urlencode(pairs)}" if pairs else ""))


def choice(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The values of FILTERS in PAIRS of an address. Errors: QuestionError for another name, or a wrong value."""
    params = [param for param in question("findings").params if param.name in FILTERS]
    return given("findings", params, pairs)


def _hold_known(view: View, chosen: Mapping[str, Any]) -> None:
    """Nothing is found of what nobody has heard of, which would look as if all were well. Errors: QuestionError."""
    held, tables = view.desk.home.tables(("findings",))["findings"], view.desk.home.tables()
    known = {
        "unit": {*_words(held, "actor_unit"), *_words(tables["units"], "unit"), *_words(tables["people"], "unit")},
        "system": {*_words(held, "system"), *_words(tables["sources"], "system"), *_in_register(tables["assets"])},
        "detection": {*_words(held, "detection"), *detections()},
    }
    for name, words in known.items():
        if name in chosen and chosen[name] not in words:
            raise QuestionError("findings", name, _NONE)


def _number(texts: Sequence[str]) -> int:
    if not texts:
        return 1
    if len(texts) > 1 or not (texts[0].isascii() and texts[0].isdigit()) or not 1 <= int(texts[0]) <= MOST // _PAGE:
        raise Refused(400, "want a whole number", "page")
    return int(texts[0])


def _answered(view: View, chosen: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What the page shows: the items of the month within the budget, and a page of all findings."""
    items = {name: value for name, value in chosen.items() if name in {"month", "unit"}}
    asks = [
        Ask(question("findings"), chosen),
        Ask(question("review"), items, MOST),
        Ask(question("review_month"), items),
    ]
    found, review, months = view.answers("findings", chosen, asks, most=number * _PAGE)
    rows = found.rows.slice((number - 1) * _PAGE).to_pylist()
    budget = "within_unit" if chosen.get("unit") else "within_budget"
    month, place, within = _month(review, budget)
    shown, tables = (*rows, *place), view.desk.home.tables()
    known = naming.staff(tables, [row["actor_person"] for row in shown], [row["actor_unit"] for row in shown])
    kept = [(name, text) for name, text in view.query if name != "page"]
    return _choices(view) | {
        "chosen": _BLANK
        | {name: str(value).lower() if isinstance(value, bool) else value for name, value in chosen.items()},
        "found": [(row, told.rule_title(row, view.language)) for row in rows],
        "month": month,
        "review": [
            (row, [told.rule_title({"detection": name}, view.language) for name in row["detections"] or ()])
            for row in place
        ],
        "earlier": _earlier(months, month, "open_handed" if chosen.get("unit") else "open_within", kept),
        "within": within,
        "per_thousand": view.desk.home.settings.detection.review_items_per_1000,
        "named": known,
        "sources": told.sources(view.desk.home.tables(("findings",))["findings"], shown),
        "statement": found.statement,
        "number": number,
        "link": f"?{urlencode(kept)}" if kept else "",
        "before": _paged(kept, number - 1) if number > 1 else None,
        "after": _paged(kept, number + 1) if found.more and (number + 1) * _PAGE <= MOST else None,
        "export": "/question/findings?" + urlencode([*kept, ("ask", "1"), ("format", "csv")]),
    }


def _month(review: Answer, budget: str) -> tuple[str | None, list[dict[str, Any]], int]:
    """The latest month of the items, its first ones in the order in which to look at them, and how many are in BUDGET.

    That is the column of the municipality's budget, or of the unit's.
    """
    if not len(review.rows):
        return None, [], 0
    month = review.rows["month"][0].as_py()
    within = review.rows.filter(pc.and_(pc.equal(review.rows["month"], month), review.rows[budget]))
    return month, within.slice(0, _REVIEWED).to_pylist(), len(within)


def _earlier(
    months: Answer, month: str | None, within: str, kept: Sequence[tuple[str, str]]
) -> list[tuple[str, int, int, str]]:
    """The other months in which items remain: how many, of them WITHIN the budget, and where they are."""
    others = [pair for pair in kept if pair[0] != "month"]
    return [
        (row["month"], row["open"], row[within], "/findings?" + urlencode([*others, ("month", row["month"])]))
        for row in reversed(months.rows.to_pylist())
        if row["open"] and row["month"] != month
    ]


def _paged(pairs: Sequence[tuple[str, str]], number: int) -> str:
    return "/findings?" + urlencode([*pairs, ("page", str(number))])


def _choices(view: View) -> dict[str, Any]:
    """What the filters may be set to: what there are findings of."""
    held = view.desk.home.tables(("findings",))["findings"]
    units = _words(held, "actor_unit")
    known = naming.staff(view.desk.home.tables(), [], units)
    rules = sorted((told.rule_title({"detection": name}, view.language), name) for name in _words(held, "detection"))
    return {
        "any": len(held) > 0,
        "months": sorted(_words(held, "month"), reverse=True),
        "handlings": [name for name in HANDLINGS if name in _words(held, "handling")],
        "severities": [name for name in reversed(SEVERITIES) if name in _words(held, "severity")],
        "rules": rules,
        "systems": sorted(_words(held, "system")),
        "units": sorted((known["units"].get(unit) or unit, unit) for unit in units),
    }


def _in_register(assets: pa.Table) -> set[str]:
    return {system for systems in assets["systems"].to_pylist() for system in systems or ()}


def _words(rows: pa.Table, column: str) -> list[str]:
    return [text for text in pc.unique(rows[column]).to_pylist() if text]
