"""Findings as the lake keeps them: the version in force of each, and what is known of those that people decided."""

import duckdb
import pyarrow as pa

from ingest.lake import Lake

_IN_FORCE = "SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY finding ORDER BY run DESC) = 1"
_LAST = "SELECT * FROM {rows} QUALIFY row_number() OVER (PARTITION BY finding ORDER BY decided DESC) = 1"


def in_force(connection: duckdb.DuckDBPyConnection, lake: Lake) -> pa.Table:
    """Each finding as its last version has it (schemas.finding.FINDING)."""
    return connection.sql(_IN_FORCE.format(rows=lake.table("findings").scan())).to_arrow_table()


def decisions(connection: duckdb.DuckDBPyConnection, lake: Lake) -> pa.Table:
    """The last decision of each finding that has one (schemas.finding.DECISION)."""
    return connection.sql(_LAST.format(rows=lake.table("decisions").scan())).to_arrow_table()
