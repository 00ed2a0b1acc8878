"""What is wrong with what the municipality says of itself: the question `context_faults`, which nobody has to ask."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller, caller
from analytics.installation import Installation
from analytics.question import arguments, put, question, relations

_NAME = "context_faults"


def found(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The answer's rows on CONNECTION, which has the relations that it reads."""
    file = question(_NAME)
    return put(connection, file, arguments(file, {}))


def context_faults(home: Installation, who: Caller | None = None) -> pa.Table:
    """The answer's rows; WHO asks, by default `caller()`. Errors: SettingsError for a table that can't be read."""
    with home.connect() as connection:
        names = relations(question(_NAME))
        views.scoped(connection, who or caller(), home.relation("normalised"), home.tables(), names)
        return found(connection)


def written(rows: pa.Table) -> Iterator[str]:
    """ROWS as a run has them: `state: table: column: reason: number`, without what isn't there."""
    for row in rows.to_pylist():
        parts = (row["state"], row["relation"], row["field"], row["reason"], row["number"] or None)
        yield ": ".join(str(part) for part in parts if part is not None)
