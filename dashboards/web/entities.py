"""The pages of a person, an account, a subject, an object, an address, a system and an asset: one table of them.

A page is data: which of an event's columns it is about, what is known beside the events, and its panels (a question,
what of it is given, and how its answer is drawn). One handler asks all of a page's questions as one act, one template
writes it out. Whatever filters stands in the address.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
import pyarrow.compute as pc

from analytics.answer import Answer, Ask, hold_texts
from analytics.digested import path_of
from analytics.installation import OWN
from analytics.narrow import Need, need
from analytics.opened import Opened
from analytics.question import SWEDEN, arguments, question
from dashboards.given import filled, swedish
from dashboards.given import given as as_typed
from dashboards.server.refusals import Refused
from dashboards.web import explained, facts, links, naming, panels, share
from dashboards.web.facts import Facts
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.panels import Beside, Draw, Drawn
from dashboards.web.period import Reach, period
from dashboards.web.typed import ip_address, is_number
from schemas.errors import QuestionError

_OBJECT = "/object"  # whose key stands in the query: an id is unique within its system only
_NAMES = "who_accessed_object"  # the question whose rows tell what else a file is called
_LONGEST = 60  # of an id that stands in a heading
_ASKED = {"source": OWN, "action": "search", "outcome": "unknown"}  # an event for each time that sparhund was asked
_MOST_ASKED = 5_000


@dataclass(frozen=True, slots=True)
class Panel:
    """A question, what of the page's key it takes (by its own names; None: all), and how its answer is drawn."""

    question: str
    draw: Draw
    heading: str
    most: int
    takes: Mapping[str, str] | None = None
    without: tuple[str, ...] = ()
    asked: int | None = None  # rows of the answer, where more are needed than are shown
    params: Mapping[str, Any] = field(default_factory=dict)  # what else it is given
    always: bool = True  # asked also where no file can have rows of it, and drawn also where there are none
    note: str | None = None  # the key of what its rows don't tell


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of page: NAME, the columns in its PATH or address that it is about, and all else of it."""

    name: str
    path: str
    key: tuple[str, ...]
    facts: Callable[[facts.Tables, Mapping[str, str], datetime, str], Facts]
    panels: tuple[Panel, ...]
    workbench: str | None = None  # what the workbench calls it
    without_period: str | None = None  # the period where the address names none
    others: bool = True  # whether the page's events are acts of others
    own: bool = False  # whether questions put in sparhund are events about it; told apart by `own` in the address
    classes: str | None = None  # the question whose answer tells which information assets the events belong to


_CUBE = 200_000  # rows of `activity`: a year of a system by day, hour and action
_LEAST = ("actor_domain", "controller", "source", "src_host", "device", "target_group", "event_id", "found_by", "k")
# The finding's own page tells these.
_OF_FINDINGS = (
    *(
        "controller",
        "r",
        "t",
        "k",
        "asset",
        "decided_by",
        "decided_utc",
        "actor_unit",
        "explained",
        "first_utc",
        "state",
    ),
    "finding",
)
_RIGHTS = ("given_event", "taken_event")
_TOUCHED = Panel("touched", panels.table, "panel.touched", 60, None, ("asset", "first_utc"), asked=5_000)
_ACTIVITY = Panel("activity", panels.activity, "panel.activity", _CUBE)
_ACTORS = Panel("actors", panels.who, "panel.who", 40, None, ("first_utc",), asked=5_000)


def _findings(name: str, takes: Mapping[str, str] | None = None, *without: str) -> Panel:
    return Panel(name, panels.table, "panel.findings", 15, takes, (*_OF_FINDINGS, *without))


def _events(name: str, *without: str) -> Panel:
    return Panel(name, panels.events, "panel.events", 60, None, (*_LEAST, *without))


def _sessions(name: str = "panel.sessions", takes: Mapping[str, str] | None = None) -> Panel:
    """Without the number of events, for which every file of the period is read: the address that was given has them."""
    left = ("actor_domain", "from_event", "to_event", *(takes or ()))
    note = f"{name}.note" if takes else None
    return Panel(
        "address_sessions", panels.table, name, 30, takes, left, params={"counted": False}, always=False, note=note
    )


KINDS = (
    Kind(
        "person", "/person/{ident:path}", ("actor_person",), facts.of_person,
        (
            _TOUCHED,
            _findings("findings", {"person": "actor_person"}, "actor_person"),
            Panel("rights_given", panels.table, "panel.rights", 30, {"person": "actor_person"}, _RIGHTS),
            _sessions(),
            _events("events", "actor_unit", "asset"),
            _ACTIVITY,
        ),
        "person", "month", others=False, classes="touched",
    ),
    Kind(
        "account", "/person/{ident:path}", ("actor_account",), facts.of_account,
        (
            _TOUCHED,
            _findings("findings_resting"),
            Panel("rights_given", panels.table, "panel.rights", 30, {"person": "actor_account"}, _RIGHTS),
            _sessions(),
            _events("events", "actor_unit", "asset"),
            _ACTIVITY,
        ),
        "account", "month", others=False, classes="touched",
    ),
    Kind(
        "subject", "/subject/{ident}", ("subject",), facts.of_subject,
        (
            Panel("who_accessed_subject", panels.who, "panel.who_read", 40, None,
                  ("found_by", "controller", "asset", "actor_domain", "purpose", "first_utc"), asked=5_000),
            _findings("findings", None, "about"),
            _events("events_about", "subject", "asset", "actor_unit"),
            Panel("activity_about", panels.activity, "panel.activity", _CUBE),
        ),
        "subject", own=True, classes="who_accessed_subject",
    ),
    Kind(
        "object", _OBJECT, ("system", "object_type", "object_id", "object_path"), facts.of_object,
        (
            Panel(_NAMES, panels.who, "panel.who_read.object", 40,
                  {"object_id": "object_id", "object_path": "object_path", "system": "system"},
                  ("controller", "system", "object_type", "object_id", "object_path", "actor_domain", "first_utc"),
                  asked=5_000),
            _findings("findings_resting"),
            _events("events", "system", "object_type", "object_id", "object_path", "actor_unit"),
            _ACTIVITY,
        ),
        "object", classes="events",
    ),
    Kind(
        "address", "/address/{ident:path}", ("src_ip",), facts.of_address,
        (
            _ACTORS,
            _sessions("panel.sessions.from"),
            _sessions("panel.sessions.given", {"assigned_ip": "src_ip"}),
            _findings("findings_resting"),
            Panel("touched", panels.table, "panel.touched", 40, None, ("asset", "first_utc")),
            _events("events", "src_ip", "actor_unit"),
            _ACTIVITY,
        ),
        without_period="month",
    ),
    Kind(
        "system", "/system/{ident:path}", ("system",), facts.of_system,
        (_ACTORS, _findings("findings", None, "system"), _ACTIVITY, _events("events", "system", "actor_unit")),
        without_period="week",
    ),
    Kind(
        "asset", "/asset/{ident:path}", ("asset",), facts.of_asset,
        (_ACTORS, _findings("findings", None, "asset"), _ACTIVITY, _events("events", "asset", "actor_unit")),
        without_period="week",
    ),
)  # fmt: skip
_BY_NAME = {kind.name: kind for kind in KINDS}


def pages() -> Iterator[Page]:
    """One for each address; a person's and an account's is the same, and which it is the staff directory tells."""
    for kind in KINDS:
        if kind.name != "account":
            yield Page(path=kind.path, name=kind.name, may="persons", get=_handler(kind), post=_typed(kind))


def _handler(kind: Kind) -> Callable[[View], Shown | Goto]:
    def handler(view: View) -> Shown | Goto:
        if kind.name == "address" and (elsewhere := _other_spelling(view)):
            return Goto(elsewhere)
        tables = view.desk.home.tables()
        return shown(view, _told_apart(view, kind, tables), tables)

    return handler


def _other_spelling(view: View) -> str | None:
    """The page of the IP address as events have it, if it is spelt otherwise here.

    Errors:  Refused (404) for what is no IP address; QuestionError for what may be a personal number.
    """
    typed = view.path["ident"]
    found = ip_address(typed)
    if found is None:
        hold_texts("address", {"src_ip": typed})
        raise Refused(404, "is no IP address", "src_ip")
    # Some programs (Java) write an IPv6 address at full length, and events have it so.
    if typed == found or (typed == typed.lower() and _has_told(view.desk.home, typed)):
        return None
    query = view.address.partition("?")[2]
    return address("address", found) + (f"?{query}" if query else "")


def _has_told(home: Opened, src_ip: str) -> bool:
    """Whether any event has this very spelling; it names nobody, so it is no act."""
    relation = home.narrowed([Need(groups=(frozenset({src_ip}),))])
    with home.connect() as connection:
        return bool(connection.execute(f"SELECT 1 FROM {relation} WHERE src_ip = $1 LIMIT 1", [src_ip]).fetchall())


def _typed(kind: Kind) -> Callable[[View], Shown | Goto]:
    """The form of the period becomes an address, unless something typed may not stand in one."""

    def handler(view: View) -> Shown | Goto:
        pairs, tables = filled(view.form), view.desk.home.tables()
        try:
            for name, text in pairs:
                hold_texts(kind.name, {name: text})
        except QuestionError as error:
            return _mistyped(replace(view, query=pairs), _told_apart(view, kind, tables), tables, error)
        return Goto(view.address.partition("?")[0] + (f"?{urlencode(pairs)}" if pairs else ""))

    return handler


def _told_apart(view: View, kind: Kind, tables: facts.Tables) -> Kind:
    is_account = kind.name == "person" and not _is_person(tables, view.path["ident"])
    return _BY_NAME["account"] if is_account else kind


def _is_person(tables: facts.Tables, ident: str) -> bool:
    known = pa.scalar(ident)
    return any(tables[name]["person"].index(known).as_py() >= 0 for name in ("people", "accounts"))


def shown(view: View, kind: Kind, tables: facts.Tables) -> Shown:
    """The page of KIND at VIEW; over all time where the month that it would choose itself has no event.

    Errors:  Refused (400) for a value in the address that isn't of it; those of answers.
    """
    key, query = _key(view, kind)
    path = kind.path if kind.path == _OBJECT else address(kind.name, key[kind.key[0]])
    latest = view.desk.keep(Reach).latest()
    wanted = explained.chosen(query)
    own = {"own": query["own"]} if "own" in query else {}
    in_address = _of_page(view, kind, key, query)
    chosen = period(path, in_address, query, latest, kind.without_period)
    given = {**chosen.given, **own}
    beside = Beside(view.language, key, given, tables, kind.others)
    try:
        put = [(panel, _ask(panel, key, given, wanted)) for panel in kind.panels]
        put = [(panel, ask) for panel, ask in put if panel.always or _may_tell(view, ask, tables)]
        asks = [ask for _, ask in put]
        asks += [Ask(question("events"), {**key, **chosen.given, **_ASKED}, _MOST_ASKED)] if kind.own else []
        # What a file is called is no matter of the period: who finds nothing there may find it under the other name.
        asks += [_ask(panel, key, {}, None) for panel, _ in put if panel.question == _NAMES and chosen.given]
        answers = view.answers(kind.name, {**key, **given}, asks)
    except QuestionError as error:
        if error.field not in {"start", "stop"}:
            raise
        return _mistyped(view, kind, tables, error)
    if _chose_in_vain(kind, query, answers):
        return shown(replace(view, query=[*view.query, ("all", "1")]), kind, tables)
    drawn = []
    events = outside = 0
    for (panel, ask), found in zip(put, answers, strict=False):  # what is asked besides is no panel
        if not len(found.rows) and not panel.always:
            continue
        if panel.draw is panels.activity:
            events, outside = panels.total(found), panels.outside(found.rows)
        judges = panel.draw is panels.events
        stands = None
        if judges and wanted:
            found, stands = explained.judged(view, found, wanted, panel.most)  # noqa: PLW2901
        given_to = {name: value for name, value in ask.params.items() if name not in panel.params}
        given_to |= {explained.NAME: wanted} if stands else {}
        parts = _parts(panel, found, replace(beside, explained=stands))
        made = Drawn(panel.heading, parts, panels.whole(found, given_to), len(found.rows))
        if judges:
            most = explained.MOST
            if stands and wanted == "all":  # a heavy list is shorter on the page than what was judged
                most = len(parts[-1].table or ())
                stands = stands.among(found.rows["event_id"].slice(0, most).to_pylist())
            longer = found.more or len(found.rows) > most
            note = stands.note(view.language, most, longer=longer) if stands else None
            pairs = list(dict([*in_address, *query.items()]).items())
            made = replace(made, choices=explained.choices(path, pairs, wanted), note=note)
        drawn.append(made)
    when = answers[0].statement.stop or latest or datetime.now(UTC)
    known = _known(kind, tables, key, answers, when, view.language)
    known = replace(known, known=known.known or any(each.heading == "panel.sessions.given" for each in drawn))
    return Shown(
        "entity.html",
        {
            **_headed(kind, tables, key),
            "had_address": _had_address(key, answers) if kind.name == "address" else None,
            "who_else": _who_else(key, chosen.given) if answers[0].question.name == "touched" else None,
            "path": path,
            "unjudged": not view.judged,
            "hidden": in_address,
            "period": chosen,
            "facts": known,
            "events": events,
            "events_href": beside.rows_of(),
            "outside": outside,
            "outside_href": beside.rows_of(outside_hours="true"),
            "asked": _asked_own(answers[-1], asks[-1], path, query) if kind.own else None,
            "explained": share.beside(view.desk, tables, key, when, view.language),
            "panels": [each for each in drawn if each.parts and (events or each.total)],
            "statement": answers[0].statement,
            "workbench": (kind.workbench, _laid_as(kind, key), "", query.get("start", ""), query.get("stop", ""))
            if kind.workbench and (events or known.known)
            else None,
        },
    )


def _known(
    kind: Kind, tables: facts.Tables, key: Mapping[str, str], answers: Sequence[Answer], when: datetime, language: str
) -> Facts:
    """What is known of KEY beside the events, and what the page's own ANSWERS tell of it."""
    known = kind.facts(tables, key, when, language)
    if told := next((each for each in answers if each.question.name == kind.classes), None):
        assets = pc.unique(told.rows["asset"]).to_pylist()
        known = facts.with_classes(known, tables, assets, when, language, one=kind.path == _OBJECT)
    if kind.path == _OBJECT:
        told = [each for each in answers if each.question.name == _NAMES][-1]  # the last is of all time
        known = facts.with_other_names(known, key, told, language)
    return known


def _parts(panel: Panel, found: Answer, beside: Beside) -> tuple[panels.Part, ...]:
    """PANEL drawn, with its note below the last part."""
    parts = panel.draw(found, beside, panel.without, panel.most)
    return (*parts[:-1], replace(parts[-1], note=beside.say(panel.note))) if panel.note else parts


def _chose_in_vain(kind: Kind, query: Mapping[str, str], answers: Sequence[Answer]) -> bool:
    """Whether the month that the page has chosen itself has no event: who comes from an old one looks for that."""
    counted = (each for each in answers if each.question.name == _ACTIVITY.question)
    chosen = kind.without_period == "month" and query.keys().isdisjoint({"start", "stop", "all"})
    return chosen and not any(map(panels.total, counted))


def _headed(kind: Kind, tables: facts.Tables, key: Mapping[str, str]) -> dict[str, Any]:
    title, unnamed = _titled(key)
    return {"kind": kind.name, "title_of": title, "named": _named(tables, key), "unnamed": unnamed}


def _mistyped(view: View, kind: Kind, tables: facts.Tables, error: QuestionError) -> Shown:
    """The page without an answer: its period can't be taken, and is in its fields again."""
    key, query = _key(view, kind)
    path = kind.path if kind.path == _OBJECT else address(kind.name, key[kind.key[0]])
    hidden = _of_page(view, kind, key, query)
    kept = {name: "" if is_number(text) else text for name, text in query.items()}
    chosen = period(path, hidden, kept, view.desk.keep(Reach).latest())
    values = {"path": path, "hidden": hidden, "period": chosen, "error": error}
    return Shown("entity.html", _headed(kind, tables, key) | values, 400)


def _of_page(view: View, kind: Kind, key: Mapping[str, str], query: Mapping[str, str]) -> list[tuple[str, str]]:
    """What stands in the address beside the period."""
    of_object = _of_object(view, key) if kind.path == _OBJECT else []
    return [*of_object, *((name, query[name]) for name in (explained.NAME, "own") if name in query)]


def _key(view: View, kind: Kind) -> tuple[dict[str, str], dict[str, str]]:
    """What the page is about, and the rest of the address. Errors: Refused (400), QuestionError."""
    query: dict[str, str] = {}
    for name, text in view.query:
        if name in query:
            raise Refused(400, "is given twice", name)
        of_object = (*kind.key, links.DIGEST) if kind.path == _OBJECT else ()
        of_own = ("own",) if kind.own else ()
        if name not in {"start", "stop", "all", explained.NAME, *of_object, *of_own}:
            raise Refused(400, "unknown filter", name[:64])
        if text.strip():
            query[name] = swedish(name, text.strip())
    if kind.path != _OBJECT:
        return {kind.key[0]: view.path["ident"]}, query
    key = {name: query.pop(name) for name in kind.key if name in query}
    named = query.pop(links.DIGEST, None)
    if named and "system" in key and not key.keys() & {"object_id", "object_path"}:
        key["object_path"] = path_of(view.desk.home, key["system"], named, view.visitor.caller)
    elif named:
        raise Refused(400, "is given beside an id or a path, or without a system", links.DIGEST)
    if "system" not in key or not key.keys() & {"object_id", "object_path"}:
        raise QuestionError("object", "system" if "system" not in key else "object_id", "missing")
    return key, query


def _of_object(view: View, key: Mapping[str, str]) -> list[tuple[str, str]]:
    """What of the address says which object it is: the digest where that stood in the place of the path."""
    digests = [(name, text) for name, text in view.query if name == links.DIGEST]
    return [*((name, text) for name, text in key.items() if not (digests and name == "object_path")), *digests]


def _ask(panel: Panel, key: Mapping[str, str], given: Mapping[str, str], wanted: str | None) -> Ask:
    file = question(panel.question)
    takes = {name: name for name in key} if panel.takes is None else panel.takes
    params: dict[str, Any] = {name: key[column] for name, column in takes.items() if column in key}
    if panel.question == _NAMES:
        params["object_id"] = params.pop("object_path", None) if "object_id" not in key else params["object_id"]
        params.pop("object_path", None)
    judged = panel.draw is panels.events and wanted in {"no", "yes"}
    most = explained.MOST if judged else panel.asked or panel.most
    typed = [param for param in file.params if param.name in given and param.name == "own"]
    params |= as_typed(file.name, typed, [(param.name, given[param.name]) for param in typed])
    period = {name: text for name, text in given.items() if name != "own"}
    return Ask(file, {**params, **panel.params, **period}, most)


def _may_tell(view: View, ask: Ask, tables: facts.Tables) -> bool:
    """Whether any file may have rows of ASK: to put it takes five times as long as to see that none has."""
    home = view.desk.home
    return home.may_hold(need(ask.question, arguments(ask.question, ask.params, settings=home.settings), tables))


def _asked_own(found: Answer, ask: Ask, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """How often sparhund was asked about it, where those are listed, and the page with them, or without."""
    shown = query.get("own") == "true"
    rest = {name: text for name, text in query.items() if name != "own"} | ({} if shown else {"own": "true"})
    return {
        "number": len(found.rows),
        "more": found.more,
        "href": panels.whole(found, ask.params),
        "shown": shown,
        "other": path + ("?" + urlencode(rest) if rest else ""),
    }


def _titled(key: Mapping[str, str]) -> tuple[str, bool]:
    """What may stand in a window's title, and whether it is the system alone: a path may hold a name, so it doesn't."""
    if "object_id" in key or "object_path" in key:
        named = key.get("object_id", "")
        is_id = 0 < len(named) <= _LONGEST and not set(named) & set("/\\ ")
        return (named, False) if is_id else (key["system"], True)
    named = next(iter(key.values()))
    return (named if len(named) <= _LONGEST else named[:_LONGEST] + "…"), False


def _named(tables: facts.Tables, key: Mapping[str, str]) -> str | None:
    """The name of what the page is about, in its heading alone; None where nothing but the id names it."""
    if "actor_account" in key:
        return naming.name(tables, "person", facts.holder(tables, key["actor_account"]))
    if "asset" in key or "actor_person" in key:
        return naming.name(tables, *next(iter(key.items())))
    return None


def _had_address(key: Mapping[str, str], answers: Sequence[Answer]) -> str | None:
    """The address of the question about who had an IP address, at the time when ANSWERS last tell of it."""
    seen = [answers[0].rows["last_utc"]]  # what was done from it; else a session that was given it
    sessions = [each.rows for each in answers if each.question.name == "address_sessions"]
    seen += [rows[name] for rows in sessions for name in ("session_from_utc", "session_to_utc")]
    last = next((last for times in seen if (last := pc.max(times).as_py())), None)
    if last is None:
        return None
    return "/question/who_had_address?" + urlencode(
        {"address": key["src_ip"], "at": last.astimezone(SWEDEN).isoformat()}
    )


def _who_else(key: Mapping[str, str], period: Mapping[str, str]) -> str:
    """The address of the question about who else had to do with the same.

    It reads everybody's events, which takes longer than all of the page.
    """
    return "/question/who_else?" + urlencode({**key, **period})


def _thing(key: Mapping[str, str]) -> str:
    return key.get("object_id") or key.get("object_path") or next(iter(key.values()))


def _laid_as(kind: Kind, key: Mapping[str, str]) -> str:
    """What the workbench has it by: an object by its page, since an id is unique within its system only.

    By a path alone where that is too long for an address: the timeline asks for what is called, not for a digest.
    """
    href = links.page("object_id", key) or links.page("object_path", key) if kind.path == _OBJECT else None
    return href if href and f"{links.DIGEST}=" not in href else _thing(key)


def address(kind: str, ident: str) -> str:
    """The address of the page of KIND (not an object's) about IDENT."""
    return _BY_NAME[kind].path.partition("{")[0] + quote(ident, safe="")
