"""The connection that answers are computed on: one lake's rows as the relations that SQL files name."""

import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.calendar import CALENDAR, calendar, summer_days
from analytics.caller import Caller
from ingest.lake import engine
from schemas.errors import LakeError
from schemas.event import NORMALISED
from schemas.finding import RELATIONS as JUDGED
from schemas.indicator import INDICATORS
from schemas.tables import EXPLAINED, TABLES

OF_NORMALISED = frozenset({"events", "rejects", "repeats", "gaps"})
OF_EVENTS = frozenset({"accesses", "shared_files"})
# Views of detections and a few questions, a file each: made only where they are asked for; to bind one costs 25 ms.
OF_DETECTIONS = frozenset({"address_sessions", "observables", "places", "rights", "windows_fields"})
# Views of detections that rest on what explains an access: made once a run, or a case, has `explained`.
OF_EXPLAINED = frozenset({"blank_days", "dealings", "own_reasons", "pile_reasons", "takings"})
RELATIONS = (
    OF_NORMALISED
    | OF_EVENTS
    | {"aliases", "calendar", "employees", "review_items", "workplaces"}
    | OF_DETECTIONS
    | TABLES.keys()
    | JUDGED.keys()
    | {"indicators"}
)
GIVEN = (
    TABLES | JUDGED | {INDICATORS.name: INDICATORS, EXPLAINED.name: EXPLAINED}
)  # what an SQL file of some kind may find beside the lake's own
_REST_ON = frozenset({"people", "accounts", "units", "object_subject", "sources", "indicators"})  # what views read
_REST_ON_EXPLAINED = frozenset({EXPLAINED.name, "accesses", "contacts"})
# Views that rest on what is made only where it is asked for.
_REST_ON_BESIDES = {
    "employees": frozenset({"accesses"}),
    "review_items": frozenset({"findings", "decisions", "staff"}),
}

_PEOPLE = frozenset({"people", "accounts", "units"})
_OF_TABLES = frozenset({"aliases", "workplaces"})  # views over them alone
_KEPT_ROWS = 200_000  # of a table that a connection holds by itself

# For all threads at once: it can't be said around a single answer.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
_WORD = re.compile("[a-z_]+")
_COMMENT = re.compile(r"--[^\n]*")
_MADE = "CREATE OR REPLACE TEMP VIEW "
_VIEWS = Path(__file__).with_name("views.sql")
_DETECT = Path(__file__).with_name("detect")
_INTELLIGENCE = Path(__file__).with_name("intelligence")
# Macros, which fingerprints need too.
ASSIGNED_ADDRESS = _DETECT / "assigned_address.sql"
MEMBER_NAMES = _DETECT / "member_names.sql"
_FILES = {
    "address_sessions": (ASSIGNED_ADDRESS, _DETECT / "address_sessions.sql"),
    "observables": (_INTELLIGENCE / "values.sql", _INTELLIGENCE / "observables.sql"),
    "rights": (MEMBER_NAMES, _DETECT / "rights.sql"),
}  # else detect/NAME.sql


def connect(
    memory_bytes: int = 1 << 30, threads: int | None = None, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection for answers: UTC, bounded memory and SPILL for more, no extensions from elsewhere."""
    connection = engine(spill, memory_limit=f"{memory_bytes}B")
    # A lake's footers are read once, not once a query: of 422 files 0.1 s. They give way where memory is short.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    # What is ordered and cut for a page reads the other columns of its rows alone: of a person's year 0.5 s, not 1.2.
    # Of more rows it gains nothing, and of a few rows of many files it costs 10 ms.
    connection.execute("SET GLOBAL late_materialization_max_rows = 1000")
    if threads:
        connection.execute(f"SET threads = {threads}")
    return connection


def scoped(
    connection: duckdb.DuckDBPyConnection,
    caller: Caller,
    normalised: str | pa.Table,
    tables: Mapping[str, pa.Table],
    names: Iterable[str] = RELATIONS,
    had: Collection[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Give CONNECTION the relations NAMES, as far as CALLER may see them; nothing else is to be queried on it.

    NORMALISED is an SQL relation (as `Table.scan` gives), or an Arrow table of that schema. TABLES are those of
    `schemas.tables` by name; one that isn't there is empty. What it HAD of `made(NAMES)` is left as it is.

    Errors:  LakeError for a scope that nobody has defined: never more than was asked for.
    """
    if caller.scope != "all":
        raise LakeError(f"the scope {caller.scope} isn't known, so nothing is shown")
    if isinstance(normalised, str):
        over(connection, normalised)
    else:
        connection.register("normalised", normalised)
    names = made(names).difference(had)
    for name in names:
        if name == "calendar":
            connection.register(name, calendar())
        elif name in GIVEN:
            connection.register(name, GIVEN[name].numbered(tables.get(name, GIVEN[name].schema.empty_table())))
    always, others = _views()
    if not had:
        connection.execute("SET VARIABLE summer_days = $1::BIT", [summer_days()])
        connection.execute(always)
    connection.execute("".join(text for name, text in others.items() if name in names))
    for name in sorted((OF_DETECTIONS | OF_EXPLAINED) & names, key=lambda name: (name in _REST_ON_BESIDES, name)):
        define(connection, name)
    return connection


def keep(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> frozenset[str]:
    """Put what CONNECTION has of NAMES and is no lake's into tables of its own, for many questions; give their names.

    To bind an Arrow table takes DuckDB up to a millisecond, each time that a question names it. What is large stays as
    it is. `release` undoes it.
    """
    kept = set()
    for name in (*sorted({*GIVEN, "calendar"}.intersection(names)), *sorted(_OF_TABLES.intersection(names))):
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
        if rows <= _KEPT_ROWS:
            connection.execute(f"CREATE TEMP TABLE kept AS FROM {name}")
            connection.unregister(name)
            connection.execute(f"DROP VIEW IF EXISTS {name}; ALTER TABLE kept RENAME TO {name}")
            kept.add(name)
    return frozenset(kept)


def release(connection: duckdb.DuckDBPyConnection, kept: Iterable[str]) -> None:
    """Let CONNECTION take other tables in the place of those that it has KEPT."""
    connection.execute("".join(f"DROP TABLE {name};" for name in kept))


def made(names: Iterable[str]) -> frozenset[str]:
    """What `scoped` gives a connection for NAMES: those, what they rest on, and what the views of all events read."""
    return frozenset(rested(names) | _REST_ON)


def resting(tables: Collection[str]) -> frozenset[str]:
    """TABLES, and the views that `keep` makes tables of what they hold."""
    return frozenset(tables) | (_OF_TABLES if _PEOPLE.intersection(tables) else frozenset())


def rested(names: Iterable[str]) -> set[str]:
    """NAMES, and the relations that the views among them rest on."""
    found = {*names}
    return found.union(
        _REST_ON_EXPLAINED if OF_EXPLAINED & found else (), *(_REST_ON_BESIDES.get(name, ()) for name in found)
    )


def over(connection: duckdb.DuckDBPyConnection, normalised: str) -> None:
    """Let the views of CONNECTION show other rows: those of the relation NORMALISED."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW normalised AS SELECT * FROM {normalised}")


def define(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make the view NAME of OF_DETECTIONS or OF_EXPLAINED on CONNECTION, which has what it reads."""
    connection.execute(statement(name))


def statement(name: str) -> str:
    """What makes the view NAME of OF_DETECTIONS or OF_EXPLAINED."""
    return "".join(map(_statements, _files(name)))


def words(name: str) -> frozenset[str]:
    """All words of what makes the view NAME of `normalised`, and what it rests on: among them every column it reads."""
    always, others = _views()
    texts = [always]
    for each in rested((name,)):
        texts += [others.get(each, ""), statement(each) if each in OF_DETECTIONS else ""]
    return frozenset(_WORD.findall(_COMMENT.sub("", " ".join(texts))))


def schema(name: str) -> pa.Schema:
    """The columns of the relation NAME, as SQL files see them."""
    if name == "calendar":
        return CALENDAR
    if name in GIVEN:
        return GIVEN[name].relation
    connection = connect()
    scoped(connection, Caller("schema"), NORMALISED.empty_table(), {}, (name,))
    return connection.sql(f"SELECT * FROM {name}").to_arrow_table().schema


def _files(name: str) -> tuple[Path, ...]:
    return _FILES.get(name, (_DETECT / f"{name}.sql",))


@cache
def _views() -> tuple[str, dict[str, str]]:
    """The macros and the views of all events, and each other view: to bind one takes time, also where nobody asks."""
    macros, *views = _statements(_VIEWS).split(_MADE)
    named = {text.split(maxsplit=1)[0]: _MADE + text for text in views}
    return macros + named.pop("clockless_events") + named.pop("events"), named


@cache
def _statements(path: Path) -> str:
    return path.read_text(encoding="utf-8")
