"""The share explained: how much of what needs an explanation has one, by unit, system, level and explanation."""

from pathlib import Path

import duckdb
import pyarrow as pa

SHARES = pa.schema(
    [
        pa.field("unit", pa.string()),  # the unit that the event names; NULL = none
        pa.field("system", pa.string()),
        pa.field("k", pa.int32()),  # konfidentialitet at the event's time; NULL = not classified
        pa.field("explanation", pa.string()),  # NULL = any of them
        pa.field("accesses", pa.int64()),  # those that need an explanation; NULL in the row of one explanation
        pa.field("explained", pa.int64()),
    ]
)
_SQL = Path(__file__).with_name("shares.sql").read_text(encoding="utf-8")


def shares(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The rows SHARES of what CONNECTION has as `accesses` and `explained`; no row if nothing needs an explanation."""
    return connection.sql(_SQL).to_arrow_table().cast(SHARES)
