"""The share of accesses that duty explains: a number on every page, of everything or of a unit, system or level."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc

from analytics import views
from analytics.caller import Caller
from analytics.installation import OWN
from analytics.opened import Opened
from analytics.question import arguments, put, question, relations
from dashboards.cells import heading, printable
from dashboards.server.desk import Desk
from dashboards.server.fresh import Fresh
from dashboards.web import facts
from schemas.errors import SparhundError
from schemas.finding import RELATIONS as JUDGED

_AGE_S = 60.0
_OLD_S = 600.0  # older than that it is waited for


@dataclass(frozen=True, slots=True)
class Share:
    """Of the ACCESSES of MONTH (2026-03) that need an explanation, those that have one; HREF leads to the rows."""

    month: str
    accesses: int
    explained: int
    href: str

    @property
    def percent(self) -> float:
        """0 to 100, rounded down to a tenth: not everything is explained until it is."""
        return self.explained * 1000 // self.accesses / 10


class Shares:
    """The answer to `explained_share`, computed again each minute. It names nobody: no act of whoever looks."""

    def __init__(self, home: Opened) -> None:
        self._fresh = Fresh(lambda: _answer(home), _AGE_S, _OLD_S)

    def of(
        self, *, month: str | None = None, unit: str | None = None, system: str | None = None, k: int | None = None
    ) -> Share | None:
        """The share of UNIT, SYSTEM and level K in MONTH, by default the latest that was judged; None if none was.

        Also None while the lake can't be read: what stands beside a page must not break it.
        """
        try:
            rows = self._fresh.get()
        except SparhundError:
            return None
        for name, value in (("month", month), ("unit", unit), ("system", system), ("k", k)):
            if value is not None:
                rows = rows.filter(pc.equal(rows[name], value))
        if month is None and len(rows):
            month = pc.max(rows["month"]).as_py()
            rows = rows.filter(pc.equal(rows["month"], month))
        accesses = pc.sum(rows["accesses"]).as_py() if len(rows) else 0
        if not accesses:
            return None
        pairs = {"month": month, "unit": unit, "system": system, "k": k}
        given = {name: value for name, value in pairs.items() if value is not None}
        href = "/question/explained_share?" + urlencode(given)
        return Share(str(month), accesses, pc.sum(rows["explained"]).as_py(), href)


def shares(desk: Desk) -> Shares:
    """Those of DESK."""
    return desk.keep(Shares)


def beside(
    desk: Desk, tables: facts.Tables, key: Mapping[str, str], when: datetime, language: str
) -> tuple[Share | None, str] | None:
    """The share that goes with a page about KEY, and of what it is: of its system, its level, or the person's unit.

    None for what has none of them.
    """
    known = shares(desk)
    if "system" in key:
        return known.of(system=key["system"]), f"{heading('system', language)} {printable(key['system'])}"
    if "asset" in key:
        asset = facts.in_force(tables["assets"].filter(pc.equal(tables["assets"]["asset"], key["asset"])), when)
        return (known.of(k=asset["k"]), f"{heading('k', language)} {asset['k']}") if asset else None
    if "actor_person" in key:
        rows = tables["people"].filter(pc.equal(tables["people"]["person"], key["actor_person"]))
        person = facts.in_force(rows, when)
        if person and person["unit"]:
            return known.of(unit=person["unit"]), printable(facts.unit(tables, person["unit"], when) or "")
    return None


def _answer(home: Opened) -> pa.Table:
    file = question("explained_share")
    with home.connect() as connection:
        names = relations(file)
        views.scoped(connection, Caller(OWN), home.relation("normalised"), home.tables(names & JUDGED.keys()), names)
        return put(connection, file, arguments(file, {}, datetime.now(UTC)))
