"""What a longer time brings: holidays, temporary staff in summer, school terms, an election, new units, moves."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from ingest.simulator.population import KIND_INDEX, Flags, Ints, Population

_CARE = ("hemtjanst", "sabo")
_MOVES_A_YEAR = 0.04  # of the care staff
_TEMPORARY = 0.06  # of the care staff work in the summer only


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """From DAY on these units are one, with a new code and name."""

    day: int
    units: tuple[int, ...]
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seasons:
    """What changes over the days of a simulation."""

    away: Flags  # (day, person): on holiday
    school_closed: Flags  # (day)
    extra: Flags  # (day, person): works that day whatever day it is
    moved_on: Ints  # of each employee: the day of the move, or beyond the last day
    moved_to: Ints  # and the unit
    reorganisations: tuple[Reorganisation, ...]


def prepared(seed: int, population: Population, start: date) -> Population:
    """POPULATION as a longer time has it: rooms share computers, and some of the staff are there in summer only."""
    rng = np.random.default_rng([seed, 70])
    people, units = population.people, population.units
    kind = units.kind[people.unit]
    starts, stops = people.starts.copy(), people.stops.copy()
    care = np.flatnonzero(np.isin(kind, [KIND_INDEX[name] for name in _CARE]) & (people.role == "undersköterska"))
    temporary = rng.choice(care, int(_TEMPORARY * len(care)), replace=False)
    summer = (date(start.year, 6, 8) - start).days
    starts[temporary] = summer + rng.integers(0, 8, len(temporary))
    stops[temporary] = summer + 77 + rng.integers(0, 10, len(temporary))
    address, computer = people.address.copy(), people.computer.copy()
    shared = np.isin(kind, [KIND_INDEX[name] for name in (*_CARE, "hsv", "forskola")]) & (
        np.arange(len(kind)) < people.count
    )
    for unit in np.unique(people.unit[shared]).tolist():
        who = np.flatnonzero(shared & (people.unit == unit))
        room = who[np.arange(len(who)) // 5 * 5]  # five share a computer
        address[who], computer[who] = address[room], computer[room]
    return replace(population, people=replace(people, starts=starts, stops=stops, address=address, computer=computer))


def seasons(seed: int, population: Population, start: date, days: int) -> Seasons:
    """The seasons of POPULATION for DAYS from START."""
    rng = np.random.default_rng([seed, 71])
    people, units = population.people, population.units
    count = people.count
    kind = units.kind[people.unit[:count]]
    dates = [start + timedelta(days=day) for day in range(days)]
    closed = np.array([_no_school(day) for day in dates], bool)
    away = np.zeros((days, count), bool)
    # Four weeks in a row between midsummer and mid-August; teachers follow the school.
    first = np.array([(date(start.year, 6, 22) - start).days]) + 7 * rng.integers(0, 5, count)
    for who in np.flatnonzero(kind != KIND_INDEX["skola"]).tolist():
        away[max(0, first[who]) : max(0, first[who] + 28), who] = True
    # A day or two around the spring holidays, and a week at another time.
    for who in np.flatnonzero(rng.random(count) < 0.5).tolist():
        day = int(rng.integers(0, max(1, days)))
        away[day : day + int(rng.integers(1, 6)), who] = True
    moved_on, moved_to = np.full(count, days + 1000), people.unit[:count].copy()
    is_manager = np.zeros(count, bool)
    is_manager[units.manager] = True
    care = np.flatnonzero(
        np.isin(kind, [KIND_INDEX[name] for name in _CARE]) & people.staying & (people.role[:count] == "undersköterska")
    )
    movers = rng.choice(care, min(len(care), max(2, int(_MOVES_A_YEAR * len(care) * days / 365))), replace=False)
    places = units.of(*_CARE)
    for who in movers.tolist():
        others = places[places != people.unit[who]]
        if len(others):
            day = int(rng.integers(days // 6, max(days // 6 + 1, days // 2)))
            moved_on[who], moved_to[who] = monday(start, day), rng.choice(others)
    return Seasons(
        away=away,
        school_closed=closed,
        extra=_election(rng, population, start, days),
        moved_on=moved_on,
        moved_to=moved_to,
        reorganisations=_reorganisations(population, start, days),
    )


def monday(start: date, day: int) -> int:
    """DAY, or the first Monday after it: new posts and new units begin with a week."""
    return day + (8 - (start + timedelta(days=day)).isoweekday()) % 7


def _no_school(day: date) -> bool:
    """Whether pupils and teachers are off: summer, autumn, Christmas, the winter week and Easter week."""
    at = (day.month, day.day)
    return (
        (6, 17) <= at < (8, 11) or (10, 26) <= at < (11, 1) or at >= (12, 21) or at < (1, 8) or (2, 23) <= at < (3, 1)
    )


def election_day(year: int) -> date:
    """The second Sunday of September."""
    first = date(year, 9, 1)
    return first + timedelta(days=(7 - first.isoweekday()) % 7 + 7)


def _election(rng: np.random.Generator, population: Population, start: date, days: int) -> Flags:
    """The clerks and a few from every office are at work each day from the first early votes to the count."""
    people, units = population.people, population.units
    extra = np.zeros((days, people.count), bool)
    kind = units.kind[people.unit[: people.count]]
    clerks = (kind == KIND_INDEX["kansli"]) | (rng.random(people.count) < 0.01)
    polling = (election_day(start.year) - start).days
    for day in range(max(0, polling - 18), min(days, polling + 4)):
        extra[day] = clerks & (rng.random(people.count) < 0.5)
    return extra


def _reorganisations(population: Population, start: date, days: int) -> tuple[Reorganisation, ...]:
    """A third of the way in two units of one kind become one: home care first, later family services."""
    units = population.units
    found = []
    for place, (kind, name) in enumerate((("hemtjanst", "Hemtjänst Samlad"), ("barn", "Barn och familj Samlad"))):
        both = units.of(kind)[:2]
        if len(both) > 1:
            code = f"{100 * (int(units.controller[both[0]]) + 1) + 90}-{kind}"
            found.append(
                Reorganisation(monday(start, (place + 1) * days // 3), (int(both[0]), int(both[1])), code, name)
            )
    return tuple(found)
