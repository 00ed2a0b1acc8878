"""A run: what came into the lake since the last one is judged, and what detections raise is committed as findings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from analytics import context_faults, sigma, views
from analytics.detect.findings import written
from analytics.detect.judging import Judging
from analytics.detect.knowledge import detections, explanations, reach_days
from analytics.detect.slices import Slice, slices
from analytics.installation import Installation, readable
from ingest.lake import FencedError, Lake
from schemas.finding import FINDING, RUN, SHARE
from schemas.settings import Settings
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal

POSITION = "detect"  # the application id whose version is the last batch that a run has looked at
MEMORY_BYTES = 2 << 30  # of DuckDB; what is more spills into the lake's folder


@dataclass(slots=True)
class Ran:
    """What a run did: the batches and times that it looked at, the findings' versions that it wrote.

    `rested` names the detections that did not run, and why: a word of schemas.finding.RESTS. `context_faults` are the
    rows of the question of that name.
    """

    run: int
    from_batch: int
    to_batch: int
    events: int = 0
    accesses: int = 0
    explained: int = 0
    first: datetime | None = None
    last: datetime | None = None
    findings: pa.Table = field(default_factory=FINDING.empty_table)
    shares: pa.Table = field(default_factory=SHARE.empty_table)
    rested: dict[str, str] = field(default_factory=dict)
    context_faults: pa.Table = field(default_factory=lambda: pa.table({}))

    def count(self, each: Slice, shares: pa.Table) -> None:
        """Add what a slice held; SHARES: schemas.finding.SHARE without run."""
        whole = shares.filter(pc.is_null(shares["explanation"]))
        self.events += each.events
        self.accesses += pc.sum(whole["accesses"]).as_py() or 0
        self.explained += pc.sum(whole["explained"]).as_py() or 0
        self.shares = pa.concat_tables([self.shares, self.mine(shares, SHARE)])
        self.first = each.first if self.first is None else min(self.first, each.first)
        self.last = each.last if self.last is None else max(self.last, each.last)

    def mine(self, rows: pa.Table, schema: pa.Schema) -> pa.Table:
        """ROWS with this run's number, as SCHEMA has them."""
        return rows.append_column("run", pa.array([self.run] * len(rows), pa.int64())).select(schema.names).cast(schema)


def detect(
    home: Installation,
    *,
    now: datetime | None = None,
    since: datetime | None = None,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Ran | None:
    """Judge the events that no run has looked at, and those from SINCE on again; None if there are none.

    What came late, and what was computed again, has a new batch, so it is looked at again with what lies around it.
    A finding's id says nothing of the run: the same cause is found again as the same finding, which grows.
    PROGRESS is told how many steps of how many are done. Memory: MEMORY_BYTES and the findings.

    Errors:  LakeError if the lake can't be read or written; FencedError if another run committed meanwhile, MovedError
             if compaction removed what was to be read: nothing of this run counts then. SettingsError for a table that
             can't be read at all, since to judge as if it were missing would raise what it explains. SqlFileError for
             a detection that isn't as its kind wants.
    """
    began, now = time.monotonic(), now or datetime.now(UTC)
    lake = Lake.open(home.root)
    events, runs = lake.table("normalised"), lake.table("runs")
    for table in (events, runs):
        table.refresh()
    ran = Ran(runs.version + 1, runs.positions.get(POSITION, 0), events.positions.get("batch", 0))
    if ran.to_batch <= ran.from_batch and since is None:
        return None
    fresh = f"(batch > {ran.from_batch} AND batch <= {ran.to_batch})"
    if since is not None:
        fresh = f"({fresh} OR (time >= {literal(since)} AND batch <= {ran.to_batch}))"
    files, ran.rested = enabled(home.settings)
    rules = sigma.rules(home.root / sigma.FOLDER)
    connection = views.connect(MEMORY_BYTES, spill=lake.scratch)
    try:
        with readable():
            judging = Judging(connection, events, home.tables(), fresh, reach_days(files))
            judging.scope()
            ran.context_faults = context_faults.found(connection)
            todo = slices(connection, fresh)
            step = _steps(progress, len(todo) * (len(files) + len(explanations()) + 2))
            held = written(lake, "findings", connection)
            for each in todo:
                judging.open(each)
                step()
                judging.explain(step)
                judging.raised(files, step)
                judging.matched(rules)
                found = ran.mine(judging.versions(held, now), FINDING)
                ran.count(each, judging.shares())
                held = _newest(held, found)
                ran.findings = _newest(ran.findings, found)
                step()
    finally:
        connection.close()
    _commit(lake, ran, now, began)
    return ran


def enabled(settings: Settings) -> tuple[list[SqlFile], dict[str, str]]:
    """The detections that run with these SETTINGS, and why the others don't: a word of schemas.finding.RESTS."""
    rested = {
        file.name: "no_decision"
        for file in detections().values()
        if file.header.get("needs") == "decision" and not settings.detection.relations_decision
    }
    return [file for file in detections().values() if file.name not in rested], rested


def _newest(held: pa.Table, found: pa.Table) -> pa.Table:
    """HELD with the findings of FOUND in the place of their older versions."""
    ids = set(found["finding"].to_pylist())
    stays = [finding not in ids for finding in held["finding"].to_pylist()]
    return pa.concat_tables([held.filter(pa.array(stays, pa.bool_())), found])


def _commit(lake: Lake, ran: Ran, now: datetime, began: float) -> None:
    """1 the findings, 2 the shares, 3 the run with its position.

    A crash between leaves versions of a run that has no row: the next one makes the same again, under the same ids.

    Errors:  FencedError if another run has moved the position meanwhile.
    """
    runs = lake.table("runs")
    runs.refresh()
    if runs.positions.get(POSITION, 0) != ran.from_batch:
        raise FencedError("detect: another run came first")
    for name, rows in (("findings", ran.findings), ("shares", ran.shares)):
        if len(rows):
            table = lake.table(name)
            table.append([table.write(rows)])
    row = {
        "run": ran.run,
        "started": now,
        "seconds": round(time.monotonic() - began),
        "from_batch": ran.from_batch,
        "to_batch": ran.to_batch,
        "first": ran.first,
        "last": ran.last,
        "events": ran.events,
        "accesses": ran.accesses,
        "explained": ran.explained,
        "findings": len(ran.findings),
        "rested": [f"{name}: {reason}" for name, reason in sorted(ran.rested.items())],
        "context_faults": list(context_faults.written(ran.context_faults)),
    }
    file = runs.write(pa.Table.from_pylist([row], RUN))
    runs.commit([file], expect={POSITION: ran.from_batch or None}, positions={POSITION: ran.to_batch})


def _steps(progress: Callable[[int, int], object], of: int) -> Callable[[], None]:
    done = iter(range(1, of + 1))

    def step() -> None:
        progress(next(done), of)

    return step
