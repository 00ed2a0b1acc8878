"""What is wrong with how logs come in: what the page of health explains, and the start page counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics import status, views
from analytics.answer import stated
from analytics.caller import Caller
from analytics.completeness import Statement
from analytics.context_faults import context_faults
from analytics.installation import OWN
from analytics.opened import Opened
from analytics.question import arguments, put, question, relations
from dashboards import standing
from dashboards.server.fresh import Fresh
from dashboards.standing import Process

_AGE_S, _OLD_S = 10.0, 60.0  # computed again, and waited for
_SELDOM_S, _SELDOM_OLD_S = 60.0, 600.0  # of what reads the events of a day, or those around gaps
_LAG_OF = timedelta(days=1)
MOST_GAPS = 100
_WAITED_S = 300  # what has waited longer isn't just on its way
# Of the self-audit: whoever looks at a page makes acts, which are read when logs are, where that isn't all the time.
_OWN_WAITED_S = 3600
# The kinds of faults, the worst first.
FAULTS = ("balance", "silent", "never", "cleared", "gaps", "rejects", "clock", "waiting", "undeclared", "unsaid")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one source, with the numbers that tell how large it is: a column of `Sources.rows` each."""

    kind: str  # of FAULTS
    source: str
    columns: tuple[str, ...]


_NUMBERS: dict[str, tuple[str, ...]] = {
    "balance": ("records", "balance"),
    "silent": ("last_utc", "silent_s"),
    "never": (),
    "cleared": ("clears", "cleared_utc"),
    "gaps": ("gaps", "missing"),
    "rejects": ("rejects",),
    "clock": ("ahead", "ancient", "last_utc"),
    "waiting": ("waiting", "waiting_s"),
    "undeclared": ("events", "last_utc"),
    "unsaid": (),
}


# The kinds that a source has if one of these columns tells something.
_TOLD_BY: dict[str, tuple[str, ...]] = {
    "balance": ("balance",),
    "silent": ("silent_s",),
    "cleared": ("clears",),
    "gaps": ("gaps",),
    "rejects": ("rejects",),
    "clock": ("ahead", "ancient"),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """How each source stood `at` an instant (analytics.status), how it is declared, and what may be missing of all."""

    at: datetime
    rows: pa.Table
    declared: pa.Table
    statement: Statement

    def names(self) -> list[str]:
        """Every source that is declared, or that has come."""
        found: list[str] = self.rows["source"].to_pylist()
        return found

    def of(self, source: str) -> tuple[pa.Table, pa.Table]:
        """The row of SOURCE in `rows`, and in `declared`; none for a source that there isn't."""
        return _only(self.rows, source), _only(self.declared, source)

    def unread(self) -> list[str]:
        """The sources of which no record was ever read: that nothing is wrong doesn't tell that they deliver."""
        found: list[str] = self.rows.filter(pc.equal(pc.fill_null(self.rows["records"], 0), 0))["source"].to_pylist()
        return found

    def faults(self) -> Iterator[Fault]:
        """What is wrong, the worst kind first, by source within it."""
        declared = {row["source"]: row for row in self.declared.to_pylist()}
        found: dict[str, list[str]] = {kind: [] for kind in FAULTS}
        for row in self.rows.to_pylist():
            for kind in _kinds(row, declared.get(row["source"])):
                found[kind].append(row["source"])
        for kind, names in found.items():
            for name in names:
                yield Fault(kind, name, _NUMBERS[kind])


def _only(rows: pa.Table, source: str) -> pa.Table:
    return rows.filter(pc.equal(rows["source"], source))


def _kinds(row: dict[str, Any], declared: dict[str, Any] | None) -> Iterator[str]:
    for kind, columns in _TOLD_BY.items():
        if any(row[column] for column in columns):
            yield kind
    if row.get("waiting") and (row["waiting_s"] or 0) > (_OWN_WAITED_S if row["source"] == OWN else _WAITED_S):
        yield "waiting"
    if row["source"] == OWN:
        return
    if declared is None:
        yield "undeclared"
        return
    if not row["records"] and not row.get("waiting"):
        yield "never"
    if not declared["logs"]:
        yield "unsaid"


class Health:
    """How the sources and the running commands stand, seldom older than ten seconds: all who look see one answer."""

    def __init__(self, home: Opened) -> None:
        self._home = home
        self._sources = Fresh(self._look, _AGE_S, _OLD_S)
        self._processes = Fresh(lambda: standing.processes(home.settings.operations), _AGE_S, _OLD_S)
        self._rejects = Fresh(lambda: status.rejects(home), _AGE_S, _OLD_S)
        self._lag = Fresh(lambda: status.lag(home, datetime.now(UTC) - _LAG_OF), _SELDOM_S, _SELDOM_OLD_S)
        self._gaps = Fresh(self._gaps_of, _SELDOM_S, _SELDOM_OLD_S)
        self._context = Fresh(lambda: context_faults(home, Caller(OWN)), _AGE_S, _OLD_S)

    def sources(self) -> Sources:
        """Errors: LakeError, LimitError."""
        return self._sources.get()

    def processes(self) -> list[Process]:
        """Those that the settings give an address."""
        return self._processes.get()

    def rejects(self) -> pa.Table:
        """Rejects by source and reason. Errors: as above."""
        return self._rejects.get()

    def context_faults(self) -> pa.Table:
        """What is wrong with what the municipality says of itself. Errors: as above."""
        return self._context.get()

    def lag(self) -> pa.Table:
        """How long events of the last day took until they were received, by source. Errors: as above."""
        return self._lag.get()

    def gaps(self) -> pa.Table:
        """The latest gaps: where each lies, and between which times (`without_event`). Errors: as above."""
        return self._gaps.get()

    def _gaps_of(self) -> pa.Table:
        file = question("without_event")
        names = relations(file)
        with self._home.connect() as connection:
            views.scoped(connection, Caller(OWN), self._home.relation("normalised"), self._home.tables(), names)
            return put(connection, file, arguments(file, {"kind": "gap"}), MOST_GAPS)

    def _look(self) -> Sources:
        now = datetime.now(UTC)
        rows = standing.with_waiting(status.status(self._home, now), self._home, now)
        return Sources(now, rows, self._home.tables()["sources"], stated(self._home, now=now, who=Caller(OWN)))
