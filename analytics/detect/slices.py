"""What a run looks at: the new events, a month of event time at a time, each with what came before and after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1601, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 - bounds of the calendar, see `moved`


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


def moved(time: datetime, days: int) -> datetime:
    """TIME so many DAYS later, or where the calendar ends: a wrong clock may stand in 1601 or 9999."""
    try:
        return time + days * DAY
    except OverflowError:
        return (_LATEST if days > 0 else _EARLIEST).replace(tzinfo=time.tzinfo)
