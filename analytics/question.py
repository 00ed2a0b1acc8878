"""Questions: the SQL files of `analytics/questions`, what may be given to them, and how one is put to a connection."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from sqlglot import exp

from analytics import closed
from analytics.unasked import asked
from analytics.views import OF_DETECTIONS, OF_EVENTS, OF_NORMALISED, RELATIONS, words
from schemas import portable
from schemas.errors import QuestionError, SqlFileError
from schemas.event import NORMALISED
from schemas.settings import Settings
from schemas.sqlfile import Param, SqlFile, load_folder
from schemas.vocabulary import ACTIONS

FOLDER = Path(__file__).parent / "questions"
SWEDEN = ZoneInfo("Europe/Stockholm")

# Parameters that say whom or what a question is about: to ask about a person is itself an act that needs a purpose.
ABOUT_PERSONS = frozenset({"subject", "person", "account", "actors", "subjects"})
# Columns of an answer that tell of a person: who did something, about whom, or where either may be named.
NAMES_PERSONS = frozenset(
    {
        *("actor_account", "actor_person", "subject", "about", "object_id", "object_path", "target_account", "src_ip"),
        *("src_host", "device", "before", "after", "finding", "event_id"),
    }
)
# Words of `ask` itself, of its command line and of its address.
RESERVED = frozenset(
    {
        "lake",
        "config",
        "purpose",
        "format",
        "language",
        "name",
        "help",
        "cursor",
        "page_size",
        "question",
        "from",
        "until",
    }
)
# Columns of `subjects` by which no question may list persons.
FLAGS = frozenset({"protected", "deceased", "special_interest"})
# Parameters whose default is a setting of the installation, where it is known; the file's own is that of the settings.
OF_SETTINGS: dict[str, Callable[[Settings], Any]] = {
    "items_per_thousand": lambda settings: settings.detection.review_items_per_1000,
}
# The parameter that names columns which must hold nothing, as those of a row of counts.
LACKS = "lacks"
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def questions() -> dict[str, SqlFile]:
    """Every question by name.

    Errors:  SqlFileError for one that isn't portable, reads a relation that there isn't, declares a parameter that its
             SQL doesn't name (or the other way round), or rests on an action that there isn't.
    """
    found = load_folder(FOLDER, "question")
    for file in found.values():
        hold(file)
    return found


def question(name: str) -> SqlFile:
    """The question NAME. Errors: QuestionError."""
    try:
        return questions()[name]
    except KeyError:
        raise QuestionError(
            "question", "name", f"there is none of that name; there are {', '.join(questions())}"
        ) from None


def area(file: SqlFile) -> str:
    """The folder that a question lies in: what it is about."""
    return file.path.parent.name


def actions(file: SqlFile) -> tuple[str, ...]:
    """The actions that the answer rests on; empty = all."""
    return tuple(word.strip() for word in file.header.get("actions", "").split(",") if word.strip())


def relations(file: SqlFile) -> frozenset[str]:
    """The relations that the question reads."""
    return _relations(str(file.path), file.sql)


@cache
def _relations(place: str, sql: str) -> frozenset[str]:
    return portable.tables(portable.parsed(place, sql))


def reads_events(file: SqlFile) -> bool:
    """Whether the question reads `normalised`, through whichever view."""
    return not relations(file).isdisjoint(OF_NORMALISED | OF_EVENTS | OF_DETECTIONS)


def columns_read(file: SqlFile) -> frozenset[str]:
    """The columns of `normalised` that the question may read, itself or through views."""
    return _columns_read(str(file.path), file.sql)


@cache
def _columns_read(place: str, sql: str) -> frozenset[str]:
    tree = portable.parsed(place, sql)
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return frozenset(NORMALISED.names)
    named = {column.name.lower() for column in tree.find_all(exp.Column)}
    return frozenset(named).union(*map(words, portable.tables(tree))) & frozenset(NORMALISED.names)


def hold(file: SqlFile, allowed: frozenset[str] = RELATIONS) -> None:
    """Hold a portable SQL file of any kind against the relations ALLOWED and what else it may name.

    Errors:  SqlFileError.
    """
    for name in sorted(relations(file) - allowed):
        raise SqlFileError(str(file.path), name, f"no such relation; there are {', '.join(sorted(allowed))}")
    if file.kind == "question":
        _hold_flags(file)
    declared = {param.name for param in file.params}
    named = set(re.findall(r"\$([a-z_]+)", _without_comments(file.sql)))
    for name in sorted(declared & RESERVED):
        raise SqlFileError(str(file.path), "params", f"{name} is a word of the command itself")
    for name in sorted(declared ^ named):
        raise SqlFileError(
            str(file.path), "params", f"{name} stands only in the {'header' if name in declared else 'SQL'}"
        )
    for action in actions(file):
        if action not in ACTIONS:
            raise SqlFileError(
                str(file.path), "actions", f"there is no action of that name; there are {', '.join(ACTIONS)}"
            )


def _hold_flags(file: SqlFile) -> None:
    """Flags of persons serve detections only: no question may name one, nor take all that `subjects` has.

    To filter by it lists those persons too, so it isn't the answer's columns alone that count.
    """
    tree = portable.hold(file)
    named = sorted(FLAGS & {column.name.lower() for column in tree.find_all(exp.Column)})
    reads = any(table.name.lower() == "subjects" for table in tree.find_all(exp.Table))
    stars = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
    if named or (reads and stars):
        what = ", ".join(named or sorted(FLAGS))
        raise SqlFileError(str(file.path), what, "serves detections only: a question must not list these persons")


def columns(file: SqlFile) -> dict[str, str]:
    """The columns of the answer, as the header gives them, with their SQL types."""
    return dict(part.split() for part in file.header["returns"].split(","))


def shows_persons(file: SqlFile) -> bool:
    """Whether the answer's rows may tell of a person."""
    return not NAMES_PERSONS.isdisjoint(name for name, kind in columns(file).items() if kind.startswith("TEXT"))


def about_persons(file: SqlFile, given: Mapping[str, Any]) -> bool:
    """Whether the question, as it is put, is about a person."""
    return any(
        given.get(param.name) not in {None, ""}
        if not isinstance(given.get(param.name), list | tuple)
        else bool(given[param.name])
        for param in file.params
        if param.name in ABOUT_PERSONS
    )


def stated(param: Param, settings: Settings | None) -> Param:
    """PARAM with the default that it has by SETTINGS, where it is one of them."""
    if settings is None or param.name not in OF_SETTINGS:
        return param
    return replace(param, default=str(OF_SETTINGS[param.name](settings)))


def arguments(
    file: SqlFile, given: Mapping[str, Any], now: datetime | None = None, settings: Settings | None = None
) -> dict[str, Any]:
    """A value for each parameter of FILE: GIVEN, else its default; `now` is the present if it isn't given.

    SETTINGS are those of the installation that is asked.

    Errors:  QuestionError for a parameter that is unknown, missing or of another type, a time without zone, a period
             that ends before it starts, or a question that names nobody and nothing. It never holds the value.
    """
    declared = {param.name: param for param in file.params}
    for name in given:
        if name not in declared:
            raise QuestionError(file.name, name, f"no such parameter; it has {', '.join(declared) or 'none'}")
    values = {}
    for param in file.params:
        value = given.get(param.name)
        if value is None and param.name == "now":
            value = now or datetime.now(UTC)
        if value is None and param.required:
            raise QuestionError(file.name, param.name, f"missing: {param.note or param.type}")
        values[param.name] = _default(stated(param, settings)) if value is None else typed(file.name, param, value)
    lists = [param.name for param in file.params if param.type == "TEXT[]"]
    if lists and not any(values[name] for name in lists):
        raise QuestionError(file.name, lists[0], f"missing: want at least one of {', '.join(lists)}")
    if values.get("start") and values.get("stop") and values["start"] >= values["stop"]:
        raise QuestionError(file.name, "stop", "is not after start")
    _hold_lacks(file, values.get(LACKS))
    return values


def _hold_lacks(file: SqlFile, lacks: str | None) -> None:
    """Hold the names of LACKS to those that FILE asks about: one that is mistyped would widen the answer."""
    for name in lacks.split(",") if lacks else ():
        if f"',{name},'" not in file.sql:
            raise QuestionError(
                file.name, LACKS, "want names of its other parameters, with commas between and no blanks"
            )


def put(
    connection: duckdb.DuckDBPyConnection, file: SqlFile, values: Mapping[str, Any], most: int | None = None
) -> pa.Table:
    """The answer's rows, at most MOST. VALUES are those of `arguments`; CONNECTION has what FILE reads."""
    text, given = asked(file.sql, values)
    sql = text if most is None else f"FROM ({text}) LIMIT {most}"
    # Not `sql`, which has no copy of the rows and is planned twice: of a question about one thing 5 ms of 20.
    found: pa.Table = connection.execute(sql, given or None).to_arrow_table()
    return found


def typed(place: str, param: Param, value: Any) -> Any:
    """VALUE as DuckDB takes it for PARAM.

    A time is an aware datetime, ISO text with offset, or a date: that day in Sweden, so that as `stop` it means until
    the day is over. Errors: QuestionError, also for what is none of a closed vocabulary (analytics.closed).
    """
    kind = param.type
    if kind == "TIMESTAMPTZ":
        return _instant(place, param.name, value)
    if kind == "DATE":
        try:
            return date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            raise QuestionError(place, param.name, "want a date: 2026-03-01") from None
    if kind == "TEXT[]":
        texts = isinstance(value, list | tuple) and all(isinstance(item, str) and item for item in value)
        if not texts:
            raise QuestionError(place, param.name, "want a list of texts")
        for item in value:
            closed.hold(place, param, item)
        return list(value)
    wanted: dict[str, tuple[type, ...]] = {
        "TEXT": (str,),
        "JSON": (str,),
        "INTEGER": (int,),
        "BIGINT": (int,),
        "BOOLEAN": (bool,),
        "DOUBLE": (int, float),
    }
    if not isinstance(value, wanted[kind]) or (isinstance(value, bool) and kind != "BOOLEAN"):
        raise QuestionError(place, param.name, f"want {kind}")
    if value == "":
        raise QuestionError(place, param.name, "is empty")
    closed.hold(place, param, value)
    return value


def _instant(place: str, name: str, value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if _A_DAY.fullmatch(value) else datetime.fromisoformat(value)
        except ValueError:
            raise QuestionError(
                place, name, "not a time: want 2026-03-01T08:00:00+01:00, or 2026-03-01 for that day"
            ) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise QuestionError(
                place, name, "has no zone: want 2026-03-01T08:00:00+01:00 (or …Z), or 2026-03-01 for that day"
            )
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise QuestionError(place, name, "is outside the years that a time can have") from None
    if isinstance(value, date):
        try:
            day = value + timedelta(days=1) if name == "stop" else value
            return datetime.combine(day, time(), SWEDEN).astimezone(UTC)
        except OverflowError:
            raise QuestionError(place, name, "is outside the years that a time can have") from None
    raise QuestionError(place, name, "want a time")


def _default(param: Param) -> Any:
    if param.default is None:
        return None
    convert: dict[str, Callable[[str], Any]] = {
        "INTEGER": int,
        "BIGINT": int,
        "DOUBLE": float,
        "BOOLEAN": {"true": True, "false": False}.__getitem__,
    }
    return typed("default", param, convert.get(param.type, str)(param.default))


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)
