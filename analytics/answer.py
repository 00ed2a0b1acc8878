"""Put a question to a lake: who asks is recorded, the rows are computed, and the answer says what it rests on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics import completeness, targets, views
from analytics.acts import Act
from analytics.caller import Caller, caller
from analytics.completeness import Statement
from analytics.installation import Installation, installation
from analytics.narrow import Need, need, shared
from analytics.question import about_persons, actions, arguments, columns_read, put, question, reads_events, relations
from analytics.strangers import unknown
from ingest.identity import looks_like_number
from schemas.errors import QuestionError, SparhundError
from schemas.event import NORMALISED
from schemas.finding import RELATIONS as JUDGED
from schemas.settings import Settings
from schemas.sqlfile import SqlFile

if TYPE_CHECKING:
    import pandas as pd

_TOKEN = re.compile(r"p_[0-9a-f]{32}")  # its digits may look like anything
_LEAST_SIGNS, _LEAST_DIFFERENT, _LEAST_LETTERS = 4, 3, 2  # of a purpose: letters and digits, and letters
# Texts that somebody writes; a number has no better place there, as it has where something is asked.
_REFERENCE = re.compile(r"\d{2,4}\s*[/:-]\s*\d+")  # a diarienummer: 2026/114
_PROSE = frozenset({"purpose", "reason", "note", "title"})
_WRITTEN = "looks like a personal number, which must not stand in a text; write the case's reference instead"
_ASKED = "looks like a personal number, which must not stand here; give `-` and type it on standard input"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question and what is given to it. `most`: no more rows than this, instead of the most of all."""

    question: SqlFile
    params: Mapping[str, Any]
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, and what they rest on. `more`: there are rows beyond those that were asked for at most."""

    question: SqlFile
    rows: pa.Table
    statement: Statement
    more: bool = False

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.rows

    def to_pandas(self) -> "pd.DataFrame":
        """The rows as a data frame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame

    def __str__(self) -> str:
        return f"{self.question.name}: {len(self.rows)} rader\n{self.statement}"

    __repr__ = __str__


def ask(
    name: str,
    /,
    *,
    lake: Path | str | None = None,
    config: Path | str | Settings | None = None,
    purpose: str | None = None,
    **params: Any,
) -> Answer:
    """The answer to the question NAME (a file of analytics/questions) with PARAMS, from the lake.

    A time is an aware datetime, ISO text with offset, or a date: that day in Sweden (as `stop`: until it is over).
    PURPOSE says why; it must be given where the question is about a person, unless the settings waive it.

    Errors:  QuestionError for a question or parameter that isn't as declared, a missing purpose, or a value that looks
             like a personal number; LakeError if the lake can't be read, or the question can't be recorded: then there
             is no answer.
    """
    return answer(installation(lake, config), question(name), params, purpose=purpose)


def answer(
    home: Installation,
    file: SqlFile,
    params: Mapping[str, Any],
    *,
    purpose: str | None = None,
    now: datetime | None = None,
    who: Caller | None = None,
    most: int | None = None,
) -> Answer:
    """As `ask`, for callers that have opened the installation.

    NOW is the present, WHO asks (by default `caller()`); no more than MOST rows are given, with `more` if there are.
    """
    (only,) = answers(home, [Ask(file, params)], purpose=purpose, now=now, who=who, most=most)
    return only


def answers(
    home: Installation,
    asks: Sequence[Ask],
    *,
    name: str | None = None,
    about: Mapping[str, Any] | None = None,
    purpose: str | None = None,
    now: datetime | None = None,
    who: Caller | None = None,
    most: int | None = None,
) -> list[Answer]:
    """The answers to ASKS of one page, from one state of the lake, as one act that is recorded as NAME with ABOUT.

    By default those are the first question's. The answers share a statement, of the period and system of the first
    question and the actions of all. Errors: as for `ask`; LimitError if it takes more than the installation allows.
    """
    now = now or datetime.now(UTC)
    who = who or caller()
    values = [arguments(each.question, each.params, now, home.settings) for each in asks]
    for each, given in zip(asks, values, strict=True):
        hold_texts(each.question.name, given)
        hold_purpose(home.settings, each.question.name, purpose, needed=about_persons(each.question, given))
    home.hold()  # what isn't a lake is asked nothing, and gets no spool
    if about is None:
        about = {key: value for key, value in values[0].items() if asks[0].params.get(key) is not None}
    hold_texts(name or asks[0].question.name, about)
    act = Act(home=home, who=who, question=name or asks[0].question.name, params=about, purpose=purpose)
    waiting = home.waiting()  # without this ask's own
    act.write("asked", now)
    try:
        found = _computed(home, list(zip(asks, values, strict=True)), who, now, waiting, most)
    except (SparhundError, duckdb.Error):
        act.write("failed", datetime.now(UTC))
        raise
    act.write("answered", datetime.now(UTC), sum(len(each.rows) for each in found))
    return found


def stated(home: Installation, *, now: datetime | None = None, who: Caller | None = None) -> Statement:
    """What all that the lake holds rests on, without a question: it names no person, and is no act."""
    with home.asking() as connection:
        home.scope(connection, who or caller(), home.narrowed([]), home.tables(), completeness.NEEDS)
        found = home.statement(connection, start=None, stop=None, actions=(), system=None, now=now or datetime.now(UTC))
    return replace(found, waiting=home.waiting())


def _computed(
    home: Installation,
    asks: Sequence[tuple[Ask, dict[str, Any]]],
    who: Caller,
    now: datetime,
    waiting: int,
    most: int | None,
) -> list[Answer]:
    with home.asking() as connection:
        names = frozenset[str]().union(*(relations(each.question) for each, _ in asks))
        tables = home.tables(views.rested(names) & JUDGED.keys())
        needs = {
            place: need(each.question, given, tables)
            for place, (each, given) in enumerate(asks)
            if reads_events(each.question)
        }
        limits = [most if each.most is None else each.most for each, _ in asks]
        rows: dict[int, pa.Table] = {}
        for normalised, places in _relations(connection, home, needs, asks):
            home.scope(connection, who, normalised, tables, names | completeness.NEEDS)
            for place in places:
                limit = limits[place]
                each, given = asks[place]
                rows[place] = put(connection, each.question, given, None if limit is None else limit + 1)
        rested = [actions(each.question) for each, _ in asks]
        first = asks[0][1]
        found = home.statement(
            connection,
            start=first.get("start"),
            stop=first.get("stop"),
            actions=tuple(dict.fromkeys(action for each in rested for action in each)) if all(rested) else (),
            system=first.get("system"),
            now=now,
        )
        named = any(unknown(given, tables) for _, given in asks)
        found = replace(found, waiting=waiting, strangers=named)
        connection.execute("DROP TABLE IF EXISTS slice")  # the connection may live on
    return [
        Answer(each.question, rows[place].slice(0, limit), found, more=limit is not None and len(rows[place]) > limit)
        for place, ((each, _), limit) in enumerate(zip(asks, limits, strict=True))
    ]


def _relations(
    connection: duckdb.DuckDBPyConnection,
    home: Installation,
    needs: Mapping[int, Need],
    asks: Sequence[tuple[Ask, Any]],
) -> Iterator[tuple[str, list[int]]]:
    """Relations of the lake's rows, each with the places of the ASKS that are put to it; all of one state of the lake.

    What is about the same thing is read once: it is put to a table of the rows that it has in common. Any other is put
    to the files that it needs itself, not to those of all.
    """
    alike = [place for place, each in needs.items() if each.same]
    common = shared([needs[place] for place in alike]) if len(alike) > 1 else None
    together = alike if common else []
    others: dict[Need | None, list[int]] = {}
    for place in range(len(asks)):
        if place not in together:
            others.setdefault(needs.get(place), []).append(place)
    rows_of, *rest = home.parted([[needs[place] for place in together], *([each] if each else [] for each in others)])
    if common:
        condition, values = common
        # What nobody reads is not read here either: of half of the columns a person's month takes half of the time.
        read = frozenset[str]().union(*(columns_read(asks[place][0].question) for place in together))
        unread = [name for name in NORMALISED.names if name not in read]
        without = f"REPLACE ({', '.join(f'NULL AS {name}' for name in unread)})" if unread else ""
        sql = f"CREATE OR REPLACE TEMP TABLE slice AS SELECT * {without} FROM {rows_of} WHERE {condition}"
        connection.execute(sql, values)
        yield "slice", together
    for relation, (asked, places) in zip(rest, others.items(), strict=True):
        where = asked and targets.condition(asked)
        yield f"(SELECT * FROM {relation} WHERE {where})" if where else relation, places


def hold_texts(place: str, values: Mapping[str, Any]) -> None:
    """Errors: QuestionError for a personal number among VALUES, or no text."""
    for name, value in values.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not _is_text(text):
                raise QuestionError(place, name, "holds bytes that are no text in UTF-8")
            if isinstance(text, str) and looks_like_number(text) and not _TOKEN.fullmatch(text):
                raise QuestionError(place, name, _WRITTEN if name in _PROSE else _ASKED)


def hold_purpose(settings: Settings, place: str, purpose: str | None, *, needed: bool = True) -> None:
    """Hold PURPOSE to tell somebody who reads it afterwards something: the one rule of pages, API and commands.

    Errors:  QuestionError if there is none, it is NEEDED and the settings don't waive it; if it says nothing; or if it
             holds what may be a personal number.
    """
    hold_texts(place, {"purpose": purpose})
    said = (purpose or "").strip()
    if said and not _says_something(said):
        raise QuestionError(place, "purpose", "says nothing; write a few words, or the case's reference")
    if not said and needed and settings.questions.purpose_required:
        raise QuestionError(
            place,
            "purpose",
            "missing: a question about a person is answered only when its purpose is stated (--purpose)",
        )


def _says_something(text: str) -> bool:
    """Whether TEXT may be words or a reference (KS 12): not a sign or two, nor the same again and again."""
    if _REFERENCE.fullmatch(text):
        return True
    signs = [sign for sign in text.casefold() if sign.isalnum()]
    letters = sum(sign.isalpha() for sign in signs)
    return len(signs) >= _LEAST_SIGNS and len(set(signs)) >= _LEAST_DIFFERENT and letters >= _LEAST_LETTERS


def _is_text(text: str) -> bool:
    """Whether it can be written down: what the terminal gave and couldn't be decoded can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
