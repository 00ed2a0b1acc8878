"""The calendar: days off and summer time in Sweden, and days before and after a time, as far as it reaches."""

from datetime import date, datetime, timedelta
from functools import cache

import holidays
import pyarrow as pa

FIRST_YEAR, LAST_YEAR = 2000, 2050
_EARLIEST, _LATEST = datetime(1601, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 - in whatever zone, see `moved`

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


SUMMER_YEARS = range(1996, 2100)  # the rule of the EU; before and after it the view asks ICU


@cache
def summer_days() -> str:
    """A bit for each day of SUMMER_YEARS: 1 from the last Sunday of March to the day before that of October."""
    bits = []
    for year in SUMMER_YEARS:
        turns = (date(year, 1, 1), _last_sunday(year, 3), _last_sunday(year, 10), date(year + 1, 1, 1))
        bits += [bit * (until - since).days for bit, since, until in zip("010", turns[:-1], turns[1:], strict=True)]
    return "".join(bits)


def _last_sunday(year: int, month: int) -> date:
    """Of a month with 31 days."""
    last = date(year, month, 31)
    return last - timedelta(last.isoweekday() % 7)


def moved(time: datetime, by: int | timedelta) -> datetime:
    """TIME so many days later, or BY so much, or where the calendar ends: a wrong clock may stand in 1601 or 9999."""
    span = by if isinstance(by, timedelta) else timedelta(days=by)
    try:
        return time + span
    except OverflowError:
        return (_LATEST if span > timedelta() else _EARLIEST).replace(tzinfo=time.tzinfo)
