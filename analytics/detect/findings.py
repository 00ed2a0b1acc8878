"""What detections have found and people decided, as it stands: of each finding the version in force."""

import duckdb
import pyarrow as pa

from analytics.detect.catalogue import catalogue
from ingest.lake import Lake, engine
from schemas.finding import RELATIONS

_STANDS = {
    "findings": "SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY finding ORDER BY run DESC) = 1",
    "decisions": "SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY finding ORDER BY decided DESC) = 1",
    "runs": "SELECT * FROM {rows}",
    "shares": "SELECT * FROM {rows}",
}


def standing(lake: Lake, name: str, connection: duckdb.DuckDBPyConnection | None = None) -> pa.Table:
    """The relation NAME of schemas.finding.RELATIONS. A lake in which nothing was judged yet has none: no row."""
    if name == "detections":
        return catalogue()
    if not (lake.root / name).exists():
        return RELATIONS[name].schema.empty_table()
    rows = (connection or engine()).sql(_STANDS[name].format(rows=lake.table(name).scan())).to_arrow_table()
    return rows.cast(RELATIONS[name].schema)
