"""The register of information assets: levels with history, owners, coverage; a new file is shown before it counts."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from analytics import register_change, views
from analytics.acts import Act
from analytics.caller import Caller
from analytics.installation import OWN
from analytics.opened import Opened
from analytics.question import arguments, put, question, relations
from analytics.register_change import COMPARED, LEVELS, RULE, Change, Proposal
from dashboards.cells import cell, heading, printable
from dashboards.health import Health
from dashboards.server.fresh import Fresh
from dashboards.server.kept import Kept
from dashboards.server.refusals import Refused
from dashboards.web import charts, naming, register_format, register_period, rows
from dashboards.web.page import Download, Goto, Page, Shown, View
from dashboards.web.render import fault, say
from schemas.errors import SettingsError
from schemas.register import SCHEMA
from schemas.tables import ALWAYS
from schemas.terms import term

_FILTERS = ("controller", "k", "overdue")
_AGE_S, _OLD_S = 60.0, 600.0  # coverage is computed again, and waited for
_HELD_S = 1_800.0
_MOST_HELD = 8  # files that somebody has yet to put in place, each no larger than a request
_MOST_CHANGES = 1_000  # that are shown
_PLACES = ("remark", "key")  # what an error names that is no key of the file
_LONGEST_KEY = 60
_PERIODS = pa.schema(
    [(name, pa.string()) for name in ("change", "asset", "valid_from", "valid_to", *LEVELS, "grounds", "besides")]
)
_RULES = pa.schema([(name, pa.string()) for name in ("change", "asset", "before", "after")])
_BESIDES = tuple(name for name in COMPARED if name not in {"name", *LEVELS, "reason"})


class Uploads(Kept[Proposal]):
    """Files that were compared, until they are put in place: of each visitor the latest."""

    def __init__(self, _home: Opened) -> None:
        super().__init__(_MOST_HELD, 1, _HELD_S)


def _proposed(view: View) -> Proposal:
    """Errors: Refused (410) if it isn't held, or is another's."""
    found = view.desk.keep(Uploads).find(view.visitor.key, view.path["change"])
    if found is None:
        raise Refused(410, "is no longer held; upload the file again", "file")
    return found


class Coverage:
    """The answer to `coverage_by_asset` for all assets. It names nobody, so it is no act of whoever looks."""

    def __init__(self, home: Opened) -> None:
        self._home = home
        self._fresh = Fresh(self._answer, _AGE_S, _OLD_S)

    def rows(self) -> pa.Table:
        """Errors: LakeError, LimitError."""
        return self._fresh.get()

    def forget(self) -> None:
        """The register is another now."""
        self._fresh.forget()

    def _answer(self) -> pa.Table:
        file, home = question("coverage_by_asset"), self._home
        with home.connect() as connection:
            views.scoped(connection, Caller(OWN), home.relation("normalised"), home.tables(), relations(file))
            return put(connection, file, arguments(file, {"level": 0}, datetime.now(UTC)))


def pages() -> Iterator[Page]:
    """The register, and a change of it."""
    yield Page(path="/register", name="register", may="ask", get=_register, post=_upload, takes=_FILTERS)
    yield Page(
        path="/register/change/{change}", name="register_change", may="act", get=_difference, post=_apply, takes=()
    )
    yield Page(path="/register/file", name="register_file", may="act", get=_file, takes=("name",))
    yield Page(path="/register/format/{file}", name="register_format", may="ask", get=_format, takes=())


def _register(view: View) -> Shown:
    return _shown(view)


def _shown(view: View, error: SettingsError | None = None) -> Shown:
    chosen = _filters(view)
    now, language = datetime.now(UTC), view.language
    coverage = view.desk.keep(Coverage).rows()
    states: dict[str, list[dict[str, Any]]] = {}
    for row in coverage.to_pylist():
        states.setdefault(row["asset"], []).append(row)
    held = view.desk.home.tables()["assets"].to_pylist()
    history: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(held, key=lambda row: (row["asset"], row["valid_from"])):
        history.setdefault(row["asset"], []).append(row)
    assets = [_asset(now, found, states.get(name, [])) for name, found in history.items()]
    shown = [each for each in assets if _chosen(each, chosen)]
    counts = Counter(each["now"]["k"] for each in shown)
    states_of = Counter(each["state"] for each in shown if each["state"])
    levels = [charts.Point(say(language, "register.level", k), counts[k]) for k in (3, 2, 1, 0)]
    covered = [charts.Point(cell("state", state, language), states_of[state], kind="high" if state < "4" else "")
               for state in sorted(states_of)]  # fmt: skip
    return Shown(
        "register.html",
        {
            "assets": shown,
            "count": len(assets),
            "overdue": [each for each in shown if each["overdue"]],
            "unread": [each for each in shown if each["state"] < "4" and (each["now"]["k"] or 0) >= 2],  # noqa: PLR2004
            "past": [each for each in shown if len(each["periods"]) > 1],
            "controllers": sorted({row["controller"] for row in held}),
            "chosen": chosen,
            "levels": LEVELS,
            "level_chart": charts.bars(levels, say(language, "register.by_level")),
            "coverage_chart": charts.bars(covered, say(language, "register.by_state")),
            "coverage": rows.rows(
                coverage,
                language,
                without=("name", "controller", "k"),
                tables=view.desk.home.tables(),
                asked="coverage_by_asset",
            ),
            "state": lambda state: cell("state", state, language),
            "instant": partial(_instant, language=language),
            "at": now,
            "files": list(register_change.files(view.desk.home.settings)),
            "formats": list(register_format.formats(view.desk.home.settings.register, language)),
            "schema": SCHEMA.name,
            "statement": view.desk.keep(Health).sources().statement,
            "fault_at": _fault(error, language) if error else None,
        },
        400 if error else 200,
    )  # fmt: skip


def _filters(view: View) -> dict[str, Any]:
    """What of the register is looked at. Errors: Refused (400)."""
    found: dict[str, Any] = {}
    for name, text in view.query:
        if not text:
            continue
        if name == "k" and text not in {"0", "1", "2", "3"}:
            raise Refused(400, "want a level, 0 to 3", "k")
        if name == "overdue" and text != "1":
            raise Refused(400, "want 1", "overdue")
        found[name] = int(text) if name == "k" else text
    if "controller" in found and found["controller"] not in view.desk.home.tables()["assets"]["controller"].to_pylist():
        raise Refused(404, "there is none of that name", "controller")  # no rows would look as if it had no assets
    return found


def _chosen(each: Mapping[str, Any], chosen: Mapping[str, Any]) -> bool:
    return all(each["overdue"] if name == "overdue" else each["now"][name] == value for name, value in chosen.items())


def _asset(now: datetime, periods: list[dict[str, Any]], coverage: list[dict[str, Any]]) -> dict[str, Any]:
    """An asset as the register shows it: the period that holds NOW, else the one that comes or went last."""
    holds = [row for row in periods if row["valid_from"] <= now and (row["valid_to"] is None or now < row["valid_to"])]
    current = holds[0] if holds else periods[-1]
    return {
        "now": current,
        "holds": bool(holds),
        "periods": periods,
        "state": min((row["state"] for row in coverage), default=""),
        "overdue": bool(holds) and current["next_review"] is not None and current["next_review"] < now,
    }


def _upload(view: View) -> Shown | Goto:
    """Compare what was uploaded. The file's own name decides nothing but its kind, and is shown nowhere."""
    view.visitor.hold("act", purpose=False)
    settings = view.desk.home.settings
    path = _named(view, view.form)
    if "file" not in view.files or not view.files["file"][0].filename:
        return _shown(view, SettingsError(path.name, "file", "missing"))
    upload, data = view.files["file"]
    try:
        found = register_change.propose(settings, path, upload.filename or "", data)
    except SettingsError as error:
        return _shown(view, error)
    key = view.desk.keep(Uploads).keep(view.visitor.key, found)
    return Goto(f"/register/change/{quote(key, safe='')}")


def _difference(view: View) -> Shown:
    return _compared(view, _proposed(view))


def _compared(view: View, found: Proposal, error: SettingsError | None = None) -> Shown:
    language = view.language
    held = view.desk.home.tables()["assets"].to_pylist()
    called = {row["asset"]: row["name"] for row in sorted(held, key=lambda row: row["valid_from"])}
    called |= {each.asset: (each.after or each.before)["name"] for each in found.changes if each.part == "period"}
    counts = [
        (part, change, number)
        for part in ("asset", "period", "rule")
        for change in ("added", "removed", "changed", "moved")
        if (number := found.count(part, change))
    ]
    return Shown(
        "register_change.html",
        {
            "key": view.path["change"], "found": found, "counts": counts,
            "lowered": [naming.with_id(called.get(each), each) for each in found.lowered],
            "periods": _periods(found, called, language), "rules": _rules(found, called, language),
            "from_today": list(register_period.suggested(found, held, datetime.now(UTC))),
            "fault_at": _fault(error, language) if error else None,
        },
        409 if error else 200,
    )  # fmt: skip


def _periods(found: Proposal, called: Mapping[str, str], language: str) -> rows.Rows:
    """A row for each time in which the register would say something else of an asset: how it is, and how it would be.

    Levels that would be lower stand out, and those for which no new reason is given. CALLED: the assets' names.
    """
    changes = [each for each in found.changes if each.part == "period"]
    table = _table(changes, [_period(each, called, language) for each in changes], _PERIODS, language)
    places = {heading(name, language): name for name in (*LEVELS, "grounds")}
    shown = [places.get(each, "") for each in table.headings]
    cells = tuple(
        tuple(replace(cell, kind=_kind(each, name)) for cell, name in zip(line, shown, strict=True))
        for each, line in zip(changes, table.cells, strict=False)
    )
    return replace(table, cells=cells)


def _kind(each: Change, name: str) -> str:
    """How the cell of NAME looks."""
    if name == "grounds":
        was, then = each.before or {}, each.after or {}
        unsaid = then.get("reason") in {None, was.get("reason")}
        return "warn" if then and unsaid and any(was.get(level) != then[level] for level in LEVELS) else ""
    return "high" if name and each.lowers(name) else ""


def _rules(found: Proposal, called: Mapping[str, str], language: str) -> rows.Rows:
    """The rules that come, go, or decide in another order."""
    changes = [each for each in found.changes if each.part == "rule"]
    lines = [
        {
            "change": say(language, f"register.change.{each.change}"),
            "asset": naming.with_id(called.get(each.asset), each.asset),
            "before": _rule(each.before, language),
            "after": _rule(each.after, language),
        }
        for each in changes
    ]
    return _table(changes, lines, _RULES, language)


def _table(
    changes: Sequence[Change], lines: list[dict[str, str | None]], schema: pa.Schema, language: str
) -> rows.Rows:
    table = rows.rows(pa.Table.from_pylist(lines[:_MOST_CHANGES], schema), language, more=len(changes) > _MOST_CHANGES)
    # What is new has no page yet.
    cells = tuple(tuple(replace(each, href=None) for each in line) for line in table.cells)
    return rows.light(replace(table, cells=cells), rows.HEAVIEST // 2)


def _period(each: Change, called: Mapping[str, str], language: str) -> dict[str, str | None]:
    was, then = each.before or {}, each.after or {}
    return {
        "change": say(language, f"register.period.{each.change}"),
        "asset": naming.with_id(called.get(each.asset), each.asset),
        "valid_from": _instant(each.valid_from, language),
        "valid_to": _instant(each.valid_to, language) if each.valid_to else say(language, "register.open"),
        **{name: _turned(name, was.get(name), then.get(name), language) for name in LEVELS},
        "grounds": _reason(was.get("reason"), each.after, language),
        "besides": "; ".join(
            f"{heading(name, language)}: {_besides(name, was, then, language)}"
            for name in ("name", *_BESIDES)
            if was.get(name) != then.get(name) and (name != "name" or (was and then))
        )
        or None,
    }


def _turned(name: str, was: Any, then: Any, language: str) -> str | None:
    """How it WAS and THEN would be; once where it stays; None where it is neither."""
    if was == then:
        return None if was is None else _said(name, was, language)
    unset = say(language, "register.unset" if name in LEVELS else "register.ungiven")
    return " → ".join(unset if each is None else _said(name, each, language) for each in (was, then))


def _besides(name: str, was: Mapping[str, Any], then: Mapping[str, Any], language: str) -> str | None:
    """As `_turned`; of what comes or goes as a whole what it says, once."""
    if was and then:
        return _turned(name, was[name], then[name], language)
    return _said(name, (was or then)[name], language)


def _reason(was: str | None, after: Mapping[str, Any] | None, language: str) -> str:
    """Why it would be classified so, and what was said before. That no reason is given is told, too."""
    then = after["reason"] if after else None
    said, former = (_said("reason", each, language) if each else "" for each in (then, was))
    if said and then == was:
        return say(language, "register.reason.same", said)
    before = say(language, "register.reason.was", former) if former else ""
    if after is None and before:
        return before
    said = said or say(language, "register.ungiven")
    return f"{said} ({before})" if before else said


def _instant(value: datetime | None, language: str) -> str:
    """A period's edge: a date, where it is midnight in Sweden."""
    if value in {None, ALWAYS}:
        return say(language, "register.always")
    return cell("valid_from", value, language).partition(" 00:00:00+")[0]


def _rule(values: Sequence[Any] | None, language: str) -> str | None:
    """A rule of the columns RULE."""
    if values is None:
        return None
    return ", ".join(
        term(f"pattern.{each}", language)
        if name == "kind"
        else f"{heading(name, language)} {_said(name, each, language)}"
        for name, each in zip(RULE, values, strict=True)
        if name not in {"asset", "valid_from", "known_from"} and each is not None
    )


def _said(name: str, value: Any, language: str) -> str:
    return _instant(value, language) if isinstance(value, datetime) else cell(name, value, language)


def _apply(view: View) -> Shown | Goto:
    """Put the file in place, unless what was compared no longer stands."""
    uploads = view.desk.keep(Uploads)
    found = _proposed(view)
    if dict(view.form).get("answer") == "no":
        uploads.drop(view.visitor.key)
        return Goto("/register")
    try:
        kept = register_change.apply(view.desk.home, found, who=view.visitor.caller, purpose=view.visitor.purpose)
    except SettingsError as error:
        return _compared(view, found, error)
    uploads.drop(view.visitor.key)
    view.desk.keep(Coverage).forget()
    return Shown("register_changed.html", {"found": found, "kept": kept.name})


def _file(view: View) -> Download:
    """The register's file that is in force, as it is. That it was taken is recorded, with which one it was."""
    path = _named(view, view.query)
    data = register_change.read(path)
    params = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest()}
    home, who = view.desk.home, view.visitor
    act = Act(home=home, who=who.caller, question="register file", params=params, purpose=who.purpose)
    act.write("asked", datetime.now(UTC))
    act.write("answered", datetime.now(UTC), 1)
    return _download(path.name, "application/octet-stream", data)


def _format(view: View) -> Download:
    """The schema, or an example: it is nobody's, so no act."""
    found = register_format.files().get(view.path["file"])
    if found is None:
        raise Refused(404, "there is nothing here")
    return _download(view.path["file"], *found)


def _download(name: str, media: str, data: bytes) -> Download:
    return Download(data, media, {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"})


def _named(view: View, pairs: Iterable[tuple[str, str]]) -> Path:
    """The register's file that PAIRS name. Errors: Refused (400)."""
    path = register_change.files(view.desk.home.settings).get(dict(pairs).get("name", ""))
    if path is None:
        raise Refused(400, "is none of the register's files", "name")
    return path


@dataclass(frozen=True, slots=True)
class _Fault:
    """Where a file is wrong: the place, the `key` or column as it stands in the file, what that is called, and why."""

    place: str
    key: str
    label: str
    reason: str


def _fault(error: SettingsError, language: str) -> _Fault:
    """ERROR in the reader's words."""
    place, field, reason = _place(error.place, language), error.field, fault(language, error.reason)
    if field in {"file", "row"}:
        return _Fault(say(language, "register.place.file") if field == "file" else place, "", "", reason)
    if field in _PLACES:
        return _Fault(place, "", say(language, f"register.place.{field}"), reason)
    if column := re.fullmatch(r"column (\d+)", field):
        return _Fault(place, "", say(language, "register.place.column", column[1]), reason)
    named = heading(field, language) if field in register_format.named() else field
    return _Fault(place, printable(field[:_LONGEST_KEY]), named if named != field else "", reason)


def _place(place: str, language: str) -> str:
    """Where in a file, in the reader's words."""
    if place.startswith("asset "):  # by its id, in whichever file it stands
        return printable(f"{say(language, 'register.place.asset.named')} {place.removeprefix('asset ')}")
    for word in ("row", "asset", "history", "rule"):
        place = place.replace(f" {word} ", f", {say(language, f'register.place.{word}')} ")
    return printable(place)
