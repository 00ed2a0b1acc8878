"""What a connection keeps between batches: relations whose rows change, and statements over them that are planned once.

Planning the statement of a mapping costs 50 to 200 ms, running it over a hundred records a tenth of that (measured).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa

_CHUNK_ROWS = 2048  # what a core takes at a time: a batch in one piece would be one core's alone
_PLANS = 100  # of a connection; the oldest goes first


@dataclass(slots=True)
class Slot:
    """A relation whose rows change from batch to batch while its name and schema stay: plans over it stay good."""

    schema: pa.Schema
    table: pa.Table = field(init=False)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Let go of a batch."""
        self.table = self.schema.empty_table()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows of now, in chunks that cores share."""
        return self.table.to_reader(max_chunksize=_CHUNK_ROWS).__arrow_c_stream__(requested_schema)


@dataclass(slots=True)
class _Kept:
    slots: dict[str, Slot] = field(default_factory=dict)
    plans: dict[tuple[str, ...], str] = field(default_factory=dict)
    made: int = 0


_kept: WeakKeyDictionary[duckdb.DuckDBPyConnection, _Kept] = WeakKeyDictionary()


def slot(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> Slot:
    """The relation NAME of CONNECTION, made where it isn't there."""
    kept = _kept.setdefault(connection, _Kept())
    if name not in kept.slots:
        kept.slots[name] = Slot(schema)
        connection.register(name, kept.slots[name])
    return kept.slots[name]


def run(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...], sql: Callable[[], str]) -> pa.Table:
    """The rows of the statement that KEY names, which SQL writes when CONNECTION meets it for the first time."""
    kept = _kept.setdefault(connection, _Kept())
    if key not in kept.plans:
        if len(kept.plans) >= _PLANS:
            connection.execute(f"DEALLOCATE {kept.plans.pop(next(iter(kept.plans)))}")
        kept.made += 1
        connection.execute(f"PREPARE plan_{kept.made} AS {sql()}")
        kept.plans[key] = f"plan_{kept.made}"
    return connection.sql(f"EXECUTE {kept.plans[key]}").to_arrow_table()


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the statements of CONNECTION: the tables or macros that they read have been made anew."""
    kept = _kept.get(connection)
    if kept is not None:
        for name in kept.plans.values():
            connection.execute(f"DEALLOCATE {name}")
        kept.plans.clear()
