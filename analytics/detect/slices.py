"""What a run looks at: the new events, a month of event time at a time, each with what came before and after it."""

from dataclasses import dataclass
from datetime import datetime

import duckdb


@dataclass(frozen=True, slots=True)
class Slice:
    """New events of one calendar month (UTC): `first` and `last` are the times of the first and last of them."""

    first: datetime
    last: datetime
    events: int


def slices(connection: duckdb.DuckDBPyConnection, fresh: str) -> list[Slice]:
    """The events for which the SQL condition FRESH holds, by month, the oldest first."""
    found = connection.sql(
        "SELECT min(time) AS first, max(time) AS last, count(*) AS events "
        f"FROM events WHERE {fresh} GROUP BY date_trunc('month', time) ORDER BY first"
    ).to_arrow_table()
    return [Slice(**row) for row in found.to_pylist()]
