"""A run: what came into the lake since the last one is judged, and what detections raise is committed as findings."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.detect import findings
from analytics.detect.knowledge import EVIDENCE, detections, explanations, fault, key, window_days
from analytics.detect.slices import Slice, moved, slices
from analytics.installation import Installation
from analytics.question import arguments
from analytics.views import RELATIONS
from ingest.lake import FencedError, Lake
from schemas.errors import SqlFileError
from schemas.finding import FINDING, RUN
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal

POSITION = "detect"  # the application id whose version is the last batch that a run has looked at
MEMORY_BYTES = 2 << 30  # of DuckDB; what is more spills into the lake's folder
_FOLDER = Path(__file__).parent
_WHO = Caller("sparhund detect")


@dataclass(slots=True)
class Ran:
    """What a run did. `rested`: the detections that did not run, and why."""

    run: int
    from_batch: int
    to_batch: int
    events: int = 0
    accesses: int = 0
    explained: int = 0
    first: datetime | None = None
    last: datetime | None = None
    findings: pa.Table = field(default_factory=FINDING.empty_table)
    rested: dict[str, str] = field(default_factory=dict)


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

    Errors:  LakeError if the lake can't be read or written, or another run committed meanwhile (nothing of this one is
             kept); SettingsError for a context table in fault; SqlFileError for a detection that isn't as its kind wants.
    """
    now = now or datetime.now(UTC)
    began = time.monotonic()
    lake = Lake.open(home.root)
    normalised, kept, runs = lake.table("normalised"), lake.table("findings"), lake.table("runs")
    for table in (normalised, kept, runs):
        table.refresh()
    done, upto = runs.positions.get(POSITION, 0), normalised.positions.get("batch", 0)
    if upto <= done and since is None:
        return None
    fresh = f"(batch > {done} AND batch <= {upto})"
    if since is not None:
        fresh = f"({fresh} OR (time >= {literal(since)} AND batch <= {upto}))"
    ran = Ran(runs.version + 1, done, upto)
    connection = views.connect(MEMORY_BYTES)
    connection.execute(f"SET temp_directory = {literal(str(lake.scratch))}")
    try:
        tables = home.tables()
        at_hand = enabled(home, ran)
        far = max([1, *map(window_days, at_hand)])
        views.scoped(connection, _WHO, normalised.scan(), tables, RELATIONS)
        todo = slices(connection, fresh)
        steps = len(todo) * (len(at_hand) + len(explanations()) + 1)
        step = _steps(progress, steps)
        held = findings.in_force(connection, lake)
        decided = _decided(connection, held, findings.decisions(connection, lake))
        for each in todo:
            around = normalised.scan(start=moved(each.first, -far), stop=moved(each.last, far + 1))
            views.scoped(connection, _WHO, around, tables, RELATIONS)
            found = _judge(connection, ran, each, fresh, far, at_hand, held, decided, now, step)
            held = _newest(held, found)
            ran.findings = _newest(ran.findings, found)
        _commit(lake, ran, now, began)
    finally:
        connection.close()
    return ran


def enabled(home: Installation, ran: Ran | None = None) -> list[SqlFile]:
    """The detections that run in this installation; RAN is told of the others."""
    decision = home.settings.detection.relations_decision
    found = []
    for file in detections().values():
        if file.header.get("needs") == "decision" and not decision:
            if ran is not None:
                ran.rested[file.name] = "no decision is recorded (settings: detection.relations_decision)"
        else:
            found.append(file)
    return found


def explain_all(connection: duckdb.DuckDBPyConnection, step: Callable[[], object] = lambda: None) -> None:
    """Fill `explained` on CONNECTION, by all explanations over its `accesses`."""
    for file in explanations().values():
        connection.execute(
            f"INSERT INTO explained SELECT event_id, {literal(file.name)}, relation, row_id FROM ({file.sql})",
            arguments(file, {}) or None,
        )
        step()


def prepare(connection: duckdb.DuckDBPyConnection, fresh: str, first: datetime, last: datetime, far_days: int) -> None:
    """Make of the views of CONNECTION the tables that explanations and detections read: judged.sql, nothing in them yet.

    FIRST and LAST are the times of the first and last event for which FRESH holds.
    """
    bounds = {
        "near_first": moved(first, -1),
        "near_last": moved(last, 2),
        "far_first": moved(first, -far_days),
        "far_last": moved(last, far_days + 1),
    }
    for name, value in bounds.items():
        connection.execute(f"SET VARIABLE {name} = {literal(value)}")
    _script(connection, "judged.sql", fresh)


def _judge(  # noqa: PLR0917 - one call
    connection: duckdb.DuckDBPyConnection,
    ran: Ran,
    each: Slice,
    fresh: str,
    far: int,
    at_hand: list[SqlFile],
    held: pa.Table,
    decided: pa.Table,
    now: datetime,
    step: Callable[[], object],
) -> pa.Table:
    """The findings' versions that the events of a slice give (FINDING)."""
    prepare(connection, fresh, each.first, each.last, far)
    step()
    explain_all(connection, step)
    for file in at_hand:
        _raise(connection, file)
        step()
    connection.register("held", held)
    connection.register("judged_before", decided)
    _script(connection, "proof.sql", fresh)
    _hold_evidence(connection)
    rows = connection.sql((_FOLDER / "findings.sql").read_text(encoding="utf-8"), params={"now": now}).to_arrow_table()
    connection.register("versions", rows)
    ranked = connection.sql((_FOLDER / "ranking.sql").read_text(encoding="utf-8")).to_arrow_table()
    [(accesses, explained)] = connection.sql(
        "SELECT count(DISTINCT j.event_id), count(DISTINCT x.event_id) FROM judged AS j LEFT JOIN explained AS x USING (event_id) "
        "WHERE j.fresh AND (j.about IS NOT NULL OR j.k >= 2)"
    ).fetchall()
    ran.events += each.events
    ran.accesses += accesses
    ran.explained += explained
    ran.first = each.first if ran.first is None else min(ran.first, each.first)
    ran.last = each.last if ran.last is None else max(ran.last, each.last)
    columns = {name: ranked[name] for name in ranked.column_names}
    columns["run"] = pa.array([ran.run] * len(ranked), pa.int64())
    return pa.table([columns[name] for name in FINDING.names], names=FINDING.names).cast(FINDING)


def _raise(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Put what a detection's rows say into `raised`."""
    values = arguments(file, {})
    described = connection.sql(file.sql, params=values or None)
    columns = dict(zip(described.columns, map(str, described.types), strict=True))
    if wrong := fault(file, columns):
        raise SqlFileError(str(file.path), "returns", wrong)
    keys = key(file)
    group = " || ' ' || ".join(f"coalesce(CAST({name} AS VARCHAR), '-')" for name in keys)
    told = ", ".join(f"{name} := {name}" for name in columns if name != EVIDENCE)
    connection.execute(
        f"INSERT INTO raised SELECT (SELECT count(*) FROM raised) + row_number() OVER (), {literal(file.name)}, "
        f"{literal(file.header['severity'])}, {group}, CAST(to_json(struct_pack({told})) AS VARCHAR), {EVIDENCE} FROM ({file.sql})",
        values or None,
    )
    connection.execute("INSERT INTO ran VALUES (?)", [file.name])


def _hold_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Errors: SqlFileError for a detection that rests on an event that isn't there."""
    wrong = connection.sql(
        "SELECT detection FROM (SELECT detection, unnest(evidence) AS event_id FROM raised) AS r "
        "WHERE NOT EXISTS (SELECT 1 FROM proof AS p WHERE p.event_id = r.event_id) ORDER BY detection LIMIT 1"
    ).fetchall()
    for (name,) in wrong:
        raise SqlFileError(name, EVIDENCE, "names an event that does not lie within the detection's window")


def _decided(connection: duckdb.DuckDBPyConnection, held: pa.Table, decided: pa.Table) -> pa.Table:
    connection.register("held", held)
    connection.register("decided", decided)
    return connection.sql(
        "SELECT detection, group_key, count(*) FILTER (WHERE verdict = 'justified') AS justified, "
        "count(*) FILTER (WHERE verdict = 'unjustified') AS unjustified FROM held JOIN decided USING (finding) GROUP BY ALL"
    ).to_arrow_table()


def _newest(held: pa.Table, found: pa.Table) -> pa.Table:
    """HELD with the findings of FOUND in the place of their older versions."""
    if not len(found):
        return held
    ids = set(found["finding"].to_pylist())
    stays = [finding not in ids for finding in held["finding"].to_pylist()]
    return pa.concat_tables([held.filter(pa.array(stays, pa.bool_())), found])


def _commit(lake: Lake, ran: Ran, now: datetime, began: float) -> None:
    """1 the findings, 2 the run with its position.

    A crash between leaves versions of a run that has no row: the next one makes the same again, under the same ids.

    Errors:  FencedError if another run has moved the position meanwhile.
    """
    table, runs = lake.table("findings"), lake.table("runs")
    if runs.positions.get(POSITION, 0) != ran.from_batch:
        raise FencedError("detect: another run came first")
    if len(ran.findings):
        table.append([table.write(ran.findings)])
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
    }
    file = runs.write(pa.Table.from_pylist([row], RUN))
    expect = {POSITION: ran.from_batch or None}
    runs.commit([file], expect=expect, positions={POSITION: ran.to_batch})


def _script(connection: duckdb.DuckDBPyConnection, name: str, fresh: str) -> None:
    connection.execute((_FOLDER / name).read_text(encoding="utf-8").format(fresh=fresh))


def _steps(progress: Callable[[int, int], object], of: int) -> Callable[[], None]:
    done: Iterator[int] = iter(range(1, of + 1))

    def step() -> None:
        progress(next(done, of), of)

    return step

