"""What detections have found and people decided, as it stands: of each finding the version in force."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.detect.attack import tactics
from analytics.detect.catalogue import catalogue
from ingest.lake import Lake, engine
from schemas.event import NORMALISED
from schemas.finding import DECISION, FINDING, RELATIONS, RUN, SHARE

# The lake's tables that a relation is made of: it is another one when any of them has moved.
RESTS_ON: dict[str, tuple[str, ...]] = {
    "findings": ("findings", "decisions"),
    "decisions": ("decisions",),
    "runs": ("runs",),
    "shares": ("shares",),
    "staff": ("findings", "shares"),
}
_SCHEMAS = {"findings": FINDING, "decisions": DECISION, "runs": RUN, "shares": SHARE}
_IN_FORCE = {
    "findings": "SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY finding ORDER BY run DESC) = 1",
    # Of two at the same time it is the one that `decide.history` has first.
    "decisions": (
        "SELECT * FROM {rows} QUALIFY row_number() "
        "OVER (PARTITION BY finding ORDER BY decided DESC, decided_by, verdict, reason) = 1"
    ),
    "runs": "SELECT * FROM {rows}",
    "shares": "SELECT * FROM {rows}",
}
_FOLDER = Path(__file__).parent
_WHO = Caller("sparhund detect")


def written(lake: Lake, name: str, connection: duckdb.DuckDBPyConnection | None = None) -> pa.Table:
    """What stands in the lake's table NAME (findings, decisions, runs, shares), as runs and people wrote it.

    For runs themselves, and for what tells one finding: lists read `standing`. A lake in which nothing was judged yet
    has no row.
    """
    if not (lake.root / name).exists():
        return _SCHEMAS[name].empty_table()
    rows = (connection or engine()).sql(_IN_FORCE[name].format(rows=lake.table(name).scan())).to_arrow_table()
    return rows.cast(_SCHEMAS[name])


def standing(lake: Lake, name: str, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The relation NAME of schemas.finding.RELATIONS, as far as it may be listed. TABLES: those of schemas.tables."""
    if name == "findings":
        return listed(written(lake, name), written(lake, "decisions"))
    if name == "staff":
        return _staff(lake, tables)
    return written(lake, name)


def listed(findings: pa.Table, decisions: pa.Table) -> pa.Table:
    """FINDINGS as they are listed, moved by what DECISIONS say of their like, both as `written`; see listed.sql."""
    connection = engine()
    try:
        connection.register("findings", findings)
        connection.register("decisions", decisions)
        connection.register("known", catalogue())
        connection.register("tactics", pa.table({"technique": [*tactics()], "tactic": [*tactics().values()]}))
        connection.execute(_sql("risk.sql"))
        return connection.sql(_sql("listed.sql")).to_arrow_table().cast(RELATIONS["findings"].schema)
    finally:
        connection.close()


def _staff(lake: Lake, tables: Mapping[str, pa.Table]) -> pa.Table:
    """The relation `staff`. Without a directory the lake's accounts are counted: of ten million events in a second."""
    months = {month for name in RESTS_ON["staff"] for month in written(lake, name)["month"].to_pylist()}
    connection = views.connect()
    try:
        events: str | pa.Table = lake.table("normalised").scan()
        if len(tables.get("people", ())):
            events = NORMALISED.empty_table()
        views.scoped(connection, _WHO, events, tables, {"employees"})
        connection.register("months", pa.table({"month": pa.array(sorted(months), pa.string())}))
        return connection.sql(_sql("staff.sql")).to_arrow_table().cast(RELATIONS["staff"].schema)
    finally:
        connection.close()


def _sql(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
