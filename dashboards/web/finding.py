"""The page of one finding: why it was raised, what it rests on, what is usual, and what people decided."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow.compute as pc

from analytics.answer import Answer, Ask
from analytics.calendar import moved
from analytics.detect import wording
from analytics.detect.decide import decide, history
from analytics.detect.explain import Told, explain
from analytics.detect.limits import HOLDS, limits
from analytics.question import SWEDEN, question
from dashboards.cells import cell, heading
from dashboards.given import filled
from dashboards.web import charts, facts, links, naming, rarity, risk, rows, silence, told
from dashboards.web.findings import FILTERS, MOST, choice
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.render import say, words
from dashboards.web.unsent import shown_again
from schemas.errors import QuestionError
from schemas.finding import VERDICTS
from schemas.terms import terms

_DAYS = 30  # before the finding that tell what is usual
# Facts that stand elsewhere on the page, or are none: who, about whom and where.
_WHO = frozenset(
    {"actor", "actor_person", "actor_account", "account", "about", "system", "asset", "events", "evidence"}
)
# Detections that are about our own logs: no duty explains what they find, though the events beside may be accesses.
_OF_LOGS = "logging"
_CLASS = ("k", "r", "t", "s")


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/finding/{finding}", name="finding", may="persons", get=_finding, post=_decided)


def _finding(view: View) -> Shown:
    return Shown("finding.html", _values(view))


def _decided(view: View) -> Goto | Shown:
    """Record the decision. One that can't be recorded comes back with its text, to be mended."""
    view.visitor.hold("act", purpose=view.desk.home.settings.questions.purpose_required)
    form = dict(view.form)
    verdict, reason = form.get("verdict", ""), form.get("reason", "")
    try:
        decide(view.desk.home, view.path["finding"], verdict, reason, who=view.visitor.caller)
    except QuestionError as error:
        typed = dict(shown_again([("reason", reason)])).get("reason", "")
        again = {"error": error, "verdict": verdict, "typed": typed, "cut": typed != reason}
        return Shown("finding.html", _values(view) | again, 400)
    return Goto(f"{view.address}#decisions")


def _values(view: View) -> dict[str, Any]:
    finding, home = view.path["finding"], view.desk.home
    found = explain(home, finding, purpose=view.visitor.purpose, who=view.visitor.caller)
    row = found.finding
    if row is None:
        raise QuestionError("finding", "id", "there is no finding of that id")
    chosen = choice(filled(view.query))
    usual, share, rare, listed = _asked(view, found, chosen)
    tables, decisions = home.tables(), history(home, finding)
    known = naming.staff(tables, [row["actor_person"]], [row["actor_unit"]])
    silent = silence.of(view, found, row)
    return {
        "row": row,
        "found": found,
        "name": told.rule_title(row, view.language),
        "moved": wording.moved(row, view.language),
        "same_rule": "/findings?" + urlencode({"detection": row["detection"]}),
        "alike": "/question/findings?" + urlencode({"detection": row["detection"], "decided": "true", "ask": "1"}),
        "person": known["persons"].get(row["actor_person"] or ""),
        "unit": known["units"].get(row["actor_unit"] or "") or row["actor_unit"],
        "rule": _rule(found, view.language),
        "classed": told.facts(_classed(row, tables), _CLASS, view.language),
        "asset": naming.name(tables, "asset", row["asset"]) or row["asset"],
        "facts": _facts(row, view.language, tables, without=silence.STANDS if silent else frozenset()),
        "silent": silent,
        "access": _is_access(found, row),
        "impersonal": bool(json.loads(row["facts"] or "{}").get("impersonal")),
        "limits": _limits(found, row, view),
        "made": risk.made(found, row, view.language),
        "usual": usual,
        "rare": rare,
        "share": share,
        **_events(found, view.language, tables),
        "untried": told.untried(found, view.language),
        "evidence": "/question/evidence?" + urlencode({"finding": finding, "ask": "1"}),
        "see": _see(row),
        "decisions": decisions,
        "others": risk.others(view, found, row, decisions[0]["verdict"] if decisions else None),
        "verdicts": VERDICTS,
        "verdict": "",
        "typed": "",
        **_neighbours(view, finding, listed, chosen),
    }


def _is_access(found: Told, row: Mapping[str, Any]) -> bool:
    """Whether the finding is about access, which duty may explain; else its words are of what happened."""
    if found.detection is not None and found.detection.path.parent.name == _OF_LOGS:
        return False
    return row["explained"] > 0 or any(event.fields["judged"] for event in found.events)


def _classed(row: Mapping[str, Any], tables: naming.Tables) -> dict[str, Any]:
    """The highest levels among the events of ROW, and its asset's spårbarhet, as the register had it at the last.

    Not every municipality has that one, and no risk rests on it, so a finding doesn't hold it.
    """
    held = tables["assets"].filter(pc.equal(tables["assets"]["asset"], row["asset"] or ""))
    asset = facts.in_force(held, row["last"])
    return {**row, "s": asset["s"] if asset else None}


def _events(found: Told, language: str, tables: naming.Tables) -> dict[str, Any]:
    """The events that are told, and what explains them: each explanation once, which events name by its number."""
    numbers: dict[str, int] = {}
    explained: list[told.Why] = []
    shown = []
    for event in found.events:
        reasons = told.reasons(event, language, tables)
        for reason in reasons:
            if reason.name not in numbers:
                explained.append(reason)
                numbers[reason.name] = len(explained)
        by = sorted(numbers[reason.name] for reason in reasons)
        shown.append((event.fields, told.sentence(event.fields, language), by))
    return {"events": shown, "explained_by": explained}


def _asked(view: View, found: Told, chosen: Mapping[str, Any]) -> tuple[Any, Any, Any, Answer]:
    """What is usual, how much of the unit's access is explained, how rare it was, and the list it stands in."""
    row = found.finding
    assert row is not None
    asks = {
        "listed": Ask(question("findings"), chosen),
        "share": Ask(question("explained_share"), {"month": row["month"], "unit": row["actor_unit"]}),
    }
    if row["actor_person"]:
        period = {"start": moved(row["first"], -_DAYS), "stop": moved(row["last"], 1)}
        asks["usual"] = Ask(question("usual_work"), {"person": row["actor_person"], **period})
    if touched := rarity.ask(row, found.events):
        asks["rare"] = touched
    answers = view.answers("finding", {"finding": row["finding"]}, list(asks.values()), most=MOST)
    of = dict(zip(asks, answers, strict=True))
    usual = _usual(of["usual"], row, view) if "usual" in of else None
    rare = rarity.drawn(of["rare"], row, found.events, view) if "rare" in of else None
    return usual, _share(of["share"], row), rare, of["listed"]


def _share(found: Answer, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of the unit's accesses of the month; None without a unit."""
    accesses = sum(found.rows["accesses"].to_pylist())
    if not row["actor_unit"] or not accesses:
        return None
    explained = sum(found.rows["explained"].to_pylist())
    pairs = {"month": row["month"], "unit": row["actor_unit"], "ask": "1"}
    return {
        "accesses": accesses,
        "explained": explained,
        "percent": explained * 1000 // accesses / 10,
        "href": "/question/explained_share?" + urlencode(pairs),
    }


def _usual(found: Answer, row: Mapping[str, Any], view: View) -> dict[str, Any] | None:
    """The employee's days, drawn: those of the finding stand out, beside what is usual."""
    days = found.rows.to_pylist()
    first, last = (row[each].astimezone(SWEDEN).date() for each in ("first", "last"))
    within = [day for day in days if first <= day["local_day"] <= last]
    if not within:
        return None
    most = max(within, key=lambda day: day["events"])
    own = sorted(day["events"] for day in days if not first <= day["local_day"] <= last and day["events"])
    bars = [charts.Point(say(view.language, "finding.usual.day", most["local_day"]), most["events"], kind="high")]
    if own:
        bars.append(charts.Point(say(view.language, "finding.usual.own", len(own)), own[(len(own) - 1) // 2]))
    if most["colleagues"]:
        bars.append(
            charts.Point(say(view.language, "finding.usual.median", most["colleagues"]), most["colleagues_median"])
        )
        bars.append(charts.Point(say(view.language, "finding.usual.most"), most["colleagues_most"]))
    points = [
        charts.Point(f"{day['local_day']:%m-%d}", day["events"], kind="high" if day in within else "") for day in days
    ]
    return {
        "bars": charts.bars(bars, say(view.language, "finding.usual.bars")),
        "trend": charts.trend(points, say(view.language, "finding.usual.trend")) if len(points) > 1 else None,
        "table": rows.of(found, view.language, {"person": row["actor_person"]}),
    }


def _rule(found: Told, language: str) -> dict[str, Any] | None:
    """What the rule's file says of itself to a reviewer; None for a Sigma rule."""
    rule = found.detection
    if rule is None:
        return None
    return {
        "finds": rule.told("finds", language),
        "benign": [part.strip() for part in rule.told("benign", language).split(";") if part.strip()],
        "triage": list(steps(rule.told("triage", language))),
    }


def steps(text: str) -> Iterator[str]:
    """The numbered steps of TEXT: `1 first  2 second`. Two spaces tell the next one from a number within a step."""
    number = 1
    rest = text.removeprefix("1 ")
    while True:
        number += 1
        step, found, following = rest.partition(f"  {number} ")
        if step.strip():
            yield step.strip()
        if not found:
            return
        rest = following


def _facts(row: Mapping[str, Any], language: str, tables: naming.Tables, *, without: frozenset[str]) -> list[told.Fact]:
    """What the rule counted, but for what is told elsewhere."""
    found = []
    for name, value in json.loads(row["facts"] or "{}").items():
        if name in _WHO or name in without or value is None or value in ("", []) or value == row["actor_person"]:
            continue
        column = "unit" if name.endswith("unit") else name
        text = naming.text(tables, column, value) or _text(name, value, language)
        found.append(told.Fact(_heading(name, language), text, links.page(name, {name: value})))
    return found


def _text(name: str, value: Any, language: str) -> str:
    if name == "ties" and isinstance(value, list):
        return ", ".join(_tie(each, language) for each in value)
    if name == "first_setting":
        return cell("object_type", value, language)
    if name.endswith("_utc") and isinstance(value, str):
        try:
            return cell(name, datetime.fromisoformat(value), language)
        except ValueError:
            pass
    return cell(name, value, language)


def _tie(word: str, language: str) -> str:
    """How the employee is related to whom it is about: at work, or by kin."""
    known = words().get(f"fact.ties.{word}") or terms().get(f"kin.{word}")
    return known[language] if known else cell("ties", word, language)


def _heading(name: str, language: str) -> str:
    known = words().get(f"fact.{name}")
    return known[language] if known else heading(name, language)


def _limits(found: Told, row: Mapping[str, Any], view: View) -> Any:
    """The numbers that a limit of the rule is held against, drawn beside it and beside what was usual; None without.

    A number stands out that is as the rule wants it, also where that is fewer than the limit.
    """
    if found.detection is None:
        return None
    counted = json.loads(row["facts"] or "{}")
    points = []
    for param in found.detection.params:
        value, sign = counted.get(param.name), limits(found.detection.name).get(param.name)
        if sign is None or not isinstance(value, int) or param.default is None:
            continue
        head, limit = _heading(param.name, view.language), int(param.default)
        points.append(charts.Point(head, value, kind="high" if HOLDS[sign](value, limit) else ""))
        points.append(charts.Point(say(view.language, f"finding.limit.{sign}", head), limit, kind="bar-soft"))
    if points and isinstance(counted.get("usual"), int):
        points.append(charts.Point(_heading("usual", view.language), counted["usual"], kind="bar-soft"))
    return charts.bars(points, say(view.language, "finding.limits")) if points else None


def _see(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a reviewer would look at next: a word's key, and the address."""
    found = []
    if who := row["actor_person"] or row["actor_account"]:
        period = told.days(row["first"], row["last"])
        found.append(("finding.others", "/findings?" + urlencode({"person": who})))
        found.append(("told.that_time", f"/person/{quote(who, safe='')}?" + urlencode(period)))
        found.append(
            ("finding.affected", "/question/persons_affected?" + urlencode({"actors": who, **period, "ask": "1"}))
        )
    if row["about"]:
        found.append(("finding.subject", f"/subject/{quote(row['about'], safe='')}"))
    return found


def _neighbours(view: View, finding: str, listed: Answer, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The findings before and after it in the list that it was come to from."""
    ids = listed.rows["finding"].to_pylist()
    place = ids.index(finding) if finding in ids else None
    pairs = [(name, text) for name, text in filled(view.query) if name in FILTERS]
    rest = f"?{urlencode(pairs)}" if pairs else ""
    return {
        "place": None if place is None else place + 1,
        "listed": len(ids),
        "before": f"/finding/{ids[place - 1]}{rest}" if place else None,
        "after": f"/finding/{ids[place + 1]}{rest}" if place is not None and place + 1 < len(ids) else None,
        "back": f"/findings{rest}",
        "narrowed": bool(chosen),
    }
