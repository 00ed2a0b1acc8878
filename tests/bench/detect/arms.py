"""Ways to detect: the product as it is, without a context table, and as rules alone. Each judges the same lake."""

import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.detect import run
from analytics.detect.findings import written
from analytics.detect.judging import Judging
from analytics.installation import Installation, installation
from ingest.lake import Lake
from ingest.table import DataFile, _stats
from ingest.writer import BATCH
from schemas.finding import SEVERITIES
from tests.bench.detect.score import Item, shown
from tests.bench.detect.truth import Truth

_UNEXPLAINED = "unexplained_looks"  # weighs nothing in `review`
LEAST = 100  # the risk from which `review` hands out


@dataclass(slots=True)
class Judged:
    """What an arm gave: findings in force, accesses and explained ones by (unit, system), and misuse that is explained.

    Accesses are those that need an explanation (about a person, or konfidentialitet 2 and more), without misuse.
    """

    findings: pa.Table
    accesses: Counter[tuple[str, str]] = field(default_factory=Counter)
    explained: Counter[tuple[str, str]] = field(default_factory=Counter)
    misuse: int = 0  # misuse events that need an explanation
    explained_misuse: dict[str, str] = field(default_factory=dict)  # event → an explanation


class Arm:
    """The municipality of TOWN judged in a lake of its own in ROOT, which shares the files of events."""

    def __init__(self, town: Path, root: Path, without: str | None = None) -> None:
        shutil.rmtree(root, ignore_errors=True)
        (root / "context").mkdir(parents=True)
        for name in ("settings.toml", "register.toml"):
            shutil.copy(town / name, root / name)
        (root / "people").symlink_to((town / "people").resolve())
        for path in (town / "context").iterdir():
            if path.stem != without:
                (root / "context" / path.name).symlink_to(path.resolve())
        self.home: Installation = installation(config=root / "settings.toml")
        self.lake = Lake.create(self.home.root)
        shutil.copy(town / "lake" / "identity.key", self.home.settings.identity_key)
        whole = Lake.open(town / "lake").table("normalised")
        self.files = sorted(whole.files.values(), key=lambda file: str(file.day))
        for file in self.files:
            path = self.lake.table("normalised").root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(whole.root / file.path, path)

    @property
    def days(self) -> list[date]:
        """The days that the municipality has events of."""
        return sorted({file.day for file in self.files if file.day is not None})

    def give(self, days: Collection[date], before: int = 0) -> None:
        """Give the lake the events of DAYS, where it has those of so many days BEFORE them: a day is a batch."""
        table = self.lake.table("normalised")
        files = [_with_stats(table.root, file) for file in self.files if file.day in days]
        table.commit(files, expect={BATCH: before or None}, positions={BATCH: before + len(days)})

    def judge(
        self,
        truth: Truth,
        step_days: int,
        *,
        explain: bool = True,
        progress: Callable[[date], object] = lambda _day: None,
    ) -> Judged:
        """Give the lake STEP_DAYS of events at a time, and run detection after each.

        Without EXPLAIN duty explains nothing. PROGRESS is told the last day that a run has seen.
        """
        judged = Judged(pa.table({}))
        for first in range(0, len(self.days), step_days):
            some = self.days[first : first + step_days]
            self.give(some, first)
            now = datetime.combine(max(some) + timedelta(days=1), datetime.min.time(), UTC)
            with _watched(judged, truth, explain=explain):
                run.detect(self.home, now=now)
            progress(max(some))
        judged.findings = written(self.lake, "findings")
        return judged


def _with_stats(root: Path, file: DataFile) -> DataFile:
    """FILE with its statistics, which a table's log has and its handle doesn't keep."""
    stats = _stats(pq.read_metadata(root / file.path))
    return DataFile(file.path, file.rows, file.keep, file.day, stats)


_SHARE = """
SELECT coalesce(j.actor_unit, ''), coalesce(j.system, ''), count(DISTINCT j.event_id), count(DISTINCT x.event_id)
FROM judged AS j LEFT JOIN explained AS x USING (event_id)
WHERE j.fresh AND (j.about IS NOT NULL OR j.k >= 2) AND j.event_id NOT IN (SELECT event_id FROM misuse)
GROUP BY ALL
"""
_MISUSE = """
SELECT j.event_id, min(x.explanation) FROM judged AS j LEFT JOIN explained AS x USING (event_id)
WHERE j.fresh AND (j.about IS NOT NULL OR j.k >= 2) AND j.event_id IN (SELECT event_id FROM misuse)
GROUP BY j.event_id
"""


@contextmanager
def _watched(judged: Judged, truth: Truth, *, explain: bool) -> Iterator[None]:
    """While detection runs, note in JUDGED what it explains; or let it explain nothing."""

    class Watched(Judging):
        """Judging, looked at from outside."""

        __slots__ = ()

        def explain(self, step: Callable[[], object] = lambda: None) -> None:
            if explain:
                super().explain(step)
            _note(self.connection, judged, truth)

    original: Any = run.Judging
    run.Judging = Watched  # type: ignore[misc]
    try:
        yield
    finally:
        run.Judging = original  # type: ignore[misc]


def _note(connection: duckdb.DuckDBPyConnection, judged: Judged, truth: Truth) -> None:
    connection.register("misuse", truth.events)
    for unit, system, accesses, explained in connection.execute(_SHARE).fetchall():
        judged.accesses[unit, system] += accesses
        judged.explained[unit, system] += explained
    for event, explanation in connection.execute(_MISUSE).fetchall():
        judged.misuse += 1
        if explanation is not None:
            judged.explained_misuse[event] = explanation
    connection.unregister("misuse")


def by_risk(finding: dict[str, Any]) -> tuple[float, ...]:
    """The product's own order."""
    return (-finding["risk"], finding["first"].timestamp())


def by_severity(finding: dict[str, Any]) -> tuple[float, ...]:
    """As rules alone are worked off: the severest first, and as they come."""
    return (-list(SEVERITIES).index(finding["severity"]), finding["first"].timestamp())


def items(findings: pa.Table, truth: Truth, rank: Callable[[dict[str, Any]], tuple[float, ...]]) -> list[Item]:
    """Each finding that stands, as what a reviewer looks at, in the order of RANK."""
    columns = ["month", "risk", "severity", "first", "last", "found", "detection", "evidence", "state"]
    return [
        Item(
            month=row["month"],
            rank=rank(row),
            incidents=shown(truth, row["evidence"], row["first"], row["last"], row["detection"]),
            found=row["found"],
            name=f"{row['detection']} ({row['severity']}, risk {row['risk']})",
            handed=rank is by_severity or row["risk"] >= LEAST,
        )
        for row in findings.select(columns).to_pylist()
        if row["state"] == "found"
    ]


def by_employee(findings: pa.Table, truth: Truth) -> list[Item]:
    """Each employee's month, as `sparhund ask review` hands it out: the findings of one, in the order of that question.

    What is nobody's is an item by itself. An item shows what any of its findings shows.
    """
    months: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in findings.to_pylist():
        if row["state"] == "found":
            months[row["month"], row["actor_person"] or row["actor_account"] or row["finding"]].append(row)
    return [_item(month, rows, truth) for (month, _), rows in months.items()]


def _item(month: str, rows: list[dict[str, Any]], truth: Truth) -> Item:
    first = min(rows, key=lambda row: (-row["risk"], row["finding"]))
    weighty = {row["detection"] for row in rows if 2 * row["risk"] >= first["risk"]} - {_UNEXPLAINED}
    points = min(1000, first["risk"] + 50 * len({first["detection"], *weighty}) - 50)
    shows = [shown(truth, row["evidence"], row["first"], row["last"], row["detection"]) for row in rows]
    return Item(
        month=month,
        rank=(-points, first["first"].timestamp()),
        incidents=frozenset().union(*shows),
        found=min(row["found"] for row in rows),
        name=" + ".join(sorted({row["detection"] for row in rows})),
        handed=points >= LEAST,
    )
