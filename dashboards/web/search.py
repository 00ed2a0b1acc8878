"""The search: one box, and what was typed there leads to the right page.

What is typed comes in a body. A personal number becomes a token before anything else is done with it. A single clear
hit is gone to, by its id; else the list of hits is kept for a while, for that visitor alone, and gone to by an id that
tells nothing of it: words that may be a name never stand in an address, and the page can be come back to. Names and
titles are sought in what is known beside the events (the staff directory, the register, the questions); what may be an
id is sought in the events too, in the columns that have Bloom filters.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc

from analytics.acts import Act
from analytics.answer import Ask
from analytics.completeness import Statement
from analytics.detect.knowledge import detections
from analytics.opened import Opened
from analytics.question import question, questions
from analytics.record import ADDRESS
from analytics.strangers import known
from dashboards.cells import cell, heading, printable
from dashboards.server.kept import Kept
from dashboards.web import facts, links, naming, start, told, typed
from dashboards.web.entities import address
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.period import Reach
from dashboards.web.render import say

_LONGEST = 2_000  # of what is sought; a path may be long
_MOST = 20  # hits of a kind
_MOST_KEPT, _MOST_EACH, _KEPT_S = 400, 20, 3_600.0  # lists of hits in all, and of a visitor, and how long
LONGEST_NAME = 100  # of what is held against names for its spelling
_FINDING = re.compile(r"[0-9a-f]{16}")
_SHARD = re.compile(r"[0-9a-f]{32}|[^\s/]+/[^\s/]+/\d+")  # of an event's id: a date or a case number isn't one
_DOTTED = re.compile(r"\d{1,5}(\.\d{1,5}){3}(/\d+)?")  # meant for an IPv4 address, and none
_SHORTEST_PART = 5  # of a path's part that is sought in all paths
_TYPED_ID = re.compile(r"(\S.*?)\s+(\S*\d\S*)")  # an object as tables write it: its type, then its id
# A device or group, by its name: in parts, with a digit or an abbreviation, which no person's name has.
_MADE_NAME = re.compile(r"(?=.*(?:\d|\b[A-ZÅÄÖ]{2}))[\w.]+(?:[-_]+[\w.$]+)+")
_FEWEST_LETTERS = 4  # of a word that is looked for within others: "har" stands in "delar"
_BEST = 8  # questions that have only some of the words
# What is known by such a name in events alone, and the question that lists what it did or what was done to it.
_MADE = (
    ("device", "events", "src_host"),
    ("device", "events", "device"),
    ("group", "permission_changes", "target_group"),
)
# What is only known by its name in events, by the column: its kind as a hit, and the question that lists its events.
_LISTED = {column: (kind, name) for kind, name, column in _MADE} | {"share": ("share", "events_in_share")}
_RECENT = timedelta(days=30)  # before the latest event: what is offered of what only events know
_PAGELESS = frozenset({"unit", "controller", "source"})
_WORDED = frozenset({"question", "rule"})  # kinds that are found by what they are described as


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: the key of its kind, its text, where it leads, and what else tells it from others.

    `exact`: the whole of what was typed, and not a part or another's name.
    """

    kind: str
    text: str
    href: str
    beside: str = ""
    exact: bool = False
    ident: str = ""  # of an employee or account


@dataclass(frozen=True, slots=True)
class Result:
    """What a search that has no single clear hit shows, in the LANGUAGE that it was asked in; not what was typed.

    `tried`: keys of what was looked at. `more`: the kinds of which there are more hits, `most` the number of each that
    is shown then. `unread`: holds something until the search's own acts have told of a showing.
    """

    language: str
    hits: Sequence[Hit] = ()
    near: Sequence[Hit] = ()
    tried: Sequence[str] = ()
    statement: Statement | None = None
    cut: bool = False
    more: Sequence[str] = ()
    most: int = _MOST
    unread: list[bool] = field(default_factory=lambda: [True])


class Results(Kept[Result]):
    """The lists of hits that visitors come back to."""

    def __init__(self, _home: Opened) -> None:
        super().__init__(_MOST_KEPT, _MOST_EACH, _KEPT_S)


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/search", name="search", may="persons", get=_found, post=_searched, takes=("found",))


def _found(view: View) -> Shown:
    """The empty form, or what was found before; whether it is another's or is over is told alike."""
    key = dict(view.query).get("found")
    if not key:
        return Shown("search.html", {"found": None, "gone": False})
    found = view.desk.keep(Results).find(view.visitor.key, key)
    if found is None:
        return Shown("search.html", {"found": None, "gone": True}, 410)
    try:
        found.unread.pop()
    except IndexError:  # what comes first is the search's own answer, which is written down; this shows it once more
        _write_down(view, (*found.hits, *found.near), again=True)
    return Shown("search.html", {"found": found, "gone": False})


def _searched(view: View) -> Goto:
    text = next((text for name, text in view.form if name == "text"), "").strip()
    if not text:
        return Goto("/search")
    if token := typed.token(view.desk.home, text):
        return Goto(address("subject", token))
    if direct := _direct(text):
        return Goto(direct)
    if fault := typed.fault(text):
        return _kept(view, Result(view.language, tried=(f"number_{fault}",)))
    text, cut = text[:_LONGEST], len(text) > _LONGEST
    tables = view.desk.home.tables()
    found = [hit for search in _BESIDE for hit in search(tables, text, view.language)]
    hits, more = _bounded(found)
    _write_down(view, hits)
    tried, statement = ["directory", "register", "questions"], None
    no_address = ["no_address"] if _DOTTED.fullmatch(text) else []
    exact = [hit for hit in hits if hit.exact]
    if not exact and _may_be_id(text):
        named = not {"person", "unit", "asset", "system"}.isdisjoint(hit.kind for hit in hits)
        found, statement, words, unseen = _in_events(view, text, parts=not named)
        hits, others = _bounded([*hits, *found])
        more, tried = dict.fromkeys([*more, *others, *unseen]), tried + words
        exact = [hit for hit in found if hit.exact]
    near: list[Hit] = []
    if all(hit.kind in _WORDED for hit in hits):
        near, tried = _spelt_alike(view, text), [*tried, "alike", "made_alike"]
    near = near or ([] if hits else _best_described(text, view.language))
    one = {hit.href for hit in exact} or {hit.href for hit in hits}
    if len(one) == 1 and not (cut or near or (more and not exact)):
        return Goto(one.pop())
    return _kept(view, Result(view.language, hits, near, tried + no_address, statement, cut, list(more), _MOST))


def _bounded(hits: Sequence[Hit]) -> tuple[list[Hit], dict[str, None]]:
    """HITS, each once, the exact ones first, and no more than _MOST of a kind; and the kinds of which there are more.

    Questions and rules are all there: they are few, and no other list has them.
    """
    of_kind: Counter[str] = Counter()
    shown = []
    for hit in sorted({hit.href: hit for hit in hits}.values(), key=lambda hit: not hit.exact):
        of_kind[hit.kind] += 1
        if hit.kind in _WORDED or of_kind[hit.kind] <= _MOST:
            shown.append(hit)
    return shown, dict.fromkeys(kind for kind, count in of_kind.items() if kind not in _WORDED and count > _MOST)


def _kept(view: View, found: Result) -> Goto:
    return Goto("/search?" + urlencode({"found": view.desk.keep(Results).keep(view.visitor.key, found)}))


def staff(view: View, text: str) -> tuple[list[Hit], bool]:
    """The employees and accounts that TEXT may mean: an id, a name or an account. And whether they are surely meant.

    What is only spelt almost so isn't. Errors: LakeError if it can't be written down; then nothing is shown.
    """
    tables = view.desk.home.tables()
    hits, _ = _bounded([hit for search in (_persons, _accounts) for hit in search(tables, text, view.language)])
    found = [hit for hit in hits if hit.exact] or hits
    rows = [] if found else view.answers("search", {}, [_alike(text)], _MOST)[0].rows.to_pylist()
    near = list({hit.href: hit for row in rows if (hit := _near(tables, row)) and hit.ident}.values())
    _write_down(view, found or near)
    return found or near, bool(found)


def employee(view: View, text: str) -> str:
    """The id of the one employee who is called TEXT; TEXT itself if it is an id or an account, or nobody surely is."""
    tables = view.desk.home.tables()
    if known(text, tables):
        return text
    called = {hit.ident for hit in _persons(tables, text, view.language) if hit.exact}
    return called.pop() if len(called) == 1 else text


def _spelt_alike(view: View, text: str) -> list[Hit]:
    """What is spelt almost as TEXT. The self-audit has that it was asked, and not what: it may be a name."""
    beside, *made = view.answers("search", {}, [_alike(text), *_made(view, text)], _MOST)
    tables = view.desk.home.tables()
    near = [hit for row in beside.rows.to_pylist() if (hit := _near(tables, row))]
    near += [_made_hit(row, view.language) for found in made for row in found.rows.to_pylist()]
    return list({hit.href: hit for hit in near}.values())


def _alike(text: str) -> Ask:
    return Ask(question("spelt_alike"), {"text": text[:LONGEST_NAME]})


def _made(view: View, text: str) -> list[Ask]:
    """What the latest month's events call almost so: to read what all events of a lake name takes too long."""
    latest = view.desk.keep(Reach).latest()
    given = {"text": text[:LONGEST_NAME]}
    return [Ask(question("made_names"), {**given, "start": (latest - _RECENT).isoformat()})] if latest else []


def made_names(view: View, text: str, column: str) -> list[str]:
    """What the latest month's events have in COLUMN (of `made_names`) that is spelt as TEXT, or almost so.

    It is recorded that it was asked, and not what. Errors: of asking.
    """
    asks = _made(view, text)
    rows = [row for found in view.answers("search", {}, asks) for row in found.rows.to_pylist()] if asks else []
    return list(dict.fromkeys(row["value"] for row in rows if row["found_as"] == column))


def _made_hit(row: Mapping[str, Any], language: str) -> Hit:
    """A group, device or share."""
    column, value, system = row["found_as"], row["value"], row["system"]
    kind, name = _LISTED[column]
    about = {column: value, **({"system": system} if system else {})}
    beside = printable(system) if system else heading(column, language)
    return Hit(kind, printable(value), f"/question/{name}?" + urlencode(about), beside)


def _near(tables: facts.Tables, row: Mapping[str, Any]) -> Hit | None:
    kind, value = row["found_as"], row["value"]
    if kind == "object":
        href = links.page("object_id", {**row, "object_id": value})
        return Hit("object", printable(value), href, printable(row["system"])) if href else None
    if kind == "account":
        return next(_accounts(tables, value, "sv"), None)
    href = _leads(kind, value) if kind in _PAGELESS else address(kind, value)
    beside, ident = printable(value) if row["name"] else "", value if kind == "person" else ""
    return Hit(kind, printable(row["name"] or value), href, beside, ident=ident)


def _leads(kind: str, value: str) -> str:
    """Where what has no page of its own leads."""
    if kind == "unit":
        return "/question/events?" + urlencode({"actor_unit": value})
    if kind == "controller":
        return "/threats?" + urlencode({"controller": value})
    return links.page("source", {"source": value}) or "/health"


def _write_down(view: View, hits: Sequence[Hit], *, again: bool = False) -> None:
    """What the directory and the context tables are about to show, by kind and number: never what was typed.

    AGAIN: what a search found before, also in the lake, is about to be shown once more.

    Errors:  LakeError if it can't be written; then nothing is shown.
    """
    kinds = Counter(hit.kind for hit in hits if hit.kind not in _WORDED)
    if not kinds:
        return
    who = view.visitor
    params = {"kinds": dict(kinds), **({"again": True} if again else {})}
    act = Act(home=view.desk.home, who=who.caller, question="search", params=params, purpose=who.purpose)
    act.write("answered", datetime.now(UTC), kinds.total())


def _direct(text: str) -> str | None:
    """Where what can be nothing else leads: a token, an event, a finding, an IP address."""
    if typed.TOKEN.fullmatch(text):
        return address("subject", text)
    event = ADDRESS.fullmatch(text)
    if event and _SHARD.fullmatch(event["shard"]):
        return links.page("event_id", {"event_id": text})
    if _FINDING.fullmatch(text) and not text.isdigit():
        return links.page("finding", {"finding": text})
    found = typed.ip_address(text)
    return address("address", found) if found else None


def _may_be_id(text: str) -> bool:
    """Whether it may stand in an event: one word, a path, or a title with a digit; else it may be somebody's name."""
    return " " not in text or any(letter in "/\\@" or letter.isdigit() for letter in text)


def _persons(tables: facts.Tables, text: str, language: str) -> Iterator[Hit]:
    """By id, which is whole, or by name: every word of it, in any order."""
    del language
    people = tables["people"]
    by_id = people.filter(pc.equal(pc.utf8_lower(people["person"]), text.lower()))
    for row in _latest(by_id, "person"):
        yield _person(tables, row, exact=True)
    if len(by_id):
        return
    by_name = people.filter(_holds(people["name"], text.split(), r"(^|[\s-])"))
    rows = _latest(by_name, "person")
    whole = [row for row in rows if (row["name"] or "").lower() == text.lower()]
    for row in rows:
        yield _person(tables, row, exact=row in whole)


def _person(tables: facts.Tables, row: Mapping[str, Any], *, exact: bool) -> Hit:
    within = facts.in_force(
        tables["units"].filter(pc.equal(tables["units"]["unit"], row["unit"] or "")), row["valid_from"]
    )
    parts = (row["person"], row["role"], within["name"] if within else row["unit"])
    beside = ", ".join(printable(part) for part in parts if part)
    text, person = printable(row["name"] or row["person"]), row["person"]
    return Hit("person", text, address("person", person), beside, exact, person)


def _accounts(tables: facts.Tables, text: str, language: str) -> Iterator[Hit]:
    """The account itself, and whoever holds it where that is one person all the time.

    Else the accounts that are TEXT before their @: a person's address and sign-in name often begin alike.
    """
    del language
    accounts = tables["accounts"]
    lowered = pc.utf8_lower(accounts["account"])
    found = accounts.filter(pc.equal(lowered, text.lower()))
    if not len(found) and "@" not in text:
        found = accounts.filter(pc.fill_null(pc.starts_with(lowered, f"{text.lower()}@"), fill_value=False))
    for account in found["account"].unique().to_pylist():
        held = found.filter(pc.equal(found["account"], account))["person"]
        persons = held.drop_null().unique().to_pylist()
        if len(persons) == 1 and held.null_count == 0:
            called = naming.name(tables, "person", persons[0])
            yield Hit(
                *("person", printable(called or persons[0]), address("person", persons[0]), printable(persons[0])),
                exact=True,
                ident=persons[0],
            )
        else:
            beside = ", ".join(map(printable, persons))
            yield Hit("account", printable(account), address("account", account), beside, exact=True, ident=account)


def _register(tables: facts.Tables, text: str, language: str) -> Iterator[Hit]:
    """Assets and systems, by id or by a part of their names; sources, nämnder and units by theirs."""
    del language
    assets, sources, units = tables["assets"], tables["sources"], tables["units"]
    lowered, words = text.lower(), text.split()
    for row in _latest(assets.filter(pc.or_(_holds(assets["asset"], words), _holds(assets["name"], words))), "asset"):
        exact = lowered in {row["asset"].lower(), (row["name"] or "").lower()}
        yield Hit("asset", printable(row["name"] or row["asset"]), address("asset", row["asset"]), row["asset"], exact)
    systems = pa.chunked_array([*sources["system"].chunks, *pc.list_flatten(assets["systems"]).chunks]).drop_null()
    called = sorted(systems.filter(_holds(systems, words)).unique().to_pylist())
    for system in called:
        yield Hit("system", printable(system), address("system", system), exact=system.lower() == lowered)
    alone = lowered not in map(str.lower, called)  # a system's own page tells more than how its logs come in
    for source in sorted(sources["source"].filter(_holds(sources["source"], words)).unique().to_pylist()):
        href = links.page("source", {"source": source})
        if href:
            yield Hit("source", printable(source), href, exact=alone and source.lower() == lowered)
    responsible = pa.chunked_array([*assets["controller"].chunks, *units["controller"].chunks], pa.string())
    for one in sorted(responsible.filter(_holds(responsible, words)).unique().to_pylist()):
        yield Hit("controller", printable(one), _leads("controller", one), exact=one.lower() == lowered)
    for row in _latest(units.filter(pc.or_(_holds(units["unit"], words), _holds(units["name"], words))), "unit"):
        yield Hit("unit", printable(row["name"] or row["unit"]), _leads("unit", row["unit"]), printable(row["unit"]))


def _things(tables: facts.Tables, text: str, language: str) -> Iterator[Hit]:
    """Objects that are known to be about somebody, or that somebody has an assignment on."""
    del language
    for name in ("object_subject", "assignments"):
        found = (
            tables[name]
            .filter(pc.equal(tables[name]["object_id"], text))
            .select(["system", "object_type", "object_id"])
        )
        for row in found.group_by(["system", "object_type", "object_id"]).aggregate([]).to_pylist():
            if row["system"] and (href := links.page("object_id", row)):
                yield Hit("object", printable(row["object_id"]), href, printable(row["system"]))


def _asked(tables: facts.Tables, text: str, language: str) -> Iterator[Hit]:
    """Questions and rules whose description holds every word."""
    del tables
    words = _words(text)
    if words:
        yield from (hit for hit in _described(language) if all(word in hit.text.lower() for word in words))


def _words(text: str) -> list[str]:
    return [word for word in text.lower().split() if len(word) > 2]  # noqa: PLR2004 - "av", "i"


def _described(language: str) -> Iterator[Hit]:
    """Every question and rule by what it is described as."""
    for file in questions().values():
        said = file.header["sv" if language == "sv" else "asks"].replace("\n", " ")
        yield Hit("question", said, f"/question/{file.name}")
    for name in detections():
        said = told.rule_title({"detection": name}, language)
        yield Hit("rule", said, "/findings?" + urlencode({"detection": name}))


def _best_described(text: str, language: str) -> list[Hit]:
    """Questions that have any of the words, also as the start page puts them; what few of them have tells most."""
    jobs = [Hit("question", say(language, f"start.job.{key}"), href) for key, href in start.JOBS]
    every = [*jobs, *(hit for hit in _described(language) if hit.kind == "question")]
    words = [word for word in text.lower().split() if len(word) > 1]
    found = {word: _having(word, every) for word in words}
    if not any(found.values()):  # else it is rather a name than a question
        return []
    for word in words:
        if not found[word] and len(word) > _FEWEST_LETTERS:  # "skrivit" means "utskrift"
            found[word] = _having(word[:_FEWEST_LETTERS], every)
    worth: Counter[str] = Counter()
    for hrefs in found.values():
        for href in hrefs:
            worth[href] += 1_000 // len(hrefs)
    by_href = {hit.href: hit for hit in reversed(every)}  # as the start page has it, where it does
    return [by_href[href] for href, _ in worth.most_common(_BEST)]


def _having(word: str, every: Sequence[Hit]) -> list[str]:
    """Where those of EVERY lead that hold WORD; a short word only as a whole one."""
    pattern = re.escape(word) if len(word) >= _FEWEST_LETTERS else rf"\b{re.escape(word)}\b"
    return list(dict.fromkeys(hit.href for hit in every if re.search(pattern, hit.text.lower())))


_Search = Callable[[facts.Tables, str, str], Iterator[Hit]]
_BESIDE: tuple[_Search, ...] = (_persons, _accounts, _register, _things, _asked)


def _in_events(view: View, text: str, *, parts: bool) -> tuple[list[Hit], Statement, list[str], list[str]]:
    """The accounts, objects and paths of events; with PARTS also parts of paths, where nothing is so named.

    With what was looked at, and the kinds of which the events have more.
    """
    typed_id = _TYPED_ID.fullmatch(text)
    ids = (text, typed_id[2]) if typed_id else (text,)
    spellings = dict.fromkeys(spelling for each in ids for spelling in (each, each.lower(), each.upper()))
    asks = [Ask(question("find"), {"text": spelling}) for spelling in spellings]
    answers = view.answers("search", {"text": text}, asks, _MOST)
    rows = [row for found in answers for row in found.rows.to_pylist()]
    if typed_id:  # the id alone is another's, unless it is of that type
        rows = [row for row in rows if row["value"].lower() == text.lower() or _is_of(row, typed_id[1])]
    hits = list({hit.href: hit for hit in (_event_hit(row, view.language) for row in rows)}.values())
    if hits or not parts or len(text) < _SHORTEST_PART:
        return hits, answers[0].statement, ["events"], ["object"] if any(found.more for found in answers) else []
    made = _MADE_NAME.fullmatch(text) is not None
    asks = [Ask(question("find_within"), {"text": text})]
    asks += [Ask(question(name), {column: text}) for _, name, column in _MADE] if made else []
    within, *others = view.answers("search", {"text": text}, asks, _MOST)
    leads = [(row, links.page("object_path", row)) for row in within.rows.to_pylist()]
    hits = [
        Hit("object", printable(row["object_path"]), href, _beside(row, view.language)) for row, href in leads if href
    ]
    hits += [
        Hit(
            kind,
            printable(text),
            f"/question/{name}?" + urlencode({column: text}),
            heading(column, view.language),
            exact=True,
        )
        for (kind, name, column), found in zip(_MADE if made else (), others, strict=True)
        if len(found.rows)
    ]
    tried = ["events", "paths", *(["made"] if made else [])]
    return hits, within.statement, tried, ["object"] if within.more else []


def _is_of(row: Mapping[str, Any], object_type: str) -> bool:
    return str(row["object_type"] or "").lower() == object_type.lower()


def _event_hit(row: Mapping[str, Any], language: str) -> Hit:
    column, value = row["found_as"], row["value"]
    as_event = {column: value, "system": row["system"] or "-", "object_type": row["object_type"]}
    kind = "object" if column.startswith("object") else "account"
    href = links.page(column, as_event) or "/search"
    return Hit(kind, printable(value), href, _beside(row, language), exact=True)


def _beside(row: Mapping[str, Any], language: str) -> str:
    count = say(language, "search.events", row["events"])
    latest = cell("last_utc", row["last_utc"])
    return ", ".join(
        printable(part) if part is row["system"] else part for part in (row["system"], count, latest) if part
    )


def _holds(column: pa.ChunkedArray, words: Sequence[str], before: str = "") -> Any:
    """Whether every one of WORDS stands in the column, capitals or not, after the pattern BEFORE."""
    found = pc.is_valid(column)
    for word in words:
        found = pc.and_(found, pc.match_substring_regex(column, before + re.escape(word), ignore_case=True))
    return pc.fill_null(found, fill_value=False)


def _latest(found: pa.Table, column: str) -> list[dict[str, Any]]:
    """The latest row of each value of COLUMN."""
    rows = {row[column]: row for row in found.sort_by("valid_from").to_pylist()}
    return list(rows.values())
