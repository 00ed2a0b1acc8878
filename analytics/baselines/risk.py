"""The risk of every account and period, as rows for people and for findings."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.baselines.facts import KINDS, SQL, Facts
from analytics.baselines.habits import MEMORY_BYTES, Habits
from analytics.baselines.kept import judged
from analytics.installation import Installation
from ingest.lake import Lake
from schemas.errors import LakeError, SettingsError
from schemas.event import TIMESTAMP
from schemas.terms import terms

HOURS = {"hour": 1, "day": 24}
_ROWS = 50_000  # are put into words together

COMPONENT = pa.struct(
    [
        pa.field("name", pa.string()),  # score.COMPONENTS
        pa.field("probability", pa.float64()),  # of account-periods until then, the share with as much of it
        pa.field("numbers", pa.string()),  # Swedish
        pa.field("numbers_en", pa.string()),
    ]
)
RISK = pa.schema(
    [
        pa.field("actor_account", pa.string()),
        pa.field("actor_person", pa.string()),
        pa.field("period_start_utc", TIMESTAMP),
        pa.field("risk", pa.float64()),  # 0-1
        pa.field("reason", pa.string()),  # Swedish
        pa.field("reason_en", pa.string()),
        pa.field("components", pa.list_(COMPONENT)),  # the least likely first
    ]
)


def risk(
    given: duckdb.DuckDBPyConnection | Installation,
    by: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pa.Table:
    """RISK: a row for every account and period (`hour` or `day`, UTC) with events, from SINCE until before UNTIL.

    Computed only from events whose time lies before the period's end. A period counts if it begins in the span. Rows
    stand by period and account.

    Shape:   GIVEN is an installation, or a connection with the relations `events` and `calendar`.
    Errors:  SettingsError for another BY; LakeError if there is no lake.
    """
    return pa.concat_tables([RISK.empty_table(), *risks(given, by, since, until)])


def risks(
    given: duckdb.DuckDBPyConnection | Installation,
    by: str,
    since: datetime | None = None,
    until: datetime | None = None,
    threads: int | None = None,
) -> Iterator[pa.Table]:
    """As `risk`, some 50,000 rows at a time. Memory: 1 GiB for DuckDB, which spills into the lake, and the state."""
    if by not in HOURS:
        raise SettingsError("risk", "by", f"want {' or '.join(HOURS)}")
    hours = HOURS[by]
    if isinstance(given, Installation):
        lake = Lake.open(given.root)
        folder = given.root / "cache" / "baselines"
        with _scratch(lake) as scratch:
            relations = Facts(lake.table("normalised"), folder / "facts", scratch).relations(MEMORY_BYTES, threads)
            habits = Habits(relations, hours, scratch, threads=threads)
            yield from _worded(habits, judged(habits, folder / by), since, until)
            habits.connection.close()
    else:
        # Another connection may not see the caller's relations, so the aggregates are handed over.
        given.execute("CREATE OR REPLACE TEMP VIEW given AS SELECT *, '' AS filename FROM events")
        [(spill,)] = given.sql("SELECT current_setting('temp_directory')").fetchall()
        tables = {kind: given.sql(SQL[kind]).to_arrow_table() for kind in KINDS}
        habits = Habits(tables, hours, Path(spill) if spill else None, threads=threads)
        yield from _worded(habits, judged(habits, None), since, until)


@contextmanager
def _scratch(lake: Lake) -> Iterator[Path]:
    """A folder to spill to: the lake's, so under the same protection. Errors: LakeError where it can't be made."""
    scratch = lake.scratch / uuid.uuid4().hex
    try:
        scratch.mkdir(parents=True)
    except OSError as error:
        raise LakeError(f"{lake.root}: the scratch folder can't be written: {error.strerror}") from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _worded(
    habits: Habits, scored: Iterator[pa.Table], since: datetime | None, until: datetime | None
) -> Iterator[pa.Table]:
    first, last = _period(since, habits.hours), _period(until, habits.hours)
    words = Words(habits)
    kept: list[pa.Table] = []
    for rows in scored:
        chosen = rows
        if first is not None or last is not None:
            low, high = habits.first if first is None else first, habits.last + 1 if last is None else last
            periods = rows["period"].to_numpy()
            chosen = rows.filter(pa.array((periods >= low) & (periods < high)))
        if len(chosen):
            kept.append(chosen)
        if sum(map(len, kept)) >= _ROWS:
            yield words.of(pa.concat_tables(kept))
            kept = []
    if kept:
        yield words.of(pa.concat_tables(kept))


def _period(moment: datetime | None, hours: int) -> int | None:
    """The first period that begins at MOMENT or later."""
    if moment is None:
        return None
    return -((datetime(1970, 1, 1, tzinfo=UTC) - moment) // timedelta(hours=hours))


class Words:
    """Puts scored rows into words."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self._ready = False

    def of(self, scored: pa.Table) -> pa.Table:
        """RISK of SCORED rows."""
        connection = self._habits.connection
        if not self._ready:
            actions = {key.split(".")[1]: said for key, said in terms().items() if key.startswith("action.")}
            columns = [list(actions), *([said[language] for said in actions.values()] for language in ("sv", "en"))]
            connection.register("action_words", pa.table(columns, names=["action", "sv", "en"]))
            self._habits.holders()
            connection.execute(SQL["macros"])
            self._ready = True
        connection.register("scored", scored)
        return connection.sql(SQL["words"], params=self._habits.given("words")).to_arrow_table().cast(RISK)
