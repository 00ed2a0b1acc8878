"""The threat picture (hotbild): the month by nämnd and its trend, in words and in numbers that lead to their rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from analytics import closed
from analytics.answer import Ask
from analytics.detect.knowledge import detections
from analytics.question import question
from dashboards.cells import cell, printable
from dashboards.threats import EVERY, EXPOSURE, OF_ALL, Picture, Sentence, months, picture, summary
from dashboards.web import charts, counts, links
from dashboards.web.page import Page, Shown, View
from dashboards.web.period import Reach
from dashboards.web.render import number, percent, say
from schemas.errors import QuestionError
from schemas.terms import term, terms

_FILTERS = ("month", "controller")
_PICTURE = {param.name: param for param in question("threat_picture").params}
_MOST_MONTHS = 12
_COUNTED = ("findings", "severe", "open", "unjustified")
_MEASURES = ("scenario", "tactic", "level", "decision", "exposure")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the picture and where its rows are; `value` None: it isn't counted there."""

    value: int | str | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What is counted, in words, with what it means; by nämnd, in all, and in the month before."""

    label: str
    meaning: str
    numbers: tuple[Number, ...]
    total: Number
    before: Number


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/threats", name="threats", may="ask", get=_threats, takes=_FILTERS)


def _threats(view: View) -> Shown:
    chosen = _filters(view)
    month, one = chosen.get("month"), chosen.get("controller")
    given = {"month": month} if month else {}
    asks = [Ask(question("threat_picture"), given), Ask(question("threat_trend"), {})]
    shown, trended = view.answers("threats", chosen, asks, most=100_000)
    rows, trend = shown.rows.to_pylist(), trended.rows.to_pylist()
    controllers = {row["controller"] for row in (*rows, *trend) if row["controller"]}
    if one is not None and one not in controllers | _known(view):
        raise QuestionError("threats", "controller", "there is none of that name")
    found = picture(rows, one)
    now, language = datetime.now(UTC), view.language
    values = {
        "chosen": chosen,
        "controllers": sorted(controllers),
        "months": sorted({row["month"] for row in trend} | ({month} if month else set()), reverse=True),
        "statement": shown.statement,
        "at": now,
        "found": found,
    }
    if found is None:
        return Shown("threats.html", values)
    series = months(row for row in trend if row["month"] <= found.month and one in {None, row["controller"]})
    series = series[-_MOST_MONTHS:]
    severe = sum(row["severe"] for row in series if row["month"] == found.month)
    this_month = f"{now:%Y-%m}"
    latest = view.desk.keep(Reach).latest()
    ends = latest.astimezone(UTC).date() if latest else None
    sentences = summary(found, severe, now=this_month, faults=shown.statement.faults, ends=ends)
    # A month's name may begin a sentence.
    spoken = [text[:1].upper() + text[1:] for text in (_spoken(sentence, language) for sentence in sentences)]
    return Shown(
        "threats.html",
        values
        | {
            "title": say(language, "threats.title", month_name(found.month, language)),
            "one": one,
            "sentences": spoken,
            "names": [name or say(language, "threats.nobody") for name in found.controllers],
            "sections": [
                (name, f"{name}.then" if name == "exposure" and found.month < this_month else name, lines)
                for name in _MEASURES
                if (lines := _lines(found, name, language, one))
            ],
            "shares": _shares(found, language, one),
            "counted": _COUNTED,
            "series": [_month(row, one, language) for row in series],
            "findings_chart": charts.trend(
                [charts.Point(row["month"], row["findings"], _address(row["month"], one)) for row in series],
                say(language, "threats.findings_chart"),
            ),
            "share_chart": charts.trend(
                [
                    charts.Point(
                        row["month"], row["explained"] * 1000 // row["accesses"] / 10, _address(row["month"], one)
                    )
                    for row in series
                    if row["accesses"]
                ],
                say(language, "threats.share_chart"),
            ),
            "tactic_chart": _bars(found, "tactic", language),
            "level_chart": _bars(found, "level", language),
        },
    )


def _filters(view: View) -> dict[str, str]:
    """Which month and nämnd. Errors: QuestionError for what is no month."""
    found = {name: text for name, text in view.query if text}
    month = found.get("month")
    if month is not None:
        closed.hold("threats", _PICTURE["month"], month)
    return found


def _known(view: View) -> set[str]:
    """The nämnder that the register and the staff directory name, whatever was found."""
    tables = view.desk.home.tables()
    return {name for table in ("assets", "units") for name in tables[table]["controller"].to_pylist() if name}


def month_name(month: str, language: str) -> str:
    """MONTH (2026-03) as it is read aloud."""
    return f"{say(language, f'month.{int(month[5:])}')} {month[:4]}"


def _address(month: str, one: str | None) -> str:
    return "/threats?" + urlencode({"month": month} | ({"controller": one} if one else {}))


def _spoken(sentence: Sentence, language: str) -> str:
    """A sentence with its values as they are read: months by name, rules by what they find, numbers with spaces."""
    return say(language, f"threats.say.{sentence.key}", *(_value(value, language) for value in sentence.given))


def _value(value: Any, language: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(_value(each, language) for each in value)
    if isinstance(value, float | int):
        return percent(value, language) if isinstance(value, float) else number(value)
    return _spoken(value, language) if isinstance(value, Sentence) else _named(value, language)


def _named(value: str, language: str) -> str:
    if len(value) == 7 and value[4] == "-" and value[:4].isdigit():  # noqa: PLR2004 - 2026-03
        return month_name(value, language)
    if value in EXPOSURE:
        return cell("name", value, language)
    return rule(value, language).rstrip(".") if value in detections() else printable(str(value))


def rule(name: str | None, language: str) -> str:
    """The title of the rule NAME; a Sigma rule has its own name."""
    file = detections().get(name or "")
    return file.said("sv" if language == "sv" else "en") if file else str(name)


def _lines(found: Picture, measure: str, language: str, one: str | None) -> list[Line]:
    if measure == "exposure":
        return _exposed(found, language, one)
    return [_line(found, measure, name, language, one) for name in found.names(measure)]


def _line(found: Picture, measure: str, name: str | None, language: str, one: str | None) -> Line:
    return Line(
        _label(measure, name, language),
        _meaning(measure, name, language),
        tuple(
            Number(found.number(measure, name, each), _rows(found, measure, name, (each,)))
            for each in found.controllers
        ),
        Number(found.number(measure, name), _rows(found, measure, name, _whose(one))),
        _before(found, measure, name, one),
    )


def _exposed(found: Picture, language: str, one: str | None) -> list[Line]:
    """Each kind of exposure: a number, also 0, or that it couldn't be checked, and why.

    What is of no nämnd stands below a chosen one's own, and isn't added to it.
    """
    own = [name for name in EXPOSURE if name in found.unchecked or one is None or name not in OF_ALL]
    return [
        _unchecked(name, language) if name in found.unchecked else _line(found, "exposure", name, language, one)
        for name in own
    ] + _common(found, language)


def _unchecked(name: str, language: str) -> Line:
    return Line(
        _label("exposure", name, language),
        say(language, f"threats.unchecked.{name}"),
        (),
        Number(say(language, "threats.unchecked")),
        Number(None),
    )


def _common(found: Picture, language: str) -> list[Line]:
    """The exposure that is of no nämnd, where one is chosen."""
    return [
        Line(
            say(language, "threats.common", _label("exposure", name, language)),
            _meaning("exposure", name, language),
            (),
            Number(found.common[name][0], _rows(found, "exposure", name, (None,))),
            _then(found, "exposure", name, found.common[name][1], (None,)),
        )
        for name in EXPOSURE
        if name in found.common
    ]


def _before(found: Picture, measure: str, name: str | None, one: str | None) -> Number:
    whose: tuple[str | None, ...] = _whose(one)
    return _then(found, measure, name, found.before(measure, name), whose)


def _then(found: Picture, measure: str, name: str | None, number: int, of: tuple[str | None, ...]) -> Number:
    """What there was in the month before; nothing is said where there is none, or where it could not be checked."""
    if found.before_month is None or (measure == "exposure" and name in found.unchecked_before):
        return Number(None)
    return Number(number, _rows(found, measure, name, of, found.before_month))


def _whose(one: str | None) -> tuple[str, ...]:
    """The nämnd that alone is counted, if one is chosen."""
    return (one,) if one else ()


def _rows(
    found: Picture, measure: str, name: str | None, of: tuple[str | None, ...], month: str | None = None
) -> str | None:
    """Where the rows are that a number counts: of one nämnd, of none (None), or of all where OF is empty."""
    row = {
        "number": 1,
        "month": month or found.month,
        "at_utc": found.at if month in {None, found.month} else counts.end(month),
        "measure": measure,
        "name": name,
        **({"controller": of[0]} if of else {}),
    }
    return links.rows_of("number", row, {}, "threat_picture")


def _label(measure: str, name: str | None, language: str) -> str:
    if name is None:
        return say(language, "threats.unclassified")
    if measure == "scenario":
        return rule(name, language)
    if measure == "tactic":
        return term(f"tactic.{name}", language) if f"tactic.{name}" in terms() else name
    return cell("name", name, language)


def _meaning(measure: str, name: str | None, language: str) -> str:
    """What is more to say of a line: a rule's own name, what an exposure means."""
    if measure == "scenario":
        return name or ""
    if measure == "tactic":
        return f"ATT&CK {name}"
    return say(language, f"threats.means.{name}") if measure == "exposure" else ""


def _shares(found: Picture, language: str, one: str | None) -> list[Line]:
    """Judged accesses and the share of them that is explained; of none there is no share, not even 0."""
    nothing = say(language, "threats.unjudged")

    def number(value: int | str | None, month: str, key: str, of: tuple[str | None, ...]) -> Number:
        return Number(value, None if value == nothing else _rows(found, "access", key, of, month))

    def told(at: int, controller: str | None = EVERY) -> str:
        share = found.share(at, controller)
        return nothing if share is None else percent(share, language)

    def line(key: str, numbers: list[int | str], total: int | str, before: int | str | None) -> Line:
        return Line(
            say(language, f"threats.{key}"),
            "",
            tuple(
                number(value, found.month, key, (each,)) for value, each in zip(numbers, found.controllers, strict=True)
            ),
            number(total, found.month, key, _whose(one)),
            number(before, found.before_month, key, _whose(one)) if found.before_month else Number(before, None),
        )

    judged: list[int | str] = [found.number("access", "judged", each) for each in found.controllers]
    before = (found.before("access", "judged"), told(1)) if found.before_month else (None, None)
    return [
        line("judged", judged, found.number("access", "judged"), before[0]),
        line("explained", [told(0, each) for each in found.controllers], told(0), before[1]),
    ]


def _month(row: dict[str, Any], one: str | None, language: str) -> dict[str, Any]:
    """A row of the trend, with where each of its numbers leads."""
    share = percent(row["explained"] * 1000 // row["accesses"] / 10, language) if row["accesses"] else ""
    of = {**row, **({"controller": one} if one else {})}
    hrefs = {name: links.rows_of(name, of, {}, "threat_trend") for name in (*_COUNTED, "accesses", "explained")}
    counted = [(row[name], hrefs[name]) for name in (*_COUNTED, "accesses")]
    return {**row, "counted": counted, "share": (share, hrefs["explained"]), "href": _address(row["month"], one)}


def _bars(found: Picture, measure: str, language: str) -> Any:
    points = [
        charts.Point(_label(measure, name, language), found.number(measure, name)) for name in found.names(measure)
    ]
    return charts.bars(points, term(f"measure.{measure}", language)) if points else None
