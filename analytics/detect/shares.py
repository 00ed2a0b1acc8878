"""The share explained: how much of what needs an explanation has one, by unit, system, level and explanation."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

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
_GROUP = ("unit", "system", "k", "explanation")
_NUMBERS = ("accesses", "explained")
_SQL = Path(__file__).with_name("shares.sql").read_text(encoding="utf-8")


def shares(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The rows SHARES of what CONNECTION has as `accesses` and `explained`; no row if nothing needs an explanation."""
    return connection.sql(_SQL).to_arrow_table().cast(SHARES)


def added(parts: Iterable[pa.Table]) -> pa.Table:
    """SHARES of parts that have no event in common, such as the slices of a run."""
    rows = pa.concat_tables([SHARES.empty_table(), *parts])
    summed = rows.group_by(list(_GROUP)).aggregate([(name, "sum") for name in _NUMBERS])
    columns = [summed[name] for name in _GROUP] + [summed[f"{name}_sum"] for name in _NUMBERS]
    return _sorted(pa.table(columns, schema=SHARES), _GROUP)


def per(rows: pa.Table, name: str) -> pa.Table:
    """Accesses, explained and share (0-1) of SHARES for each value of NAME: `unit`, `system`, `k` or `explanation`.

    An explanation's share is of all accesses, and an access may have several.
    """
    one = pc.is_valid(rows["explanation"])
    whole = rows.filter(pc.invert(one))
    counted = rows.filter(one) if name == "explanation" else whole
    summed = counted.group_by(name).aggregate([(number, "sum") for number in _NUMBERS])
    explained = summed["explained_sum"]
    accesses = summed["accesses_sum"]
    if name == "explanation":
        accesses = pa.array([pc.sum(whole["accesses"]).as_py()] * len(summed), pa.int64())
    share = pc.divide(pc.cast(explained, pa.float64()), pc.cast(accesses, pa.float64()))
    found = pa.table({name: summed[name], "accesses": accesses, "explained": explained, "share": share})
    return _sorted(found, (name,))


def _sorted(rows: pa.Table, names: Iterable[str]) -> pa.Table:
    return rows.sort_by([(name, "ascending", "at_start") for name in names])
