"""Judging a slice of time: its accesses as a table, what duty explains of them, and what detections raise."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from analytics import views
from analytics.calendar import moved
from analytics.caller import Caller
from analytics.detect.knowledge import EVIDENCE, detections, explanations, fault, key, window_days
from analytics.detect.shares import shares
from analytics.detect.slices import Slice
from analytics.question import arguments, relations
from analytics.sigma import Rule, matches
from schemas.errors import SqlFileError
from schemas.finding import SEVERITIES
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal

_FOLDER = Path(__file__).parent
_WHO = Caller("sparhund detect")
_COSTLY = frozenset({"windows_fields", "places"})  # views that take fields out of JSON: once a slice, not once a rule
_RAISED = pa.schema(
    [
        *((name, pa.string()) for name in ("detection", "severity", "group_key", "facts")),
        ("evidence", pa.list_(pa.string())),
    ]
)
FEW_EVENTS = 100_000  # a slice of more looks at everything around it, not only at what concerns the same persons


class Events(Protocol):
    """The lake's `normalised`, or chosen files of it."""

    def scan(self, *, start: datetime | None = None, stop: datetime | None = None) -> str:
        """The rows of that time as an SQL relation."""


@cache
def _explained_by() -> frozenset[str]:
    """What explanations read, and what tells the events."""
    return frozenset({"events", "people", "units", "assets"}).union(*map(relations, explanations().values()))


class Judging:
    """One connection on which slices are judged, one after another, the oldest first.

    EVENTS is the lake's `normalised`, TABLES the relations beside it, FRESH the SQL condition of the events that are
    judged, FAR_DAYS how far back and ahead what lies around them may count, WHO whose scope holds (None: our own).
    Memory: that of CONNECTION, and its spill.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        events: Events,
        tables: Mapping[str, pa.Table],
        fresh: str,
        far_days: int = 1,
        who: Caller | None = None,
    ) -> None:
        self.connection = connection
        self._who = who or _WHO
        self._events = events
        self._tables = tables
        self._fresh = fresh
        self._far_days = far_days
        self._ordinal = 0
        self._slice: Slice | None = None
        self._covered: datetime | None = None  # before it all accesses are in `judged`, as far back as anything looks

    def scope(self, names: Collection[str] = views.RELATIONS) -> None:
        """Give the connection the relations NAMES over all of the lake."""
        views.scoped(self.connection, self._who, self._events.scan(), self._tables, names)

    def open(self, each: Slice, *, alone: bool = False) -> None:
        """Give the connection what detections and explanations read, of EACH slice and around it.

        ALONE: only what explanations of the fresh events themselves read; nothing is to be raised then.
        """
        self._ordinal += 1
        self._slice = each
        near_first, near_last = moved(each.first, -1), moved(each.last, 2)
        far_first, far_last = moved(each.first, -self._far_days), moved(each.last, self._far_days + 1)
        around = self._events.scan(start=far_first, stop=far_last)
        views.scoped(self.connection, self._who, around, self._tables, _explained_by() if alone else views.RELATIONS)
        wide = each.events > FEW_EVENTS
        if self._ordinal == 1 or not wide or self._covered is None:
            self._script("judged.sql", fresh=self._fresh)
            self._covered = None
        spans = {
            "near_first": literal(near_first),
            "near_last": literal(near_last),
            "far_first": literal(far_first),
            "far_last": literal(far_last),
        }
        if alone:
            self._alone(spans)
            return
        self._script(
            "wide.sql" if wide else "near.sql",
            fresh=self._fresh,
            ordinal=self._ordinal,
            covered=literal(self._covered or far_first),
            **spans,
        )
        self._covered = near_last if wide else None
        self._script("raised.sql")
        for name in sorted(views.OF_EXPLAINED):
            views.define(self.connection, name)

    def _alone(self, spans: Mapping[str, str]) -> None:
        """The fresh events' own accesses, and what the same employees did before to the same objects and persons."""
        self._script("alone.sql", fresh=self._fresh, ordinal=self._ordinal, **spans)
        rows = self.connection.sql("SELECT DISTINCT actor_person, object_id, about FROM judged").to_arrow_table()
        named = {name: rows[name].unique().drop_null().to_pylist() for name in rows.column_names}
        if named["actor_person"]:
            lists = {name: ", ".join(map(literal, values)) or "NULL" for name, values in named.items()}
            self._script("before.sql", fresh=self._fresh, **lists, **spans)

    def explain(self, step: Callable[[], object] = lambda: None) -> None:
        """Fill `explained` for the accesses that came with the slice, by all explanations."""
        for file in explanations().values():
            self._see_accesses(window_days(file), or_older=True)
            self.connection.execute(
                f"INSERT INTO explained SELECT event_id, {literal(file.name)}, relation, row_id FROM ({file.sql}) "
                f"WHERE event_id IN (SELECT event_id FROM judged WHERE ordinal = {self._ordinal})",
                arguments(file, {}) or None,
            )
            step()

    def raised(self, files: Iterable[SqlFile], step: Callable[[], object] = lambda: None) -> None:
        """Fill `raised`, by the detections FILES. Errors: SqlFileError for an answer that isn't as their kind wants."""
        for days, group in groupby(sorted(files, key=window_days), window_days):
            alike = list(group)
            self._see_events(days)
            self._see_accesses(days)
            for name in sorted(_COSTLY & frozenset().union(*map(relations, alike))):
                views.define(self.connection, name)
                self.connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE {name}_rows AS SELECT * FROM {name};"
                    f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {name}_rows"
                )
            for file in alike:
                self._raise(file)
                step()

    def matched(self, rules: Sequence[Rule]) -> None:
        """Fill `raised`, by Sigma RULES: a row for each rule and whose act it is."""
        if not rules:
            return
        self._see_events(1)
        by_id = {rule.id: rule for rule in rules}
        rows = matches(self.connection, rules, f"({self._own})").to_pylist()
        said = [
            {
                "detection": f"sigma:{row['rule']}",
                "severity": _severity(by_id[row["rule"]]),
                "group_key": row["key"] or "-",
                "facts": json.dumps({"title": by_id[row["rule"]].title, "tags": by_id[row["rule"]].tags}),
                "evidence": row["evidence"],
            }
            for row in rows
        ]
        self.connection.register("matched", pa.Table.from_pylist(said, _RAISED))
        self.connection.execute(
            "INSERT INTO raised SELECT (SELECT count(*) FROM raised) + row_number() OVER (), * FROM matched"
        )
        self.connection.register("rules", pa.table({"detection": [f"sigma:{rule.id}" for rule in rules]}))
        self.connection.execute("INSERT INTO ran SELECT detection, false FROM rules")

    @property
    def _own(self) -> str:
        """The condition of the events that this slice judges: what another one of the run judges is not this one's."""
        assert self._slice is not None
        within = f"time >= {literal(self._slice.first)} AND time <= {literal(self._slice.last)}"
        return f"({self._fresh} AND {within})"

    def _see_events(self, days: int) -> None:
        """Let `events` (and so all views of it) show what lies within so many DAYS of the slice."""
        assert self._slice is not None
        start, stop = moved(self._slice.first, -days), moved(self._slice.last, days + 1)
        ahead = f"(time < {literal(moved(self._slice.last, 2))} OR NOT {self._fresh})"  # as in near.sql
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW normalised AS SELECT * FROM {self._events.scan(start=start, stop=stop)} "
            f"WHERE time >= {literal(start)} AND time < {literal(stop)} AND {ahead}"
        )

    def _see_accesses(self, days: int, *, or_older: bool = False) -> None:
        """Let `accesses` show the rows within so many DAYS of the slice; OR_OLDER: and what else came with it."""
        assert self._slice is not None
        since = f"time >= {literal(moved(self._slice.first, -days))}"
        if or_older:
            since = f"(ordinal = {self._ordinal}{f' OR {since}' if days else ''})"
        columns = "* EXCLUDE (fresh, ordinal)"
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW accesses AS SELECT {columns} FROM judged WHERE {since}")

    def versions(self, held: pa.Table, now: datetime) -> pa.Table:
        """The versions of findings that `raised` makes of HELD, those in force: schemas.finding.FINDING without run.

        Errors:  SqlFileError for a detection that rests on an event that isn't within its window.
        """
        self.connection.register("held", held)
        # No further off than what has raised anything may reach: of months of events most runs need two days.
        raised = {name for (name,) in self.connection.execute("SELECT DISTINCT detection FROM raised").fetchall()}
        self._see_events(max([1, *(window_days(file) for file in detections().values() if file.name in raised)]))
        self._script("proof.sql", fresh=self._own)
        wrong = self.connection.sql("SELECT DISTINCT detection FROM unproved ORDER BY detection").fetchall()
        for (name,) in wrong:
            raise SqlFileError(name, EVIDENCE, "names an event that does not lie within the detection's window")
        self.connection.register("versions", self._answer("findings.sql", {"now": now}))
        self._script("risk.sql")
        return self._answer("ranking.sql")

    def shares(self) -> pa.Table:
        """How much of the slice's accesses that need an explanation has one: schemas.finding.SHARE without run."""
        assert self._slice is not None
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW accesses AS SELECT * EXCLUDE (fresh, ordinal) FROM judged WHERE {self._own}"
        )
        found = shares(self.connection)
        return found.append_column("month", pa.array([f"{self._slice.first:%Y-%m}"] * len(found), pa.string()))

    def _raise(self, file: SqlFile) -> None:
        values = arguments(file, {}) or None
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {file.sql}", values)
        answer = self.connection.table("answer")
        columns = dict(zip(answer.columns, map(str, answer.types), strict=True))
        if wrong := fault(file, columns):
            raise SqlFileError(str(file.path), "returns", wrong)
        group = " || ' ' || ".join(f"coalesce(CAST({name} AS VARCHAR), '-')" for name in key(file))
        facts = ", ".join(f"{name} := {name}" for name in columns if name != EVIDENCE)
        said = f"{literal(file.name)}, {literal(file.header['severity'])}, {group}"
        self.connection.execute(
            f"INSERT INTO raised SELECT (SELECT count(*) FROM raised) + row_number() OVER (), {said}, "
            f"CAST(to_json(struct_pack({facts})) AS VARCHAR), {EVIDENCE} FROM answer"
        )
        self.connection.execute("INSERT INTO ran VALUES (?, ?)", [file.name, key(file) == ("source",)])

    def _answer(self, name: str, params: dict[str, object] | None = None) -> pa.Table:
        return self.connection.sql((_FOLDER / name).read_text(encoding="utf-8"), params=params).to_arrow_table()

    def _script(self, name: str, **given: Any) -> None:
        self.connection.execute((_FOLDER / name).read_text(encoding="utf-8").format(**given))


def _severity(rule: Rule) -> str:
    """Sigma's levels are spelt as ours; `informational` is none of them."""
    return rule.level if rule.level in SEVERITIES else "low"
