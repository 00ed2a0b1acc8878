"""A finding's risk on its page: what the number is made of, and what a decision does to the risk of others."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from analytics.detect import wording
from analytics.detect.explain import Told
from analytics.detect.risk import MOVES, Parts, like_it, moved_by
from dashboards.cells import cell, heading
from dashboards.web import charts, naming, rows
from dashboards.web.page import View
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows
from schemas.terms import term

_SHOWN = 10  # of the others that a decision moved
_LARGE = 100  # from which on no part of one is told


def made(found: Told, row: Mapping[str, Any], language: str) -> Rows | None:
    """The parts of ROW's risk, in the order in which they are reckoned with."""
    if found.parts is None:
        return None
    named = found.detection.header["severity"] if found.detection else None
    lines = list(_parts(found.parts, row, named, language))
    heads = (say(language, f"risk.head.{each}") for each in ("part", "here", "effect"))
    return Rows(tuple(heads), tuple(tuple(map(Cell, line)) for line in lines))


def _parts(parts: Parts, row: Mapping[str, Any], named: str | None, language: str) -> Iterator[tuple[str, str, str]]:
    def line(key: str, here: str, effect: str) -> tuple[str, str, str]:
        return say(language, f"risk.{key}"), here, effect

    if parts.base is not None and parts.alike is not None:
        said = term(f"severity.{named}", language)
        yield line("base", said, say(language, "risk.odds", _number(parts.base, language)))
    else:
        yield line("remains", "", say(language, "risk.odds", _number(parts.remains, language)))
    yield line("telling", _telling(parts, row, language), _times(parts.telling**parts.power, language))
    if parts.colleagues:
        divided = (1 + parts.colleagues) ** parts.power
        yield line("colleagues", str(parts.colleagues), say(language, "risk.divided", _number(divided, language)))
    if parts.alike is not None:
        least, most = parts.alike
        divided = _span(1 + least, 1 + most, language)
        here = say(language, "risk.alike.here", _span(least, most, language))
        yield line("alike", here, say(language, "risk.divided", divided))
    share = min(1000, round(row["found_risk"] / parts.harm))
    yield line("rare", "", say(language, "risk.of", share))
    level = say(language, "register.level", parts.level) if parts.level is not None else term("unclassified", language)
    yield line("harm", level, _times(parts.harm, language))
    yield line("found", "", say(language, "risk.of", row["found_risk"]))
    if moved := wording.moved(row, language):
        yield line("moved", moved, say(language, "risk.odds.times", _number(parts.factor, language)))
        yield line("now", "", say(language, "risk.of", row["risk"]))


def _telling(parts: Parts, row: Mapping[str, Any], language: str) -> str:
    """What of the finding tells."""
    if parts.own or row["about"] is None:
        return say(language, f"risk.telling.{'own' if parts.own else 'events'}", _number(parts.telling, language))
    key = "risk.telling.person" if not row["explained"] else "risk.telling.explained"
    return say(language, key, row["events"], row["explained"])


def _times(value: float, language: str) -> str:
    return say(language, "risk.times", _number(value, language))


def _span(least: float, most: float, language: str) -> str:
    """From LEAST to MOST, to a tenth; once where they are written alike."""
    first = _number(round(least, 1), language)
    if math.isinf(most):
        return say(language, "risk.least", first)
    last = _number(round(most, 1), language)
    return first if first == last else f"{first}\N{EN DASH}{last}"


def _number(value: float, language: str) -> str:
    """VALUE with as many figures as it is good for."""
    if value >= _LARGE or value == round(value):
        return charts.number(round(value))
    text = f"{value:.1f}" if value >= 1 or value == 0 else f"{value:.2g}"
    return text.replace(".", ",") if language == "sv" else text


def others(view: View, found: Told, row: Mapping[str, Any], verdict: str | None) -> dict[str, Any]:
    """What a decision does, or the last one with VERDICT did, to the risk of other findings of the rule."""
    like, same = like_it(view.desk.home, row)
    given: dict[str, Any] = {"like": like, "same": same, "raised": 0, "lowered": 0, "table": None}
    if verdict not in MOVES or found.finding is None:
        return given
    moved = moved_by(view.desk.home, found.finding, verdict).to_pylist()
    raised = sum(each["risk"] > each["risk_without"] for each in moved)
    known = naming.called(view.desk.home.tables(), "person", [each["actor_person"] for each in moved[:_SHOWN]])
    return given | {
        "raised": raised,
        "lowered": len(moved) - raised,
        "table": _moved(moved[:_SHOWN], known, view.language, more=len(moved) > _SHOWN) if moved else None,
    }


def _moved(moved: list[dict[str, Any]], known: Mapping[str, str], language: str, *, more: bool) -> rows.Rows:
    body = []
    for each in moved:
        who = each["actor_person"] or each["actor_account"] or ""
        body.append(
            (
                Cell(each["finding"], f"/finding/{each['finding']}"),
                Cell(naming.with_id(known.get(who), who)),
                Cell(cell("month", each["month"], language)),
                Cell(str(each["risk_without"]), number=True),
                Cell(str(each["risk"]), number=True),
            )
        )
    heads = (
        *(heading(name, language) for name in ("finding", "actor", "month")),
        *(say(language, f"risk.{name}") for name in ("without", "now")),
    )
    return Rows(tuple(heads), tuple(body), more)
