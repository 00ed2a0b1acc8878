"""A municipality for measuring detection: months of it as a lake, what is known beside it, and the truth apart.

It is the demonstration's municipality with seasons, moves, a reorganisation, odd but innocent customs, planted misuse
and registers that are partly wrong. Rows go into the lake as `ingest.simulator.direct` makes them, a day a commit.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest import identity, knowledge
from ingest.lake import Lake
from ingest.simulator import directory, misuse
from ingest.simulator.acts import HABITS, Acts, chosen, day_acts, joined
from ingest.simulator.catalogue import WITH_CASES
from ingest.simulator.customs import customs
from ingest.simulator.direct import Direct
from ingest.simulator.misuse import Misuse
from ingest.simulator.objects import World, furnish
from ingest.simulator.population import Flags, Ints, Population, populate
from ingest.simulator.rota import Calendar, calendar
from ingest.simulator.seasons import prepared, seasons
from ingest.simulator.timetable import Timetable
from ingest.writer import BATCH
from schemas import settings as settings_file
from schemas.errors import SettingsError

FIRST_DAY = date(2026, 4, 1)  # Easter, the spring holidays, summer, a new school year and an election within 180 days
PEOPLE, DAYS = 5000, 180
DAMAGE = 0.15
INCIDENTS = 54  # in a municipality and time of that size
_FEWEST = 8
_EGRESS = "192.0.2.10"  # what services outside see of everyone at work (an address of RFC 5737)
_OUTSIDE = frozenset({"entra", "entra-andringar", "m365"})
_CLOSING_DAYS = 21  # a journal is closed so long after its client's death
# The habits of the demonstration are those of a busy day. So many of them make ten million events of PEOPLE and DAYS.
RATE = 0.58

# Of every row: where it came from. `position` and `shard` make the event's id.
MISUSE = pa.schema([("event_id", pa.string()), ("time", pa.timestamp("us", tz="UTC")), ("incident", pa.string())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made: where, how many events, of how many staff and days, and the incidents as the truth has them."""

    out: Path
    events: int
    people: int
    days: int
    incidents: list[dict[str, Any]]


def make(
    out: Path,
    *,
    seed: int,
    people: int = PEOPLE,
    days: int = DAYS,
    start: date = FIRST_DAY,
    incidents: int | None = None,
    damage: float = DAMAGE,
    rate: float = RATE,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Made:
    """Make it below OUT, an empty folder: settings, register, people, context, `lake/` and `truth/`.

    INCIDENTS are planted (by default as many as fit the size; 0 = a quiet time), a share DAMAGE of the rota, the
    assignments and the contacts is missing, late or wrong. The same SEED makes the same rows. Memory is that of the
    municipality, of its shifts (20 bytes each) and of one day's rows.

    Errors:  SettingsError if OUT holds something.
    """
    if out.exists() and any(out.iterdir()):
        raise SettingsError(str(out), "out", "holds something already; name an empty folder or a new one")
    if incidents is None:
        incidents = max(_FEWEST, round(INCIDENTS * people * days / (PEOPLE * DAYS)))
    population = prepared(seed, populate(seed, people, start, days), start)
    world = furnish(seed, population, start)
    working = calendar(seed, population, start, days, seasons(seed, population, start, days))
    timetable = Timetable(working)
    odd = customs(timetable, world)
    planted = misuse.plant(timetable, world, odd, incidents)
    directory.write(out, working, world, odd.facts, logs=WITH_CASES, damage=damage)
    made = _Maker(out, seed, timetable, world, planted)
    habits = tuple(replace(habit, mean=habit.mean * rate) for habit in HABITS)
    closed = _closed(working, world, dict(odd.facts.deaths))
    more = [odd.acts, *(each.acts for each in planted)]
    after: dict[str, list[Acts]] = {}
    told, events = _Told(out), 0
    for week in _weeks(start, days):
        parts = [after]
        for day in week:
            parts += [day_acts(working, world, day, habits), *(_on(timetable, acts, day) for acts in more)]
        all_of = {
            log.name: _kept(joined(found), log.name, planted, closed, timetable)
            for log in WITH_CASES
            if (found := [each for acts in parts for each in acts.get(log.name, ())])
        }
        midnight = timetable.midnights[week[-1] + 1]
        after = {name: [chosen(these, these.at >= midnight)] for name, these in all_of.items()}
        made.direct.staff(*_names(working, week[0]))
        rows, origin = made.rows({name: chosen(these, these.at < midnight) for name, these in all_of.items()}, week[0])
        for day, of_day in _by_day(rows, timetable, week):
            mine, came = rows.filter(of_day), origin.filter(of_day)
            made.commit(mine, day)
            told.add(start + timedelta(days=day), mine, came)
            events += len(mine)
            progress(day + 1, days)
    return Made(out=out, events=events, people=people, days=days, incidents=told.write(planted, population))


class _Maker:
    """The lake with its key, and who makes its rows. The key is the seed's: these are nobody's numbers."""

    def __init__(self, out: Path, seed: int, timetable: Timetable, world: World, planted: tuple[Misuse, ...]) -> None:
        self.lake = Lake.create(out / "lake")
        self.settings = settings_file.load(out / "settings.toml")
        key = self.settings.identity_key
        key.write_bytes(hashlib.sha256(b"benchmark %d" % seed).digest())
        key.chmod(0o600)
        self.midnights = timetable.midnights
        known = knowledge.load(self.settings, identity.read_key(key))
        working = timetable.calendar
        self.direct = Direct(out / "scratch", seed, working.start, working.population, world, planted, known)

    def rows(self, acts: dict[str, Acts], day: int) -> tuple[pa.Table, pa.Table]:
        """The rows of ACTS by source, which begin with DAY, and the origin of each."""
        made = [
            self.direct.rows(log, self.settings.sources[log.name], acts[log.name], day, self.midnights)
            for log in WITH_CASES
            if log.name in acts and len(acts[log.name])
        ]
        return pa.concat_tables([rows for rows, _ in made]), pa.concat_tables([origin for _, origin in made])

    def commit(self, rows: pa.Table, day: int) -> None:
        """A day is a batch, and each keep class of it a file."""
        table, batch = self.lake.table("normalised"), day + 1
        sources = pc.unique(rows["source"])
        named = pa.array([self.settings.sources[name].keep for name in sources.to_pylist()], pa.string())
        of = named.take(pc.index_in(rows["source"], sources))
        numbered = pa.repeat(pa.scalar(batch, pa.int64()), len(rows))
        rows = rows.set_column(rows.column_names.index("batch"), rows.schema.field("batch"), numbered)
        received = rows["received"][0].as_py().date()
        files = [table.write(rows.filter(pc.equal(of, name)), name, received) for name in pc.unique(of).to_pylist()]
        table.commit(files, expect={BATCH: day or None}, positions={BATCH: batch})


def _weeks(start: date, days: int) -> Iterable[range]:
    """The days of each week that begins on a Monday."""
    first = 0
    for day in range(1, days + 1):
        if day == days or (start + timedelta(days=day)).isoweekday() == 1:
            yield range(first, day)
            first = day


def _by_day(rows: pa.Table, timetable: Timetable, week: range) -> Iterable[tuple[int, pa.Array]]:
    """For each day of WEEK the rows that were received when it ended."""
    for day in week:
        end = pa.scalar(int(timetable.midnights[day + 1]), rows.schema.field("received").type)
        yield day, pc.equal(rows["received"], end)


def _on(timetable: Timetable, acts: dict[str, Acts], day: int) -> dict[str, list[Acts]]:
    """Those of ACTS that begin on DAY."""
    first, last = timetable.midnights[day], timetable.midnights[day + 1]
    within = {source: np.flatnonzero((these.at >= first) & (these.at < last)) for source, these in acts.items()}
    return {source: [chosen(acts[source], which)] for source, which in within.items() if len(which)}


def _closed(working: Calendar, world: World, deaths: dict[int, int]) -> Ints:
    """For each journal the day from which nobody has to do with it any more."""
    residents = working.population.residents
    days = np.where(residents.deceased, -1000, working.days + 1000)
    for resident, day in deaths.items():
        days[resident] = day
    closed: Ints = days[world.journal.subject] + _CLOSING_DAYS
    return closed


def _kept(these: Acts, source: str, planted: Iterable[Misuse], closed: Ints, timetable: Timetable) -> Acts:
    """THESE without what a silent source did not send, and without innocent work on closed journals."""
    keep: Flags = np.ones(len(these), bool)
    if source in ("lindan", "npo", "lakemedel"):
        day = np.searchsorted(timetable.midnights, these.at, side="right") - 1
        keep &= (these.incident >= 0) | (closed[these.thing] > day)
    for each in planted:
        if each.silence is not None and each.silence.source == source:
            keep &= (these.at < each.silence.first) | (these.at >= each.silence.last)
    if source in _OUTSIDE:
        these = replace(these, ip=np.where(these.ip == None, _EGRESS, these.ip))  # noqa: E711 - of each
    return these if keep.all() else chosen(these, keep)


def _names(working: Calendar, day: int) -> tuple[pa.Array, pa.Array]:
    """Code and name of the unit of each of People on DAY."""
    people = working.population.people
    unit = np.concatenate((working.unit_on(day), people.unit[people.count :]))
    named = [working.name_on(place, day) for place in range(len(working.population.units))]
    code, name = (pa.array([named[place][part] for place in unit.tolist()], pa.string()) for part in (0, 1))
    return code, name


class _Told:
    """The truth, written as the days go by."""

    def __init__(self, out: Path) -> None:
        self.out = out / "truth"
        (self.out / "events").mkdir(parents=True, exist_ok=True)
        self.parts: list[pa.Table] = []

    def add(self, day: date, rows: pa.Table, origin: pa.Table) -> None:
        pq.write_table(origin, self.out / "events" / f"{day}.parquet", compression="zstd", store_schema=False)
        bad = pc.is_valid(origin["incident"])
        ids = pc.binary_join_element_wise(
            origin["shard"], pc.cast(origin["position"], pa.string()), pc.cast(rows["part"], pa.string()), "-"
        )
        self.parts.append(
            pa.table([ids.filter(bad), rows["time"].filter(bad), origin["incident"].filter(bad)], schema=MISUSE)
        )

    def write(self, planted: tuple[Misuse, ...], population: Population) -> list[dict[str, Any]]:
        events = pa.concat_tables(self.parts)
        pq.write_table(events, self.out / "misuse.parquet", compression="zstd")
        told = [_told(each, events.filter(pc.equal(events["incident"], each.id)), population) for each in planted]
        text = json.dumps(told, ensure_ascii=False, indent=1)
        (self.out / "incidents.json").write_text(text + "\n", encoding="utf-8")
        return told


def _told(incident: Misuse, events: pa.Table, population: Population) -> dict[str, Any]:
    people, residents = population.people, population.residents
    times = sorted(events["time"].to_pylist())
    silence = incident.silence
    if silence is not None:
        times = [datetime.fromtimestamp(at / 1e6, UTC) for at in (silence.first, silence.last)]
    return {
        "id": incident.id,
        "scenario": incident.scenario,
        "who": [
            {
                "person": people.person[who] or None,
                "unit": population.units.code[people.unit[who]],
                "accounts": [people.sam[who], people.upn[who], people.hsa[who], people.sid[who]],
            }
            for who in incident.who
        ],
        "subject": None if incident.subject < 0 else str(residents.number[incident.subject]),
        "source": None if silence is None else silence.source,
        "first": times[0].isoformat() if times else None,
        "last": times[-1].isoformat() if times else None,
        "events": sorted(events["event_id"].to_pylist()),
    }
