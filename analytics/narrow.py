"""Which files of the lake an answer needs: by its period, and by the values that it was asked about.

A question's header may say, besides what it counts, what its answer can't rest on:

    -- narrow:   time; all actor_person, object_id      no event outside start and stop; each of these that is given is
                                                        what every event has in that column
    -- narrow:   time days before                       nor earlier than that parameter's days before start
    -- narrow:   time and stop                          what lies at stop counts too
    -- narrow:   around at within_h                     nor further from the time `at` than so many hours
    -- narrow:   time; any actors, objects              every event has at least one of their values
    -- narrow:   any person via aliases                 or a value that the relation knows for the parameter's
    -- narrow:   any person via aliases in target_account   and that column has it
    -- narrow:   all src_ip in assigned                 and it is of the end of a session that was given an address
    -- narrow:   all src_ip unless counted              not where that parameter is true: then any event may count

A test holds each question that says so to the answer that it gives without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.calendar import moved
from schemas.errors import SqlFileError
from schemas.event import NORMALISED
from schemas.sqlfile import SqlFile

# The columns in which a value is looked for: those that a person, an object or an address is named by.
COLUMNS = ("actor_account", "actor_person", "object_id", "object_path", "subject", "target_account", "src_ip")
# Of them those in which few files hold what most hold elsewhere: an employee is in every file as the actor. The member
# of a group whom Windows names by a SID, in the record alone, counts as there too (analytics/fingerprints.py).
TOLD_APART = ("target_account",)
# What the end of a session that was given an address is known by, each by itself: most that such come from, or are of,
# were given to none.
ASSIGNED = "assigned"
_VIA = ("aliases", "object_subject")
_AND_STOP = "and stop"
_INSTANT = timedelta(microseconds=1)
# Records of a shard that are looked for together: a file holds few such blocks, so that its filter grows by little.
BLOCK_RECORDS = 4096
# The last of Latin-1: up to it lower case is the same for Arrow, Python and DuckDB, and not for all letters beyond.
LATIN = "\N{LATIN SMALL LETTER Y WITH DIAERESIS}"


@dataclass(frozen=True, slots=True)
class Need:
    """Events with START <= time < STOP (None: open) that have, of each of `groups`, at least one value in COLUMNS.

    A value may be `apart`. Case means nothing in it. No group: any event of the period. `same`: columns of an event
    that have just that value in all of them. `address`: shard and position of the only record that they came from.
    """

    start: datetime | None = None
    stop: datetime | None = None
    groups: tuple[frozenset[str], ...] = ()
    same: frozenset[tuple[str, Any]] = frozenset()
    address: tuple[str, int] | None = None


def block(shard: str, position: int) -> str:
    """In which block of its SHARD a record stands, as a value."""
    return f"shard {shard} {position // BLOCK_RECORDS}"


def apart(column: str, value: str) -> str:
    """VALUE in that COLUMN of TOLD_APART, or after ASSIGNED, as a value."""
    return f"{column} {value}"


def need(file: SqlFile, values: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> Need:
    """What the answer of FILE to VALUES rests on at most. TABLES are those beside the events."""
    time, every, named, unless = _said(file)
    if isinstance(time, tuple):
        at, hours = (values[name] for name in time)
        within = timedelta(hours=hours)
        return Need(moved(at, -within), moved(at, within + _INSTANT))
    start, stop = (values.get(name) if time is not None else None for name in ("start", "stop"))
    if time == _AND_STOP:
        stop = stop and moved(stop, _INSTANT)
    elif start and time:
        start = moved(start, -values[time])
    if unless and values[unless]:
        return Need(start, stop)
    found = [
        _within(f"{ASSIGNED} {name}" if column == ASSIGNED else column, _values(values.get(name), via, tables))
        for name, via, column in named
        if not every or column or name in COLUMNS
    ]
    given = [each for each in found if each]
    together = (frozenset().union(*given),) if given and None not in found else ()
    groups = tuple(given) if every else together
    columns = {name for name, *_ in named if every} & set(NORMALISED.names)
    same = frozenset((name, values[name]) for name in columns if values.get(name) is not None)
    return Need(start, stop, groups, same)


def shared(needs: Sequence[Need]) -> tuple[str, dict[str, Any]] | None:
    """What all events of NEEDS have in common, as an SQL condition and its parameters; None if too little is."""
    same = frozenset[tuple[str, Any]].intersection(*(each.same for each in needs)) if needs else frozenset()
    if not same:
        return None
    values: dict[str, Any] = dict(sorted(same))
    parts = [f"{name} = ${name}" for name in values]
    starts, stops = [each.start for each in needs], [each.stop for each in needs]
    if None not in starts:
        values["start"] = min(each for each in starts if each)
        parts.append("time >= $start")
    if None not in stops:
        values["stop"] = max(each for each in stops if each)
        parts.append("time < $stop")
    return " AND ".join(parts), values


def _said(file: SqlFile) -> tuple[str | tuple[str, str] | None, bool, list[tuple[str, str, str]], str]:
    """What the period is that bounds it, whether every value must be there, and parameter, relation and column of each.

    The period: None if none does, else the parameter of days before it, _AND_STOP, or nothing; or those of a time and
    of hours around it, beside which nothing else is said. Last the parameter that lifts the values, or nothing.

    Errors:  SqlFileError for another word, or a parameter that the file hasn't; of `all` one that is no column.
    """
    time: str | tuple[str, str] | None = None
    every, named, unless = False, [], ""
    declared = {param.name for param in file.params}
    for part in filter(None, (part.strip() for part in file.header.get("narrow", "").split(";"))):
        word, _, rest = part.partition(" ")
        days = rest.removesuffix("before").strip()
        if word == "time" and (rest == _AND_STOP or {"start", "stop", *([days] if rest else [])} <= declared):
            time = days
        elif word == "around" and set(rest.split()) <= declared and len(rest.split()) == 2:  # noqa: PLR2004
            at, hours = rest.split()
            time = (at, hours)
        elif word in {"all", "any"}:
            every = word == "all"
            rest, _, unless = (text.strip() for text in rest.partition(" unless "))
            if unless and unless not in declared:
                raise SqlFileError(str(file.path), "narrow", "want a parameter of the question after `unless`")
            named = [_pair(file, text, declared) for text in rest.split(",")]
            if every and not {name for name, _, column in named if column != ASSIGNED} <= set(NORMALISED.names):
                raise SqlFileError(str(file.path), "narrow", "want columns of an event after `all`")
        else:
            raise SqlFileError(str(file.path), "narrow", "want `time`, `around …`, `all …` or `any …`")
    return time, every, named, unless


def _pair(file: SqlFile, text: str, declared: set[str]) -> tuple[str, str, str]:
    rest, _, column = (part.strip() for part in text.partition(" in "))
    name, _, via = (part.strip() for part in rest.partition(" via "))
    if name not in declared or (via and via not in _VIA):
        raise SqlFileError(str(file.path), "narrow", f"want parameters of the question, and via {' or '.join(_VIA)}")
    if column and column not in {*TOLD_APART, ASSIGNED}:
        raise SqlFileError(str(file.path), "narrow", f"want {' or '.join((*TOLD_APART, ASSIGNED))} after `in`")
    return name, via, column


def _within(column: str, values: frozenset[str] | None) -> frozenset[str] | None:
    if not column or not values:
        return values
    spelt = values | {account_key(value) for value in values} if column in TOLD_APART else values
    return frozenset(apart(column, value) for value in spelt)


def account_key(name: str) -> str:
    """As detect/member_names.sql has it, of a NAME in whatever case."""
    if "=" in name or not {"\\", "@"} & set(name):
        return name
    domain, user = name.split("\\")[:2] if "\\" in name else reversed(name.split("@")[:2])
    return f"{user}@{domain.split('.')[0]}"


def _values(value: Any, via: str, tables: Mapping[str, pa.Table]) -> frozenset[str] | None:
    """The values that an event may hold for VALUE; None: not known, so that nothing is ruled out by them."""
    asked: Sequence[str] = value if isinstance(value, list) else [value] if value else []
    if via == "aliases":
        if any(letter > LATIN for text in asked for letter in text):
            return None
        accounts = tables["accounts"].select(["person", "account"])
        lowered = {name: pc.utf8_lower(accounts[name]) for name in accounts.column_names}
        keys = pa.array([text.lower() for text in asked], pa.string())
        held = accounts.filter(pc.is_in(lowered["account"], keys))
        persons = pc.utf8_lower(pa.array([*asked, *held["person"].drop_null().to_pylist()], pa.string()))
        theirs = accounts.filter(pc.is_in(lowered["person"], persons))
        named = (*asked, *held["person"].to_pylist(), *theirs["person"].to_pylist(), *theirs["account"].to_pylist())
        return frozenset(text for text in named if text)
    if via == "object_subject":
        about = tables["object_subject"]
        of = about.filter(pc.is_in(about["subject"], pa.array(list(asked), pa.string())))
        return frozenset(asked) | frozenset(of["object_id"].drop_null().to_pylist())
    return frozenset(asked)
