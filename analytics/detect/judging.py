"""Judging a slice of time: its accesses as a table, what duty explains of them, and what detections raise."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.detect.knowledge import EVIDENCE, explanations, fault, key
from analytics.detect.slices import Slice, moved
from analytics.question import arguments
from schemas.errors import SqlFileError
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal

if TYPE_CHECKING:
    from ingest.lake import Table

_FOLDER = Path(__file__).parent
_WHO = Caller("sparhund detect")


@dataclass(frozen=True, slots=True)
class Judging:
    """One connection on which slices are judged, one after another.

    `events` is the lake's `normalised`, `tables` the relations beside it, `fresh` the SQL condition of the events that
    are judged, `far_days` how far back and ahead what lies around them may count.
    """

    connection: duckdb.DuckDBPyConnection
    events: "Table"
    tables: Mapping[str, pa.Table]
    fresh: str
    far_days: int = 1

    def open(self, each: Slice) -> None:
        """Give the connection what detections and explanations read, of EACH slice and around it (judged.sql)."""
        near = {"near_first": moved(each.first, -1), "near_last": moved(each.last, 2)}
        far = {"far_first": moved(each.first, -self.far_days), "far_last": moved(each.last, self.far_days + 1)}
        around = self.events.scan(start=far["far_first"], stop=far["far_last"])
        views.scoped(self.connection, _WHO, around, self.tables)
        for name, value in (near | far).items():
            self.connection.execute(f"SET VARIABLE {name} = {literal(value)}")
        self._script("judged.sql")

    def explain(self, step: Callable[[], object] = lambda: None) -> None:
        """Fill `explained`, by all explanations over `accesses`."""
        for file in explanations().values():
            self.connection.execute(
                f"INSERT INTO explained SELECT event_id, {literal(file.name)}, relation, row_id FROM ({file.sql})",
                arguments(file, {}) or None,
            )
            step()

    def raised(self, files: Iterable[SqlFile], step: Callable[[], object] = lambda: None) -> None:
        """Fill `raised`, by the detections FILES. Errors: SqlFileError for an answer that isn't as their kind wants."""
        for file in files:
            self._raise(file)
            step()

    def versions(self, held: pa.Table, decided: pa.Table, now: datetime) -> pa.Table:
        """The versions of findings that `raised` makes of HELD, those in force: schemas.finding.FINDING without run.

        Errors:  SqlFileError for a detection that rests on an event that isn't within its window.
        """
        self.connection.register("held", held)
        self.connection.register("decided", decided)
        self._script("proof.sql")
        wrong = self.connection.sql("SELECT DISTINCT detection FROM unproved ORDER BY detection").fetchall()
        for (name,) in wrong:
            raise SqlFileError(name, EVIDENCE, "names an event that does not lie within the detection's window")
        self.connection.register("versions", self._answer("findings.sql", {"now": now}))
        return self._answer("ranking.sql")

    def share(self) -> tuple[int, int]:
        """How many of the judged accesses need an explanation, and how many of those have one."""
        [(accesses, explained)] = self.connection.sql(
            "SELECT count(DISTINCT j.event_id), count(DISTINCT x.event_id) "
            "FROM judged AS j LEFT JOIN explained AS x USING (event_id) "
            "WHERE j.fresh AND (j.about IS NOT NULL OR j.k >= 2)"
        ).fetchall()
        return accesses, explained

    def _raise(self, file: SqlFile) -> None:
        values = arguments(file, {}) or None
        described = self.connection.sql(file.sql, params=values)
        columns = dict(zip(described.columns, map(str, described.types), strict=True))
        if wrong := fault(file, columns):
            raise SqlFileError(str(file.path), "returns", wrong)
        group = " || ' ' || ".join(f"coalesce(CAST({name} AS VARCHAR), '-')" for name in key(file))
        facts = ", ".join(f"{name} := {name}" for name in columns if name != EVIDENCE)
        said = f"{literal(file.name)}, {literal(file.header['severity'])}, {group}"
        self.connection.execute(
            f"INSERT INTO raised SELECT (SELECT count(*) FROM raised) + row_number() OVER (), {said}, "
            f"CAST(to_json(struct_pack({facts})) AS VARCHAR), {EVIDENCE} FROM ({file.sql})",
            values,
        )
        self.connection.execute("INSERT INTO ran VALUES (?)", [file.name])

    def _answer(self, name: str, params: dict[str, object] | None = None) -> pa.Table:
        return self.connection.sql((_FOLDER / name).read_text(encoding="utf-8"), params=params).to_arrow_table()

    def _script(self, name: str) -> None:
        self.connection.execute((_FOLDER / name).read_text(encoding="utf-8").format(fresh=self.fresh))
