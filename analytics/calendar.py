from functools import cache
from typing import TYPE_CHECKING

import holidays
import pyarrow as pa

if TYPE_CHECKING:
    from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2050

CALENDAR = pa.schema(
    [
        pa.field("day", pa.date32()),  # a local day in Sweden
        pa.field("holiday", pa.string()),  # its Swedish name; NULL = an ordinary day
    ]
)


@cache
def calendar() -> pa.Table:
    """The days off in Sweden besides weekends, 2000-2050: holidays by law and the eves that in effect are days off.

    Shape:   CALENDAR, one row a day: only days with a name (midsommarafton, julafton and nyårsafton are among them).
    Source:  lag (1989:253) om allmänna helgdagar, and semesterlagen 3 a § for the three eves, as package `holidays` has
    them.
    """
    days = holidays.Sweden(
        years=range(FIRST_YEAR, LAST_YEAR + 1), include_sundays=False, language="sv", categories=("public", "de_facto")
    )
    named: dict[date, str] = dict(sorted(days.items()))
    return pa.table([list(named), list(named.values())], schema=CALENDAR)
