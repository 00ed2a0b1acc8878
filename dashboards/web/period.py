"""The period of a page: as its address has it, ready choices back from the latest event, and how it is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from analytics.installation import OWN
from analytics.opened import Opened
from dashboards.given import local
from dashboards.server.fresh import Fresh

_SWEDEN = ZoneInfo("Europe/Stockholm")
_AGE_S = 30.0
# The ready choices: the last so many days of data.
DAYS = {"day": 1, "week": 7, "month": 30}


@dataclass(frozen=True, slots=True)
class Choice:
    """A ready period: the key of its word, where it leads, and whether it is the one in force."""

    key: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Period:
    """START and STOP as the address has them (empty: open), and the choices beside them."""

    start: str
    stop: str
    choices: tuple[Choice, ...]

    @property
    def said(self) -> dict[str, str]:
        """As the page's fields and sentences have it."""
        return {name: local(name, getattr(self, name)) for name in ("start", "stop")}

    @property
    def given(self) -> dict[str, str]:
        """As questions take it."""
        return {name: text for name, text in (("start", self.start), ("stop", self.stop)) if text}


class Reach:
    """From when to when the lake has events, at most half a minute old; events from the future don't count.

    Nor does what was asked of sparhund: a question today would leave the last month of older logs empty.
    """

    def __init__(self, home: Opened) -> None:
        self._home = home
        self._fresh = Fresh(self._span, _AGE_S)

    def first(self) -> datetime | None:
        """None if there is no event. Errors: LakeError."""
        return self._fresh.get()[0]

    def latest(self) -> datetime | None:
        """As `first`."""
        return self._fresh.get()[1]

    def _span(self) -> tuple[datetime | None, datetime | None]:
        with self._home.connect() as connection:
            connection.register("sources", self._home.tables()["sources"])
            rows = self._home.summary.rows(connection)
        read = pc.and_(rows["event"], pc.not_equal(rows["source"], OWN))
        past = rows.filter(pc.and_(read, pc.less_equal(rows["last"], datetime.now(UTC))))
        return pc.min(past["first"]).as_py(), pc.max(past["last"]).as_py()


def period(
    path: str,
    key: Sequence[tuple[str, str]],
    query: Mapping[str, str],
    latest: datetime | None,
    without: str | None = None,
) -> Period:
    """What QUERY says at the address PATH, whose other values are KEY. LATEST: of the lake's events.

    WITHOUT names the choice that holds where the address says nothing; None: everything. `all` in QUERY is everything.
    """
    ready = {name: _last(latest, days) for name, days in DAYS.items()} if latest else {}
    start, stop = query.get("start", ""), query.get("stop", "")
    if not start and not stop and without in ready and "all" not in query:
        start, stop = ready[without]
    everything = [*key, ("all", "1")] if without else list(key)
    choices = [Choice("all", _address(path, everything), not start and not stop)]
    choices += [
        Choice(name, _address(path, [*key, ("start", first), ("stop", last)]), (start, stop) == (first, last))
        for name, (first, last) in ready.items()
    ]
    return Period(start, stop, tuple(choices))


def _last(latest: datetime, days: int) -> tuple[str, str]:
    """The last so many days of data: whole days of Sweden's calendar."""
    last: date = latest.astimezone(_SWEDEN).date()
    return (last - timedelta(days=days - 1)).isoformat(), last.isoformat()


def _address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return path + ("?" + urlencode(list(pairs)) if pairs else "")
