"""Who works when: office hours, schools, early and late shifts, nights, holidays, absence, substitutes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from ingest.simulator.population import KIND_INDEX, UNIT_KINDS, Flags, Ints, Population
from ingest.simulator.seasons import Seasons

ZONE = ZoneInfo("Europe/Stockholm")
_MINUTE_US = 60_000_000

# Early, late, night and free over fourteen days; each person begins at a place of her own in it.
_CYCLE_DAY = "EEEFFLLEEFFELL"
_CYCLE_NIGHT = "NNNFFFFNNNNFFF"
_SHIFTS = {"E": (6 * 60 + 50, 15 * 60 + 30), "L": (14 * 60, 22 * 60), "N": (21 * 60, 31 * 60)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """One day's shifts: who, in which unit, from when until when (µs since 1970, UTC), and whether as a substitute."""

    person: Ints
    unit: Ints
    start: Ints
    stop: Ints
    substitute: Flags

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every day's rota and absence, drawn from the seed."""

    seed: int
    population: Population
    start: date
    days: int
    hours: Ints  # of each person: 0 office, 1 school, 2 early and late, 3 round the clock by day, 4 by night
    phase: Ints  # of each person in the cycle
    away: Flags  # (day, person)
    seasons: Seasons | None = None

    def local(self, day: int, minutes: int = 0) -> int:
        """MINUTES after local midnight of DAY, as µs since 1970 UTC."""
        at = datetime.combine(self.start + timedelta(days=day), time(), ZONE) + timedelta(minutes=minutes)
        return int(at.astimezone(UTC).timestamp()) * 1_000_000

    def unit_on(self, day: int) -> Ints:
        """The unit in which each employee has her post on DAY."""
        unit = self.population.people.unit[: self.population.people.count]
        return unit if self.seasons is None else np.where(self.seasons.moved_on <= day, self.seasons.moved_to, unit)

    def name_on(self, unit: int, day: int) -> tuple[str, str]:
        """Code and name that UNIT has on DAY."""
        if self.seasons is not None:
            for change in self.seasons.reorganisations:
                if unit in change.units and change.day <= day:
                    return change.code, change.name
        return str(self.population.units.code[unit]), str(self.population.units.name[unit])

    def renamed_on(self, unit: int) -> int | None:
        """The day on which UNIT gets another code and name; None = it keeps them."""
        changes = () if self.seasons is None else self.seasons.reorganisations
        return next((change.day for change in changes if unit in change.units), None)

    def holiday(self, day: int) -> bool:
        """A Saturday, a Sunday, or a day that offices are closed on."""
        date_ = self.start + timedelta(days=day)
        closed = _closed(date_.year)
        eve = (date_.month, date_.day) in {(12, 24), (12, 31)}
        midsummer_eve = date_.month == 6 and 19 <= date_.day <= 25 and date_.isoweekday() == 5
        return date_.isoweekday() > 5 or date_ in closed or eve or midsummer_eve

    def shifts(self, day: int) -> Shifts:
        """The shifts that begin on DAY, in order of person."""
        people, units = self.population.people, self.population.units
        rng = np.random.default_rng([self.seed, 10, day])
        count = people.count
        unit = self.unit_on(day)
        employed = (people.starts[:count] <= day) & (day < people.stops[:count])
        starts, stops = np.zeros(count, np.int64), np.zeros(count, np.int64)
        if not self.holiday(day):
            office, school = self.hours == 0, self.hours == 1
            starts[office] = rng.normal(8 * 60, 25, count).astype(int)[office]
            stops[office] = starts[office] + rng.normal(8.5 * 60, 30, count).astype(int)[office]
            starts[school], stops[school] = 7 * 60 + 40, 16 * 60 + 20
        for hours, cycle in ((2, _CYCLE_DAY), (3, _CYCLE_DAY), (4, _CYCLE_NIGHT)):
            for letter, (start, stop) in _SHIFTS.items():
                places = [place for place, found in enumerate(cycle) if found == letter]
                mine = (self.hours == hours) & np.isin((self.phase + day) % len(cycle), places)
                starts[mine], stops[mine] = start, stop
        if self.seasons is not None:
            if self.seasons.school_closed[day]:
                stops[units.kind[unit] == KIND_INDEX["skola"]] = 0
            extra = self.seasons.extra[day] & (stops == 0)
            starts[extra], stops[extra] = 7 * 60 + 30, 21 * 60
        on_rota = (stops > 0) & employed
        working = np.flatnonzero(on_rota & ~self.away[day])
        # A free colleague from a like unit takes most of the shifts that nobody else can cover.
        gaps = np.flatnonzero(on_rota & self.away[day] & (self.hours >= 2))
        gaps = gaps[rng.random(len(gaps)) < 0.7]
        free = rng.permutation(np.flatnonzero(~on_rota & employed & ~self.away[day] & (self.hours >= 2)))
        same = np.array([UNIT_KINDS[kind].controller if kind >= 0 else "" for kind in units.kind[unit]])
        free, gaps = free[: len(gaps)], gaps[: len(free)]
        fits = same[free] == same[gaps] if len(gaps) else np.zeros(0, bool)
        free, gaps = free[fits], gaps[fits]
        person = np.concatenate((working, free))
        covered = np.concatenate((working, gaps))
        midnight = self.local(day)
        order = np.argsort(person, kind="stable")
        # Wall-clock minutes are added as such: on the two days a year when the clock moves a shift is an hour off.
        return Shifts(
            person=person[order],
            unit=unit[covered][order],
            start=midnight + starts[covered][order] * _MINUTE_US,
            stop=midnight + stops[covered][order] * _MINUTE_US,
            substitute=(person != covered)[order],
        )


@cache
def _closed(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("SE", years=year)


def calendar(seed: int, population: Population, start: date, days: int, seasons: Seasons | None = None) -> Calendar:
    """The calendar of a population, with SEASONS if there are any."""
    rng = np.random.default_rng([seed, 11])
    people, units = population.people, population.units
    count = people.count
    kind = units.kind[people.unit[:count]]
    named = np.array(
        [("office", "school", "early and late", "round the clock").index(unit_kind.hours) for unit_kind in UNIT_KINDS]
        + [0]
    )
    hours = named[kind]
    hours[
        (hours >= 2) & np.isin(people.role[:count], ["enhetschef", "samordnare", "arbetsterapeut", "fysioterapeut"])
    ] = 0
    hours[(hours == 3) & (rng.random(count) < 0.2)] = 4
    # Sick spells begin on one day in eighty and last a geometric time; one in twenty-five is on leave for long.
    away = np.zeros((days, count), bool)
    begins, lasts = rng.random((days + 7, count)) < 1 / 80, rng.geometric(0.4, (days + 7, count))
    for earlier in range(7):
        first = 7 - earlier
        away |= (begins & (lasts > earlier))[first : first + days]
    away[:, rng.random(count) < 0.04] = True
    if seasons is not None:
        away |= seasons.away
    return Calendar(
        seed=seed,
        population=population,
        start=start,
        days=days,
        hours=hours,
        phase=rng.integers(0, 14, count),
        away=away,
        seasons=seasons,
    )
