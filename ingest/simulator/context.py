"""The context tables of Åviken, row by row: who works with whom and what, when, and on whose behalf."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np

from ingest.simulator.objects import SHARES, Index, Objects, World
from ingest.simulator.population import DNS, DOMAIN, KIND_INDEX, Ints, Population
from ingest.simulator.rota import Calendar

ALWAYS = "1601-01-01T00:00:00Z"
_DAY_US = 86_400_000_000
_BEFORE_DAYS = 45  # contacts are known from so long before the first day
# Days between two contacts of a client with a unit of each kind.
_VISITS = {"hemtjanst": 6, "sabo": 6, "hsv": 21, "bistand": 40}
_CASE_CONTACTS = 18
_NURSING = (KIND_INDEX["sabo"], KIND_INDEX["hsv"])
_CARE_SYSTEMS = ("Nationell patientöversikt", "Läkemedelslistan")
_CONTACT_KINDS = ("visit", "call", "message", "booking")

Table = tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Tie:
    """An employee and a resident who are close."""

    who: int
    resident: int
    kind: str  # schemas.tables.KIN_KINDS


@dataclass(frozen=True, slots=True)
class Referral:
    """A client's matter goes from one unit to another on a day."""

    thing: int  # a journal
    from_unit: int
    to_unit: int
    day: int


@dataclass(frozen=True, slots=True)
class Deputy:
    """An employee acts in another's place from one day until before another."""

    who: int
    instead_of: int
    first: int
    last: int
    reference: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An investigation that somebody works in, and the case or journal that it is about."""

    who: int
    things: Objects
    thing: int
    first: int
    last: int
    reference: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A client who turned to a unit at an hour that nobody had planned."""

    resident: int
    unit: int
    who: int
    at: int  # µs since 1970, UTC


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the population's and the world's own relations."""

    ties: tuple[Tie, ...] = ()
    referrals: tuple[Referral, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    deaths: tuple[tuple[int, int], ...] = ()  # (resident, day)


def tables(calendar: Calendar, world: World, facts: Facts) -> dict[str, Table]:
    """Each table's header and rows, by name."""
    return {
        "object_subject": (
            ("system", "object_type", "object_id", "subject", "valid_from"),
            _subjects_of(calendar, world),
        ),
        "assignments": (
            (
                *("person", "unit", "system", "object_type", "object_id", "subject", "role"),
                *("valid_from", "valid_to"),
            ),
            _assignments(calendar, world),
        ),
        "subjects": (
            (
                *("subject", "address_key", "surname_key", "protected", "deceased", "special_interest", "person"),
                *("valid_from", "valid_to"),
            ),
            _subjects(calendar, facts),
        ),
        "kin": (("person", "subject", "kind", "valid_from"), _kin(calendar.population, facts)),
        "rota": (("person", "unit", "role", "valid_from", "valid_to"), _rota(calendar)),
        "absence": (("person", "valid_from", "valid_to"), _absence(calendar)),
        "contacts": (
            ("subject", "unit", "person", "kind", "valid_from", "valid_to"),
            _contacts(calendar, world, facts),
        ),
        "referrals": (
            ("system", "object_type", "object_id", "subject", "from_unit", "to_unit", "valid_from"),
            _referrals(calendar, world, facts),
        ),
        "delegations": (
            ("person", "from_person", "unit", "system", "reference", "valid_from", "valid_to"),
            _delegations(calendar, facts),
        ),
        "investigations": (
            ("reference", "person", "system", "object_type", "object_id", "subject", "valid_from", "valid_to"),
            _investigations(calendar, facts),
        ),
        "responsibilities": (
            ("unit", "asset", "system", "object_type", "pattern", "valid_from", "valid_to"),
            _responsibilities(calendar),
        ),
        "duties": (("account", "system", "role", "valid_from"), _duties(calendar.population)),
        "jobs": (
            ("account", "system", "schedule", "valid_from"),
            [
                (f"{DOMAIN}\\svc-backup", "Katalogtjänsten", "1-7 02:00-04:30", ALWAYS),
                ("svc-rpa01", "Kvarnen", "1-7 05:00-06:30", ALWAYS),
                ("svc-int-kvarnen", "Kvarnen", "", ALWAYS),
                ("svc-backup", "Kvarnen", "", ALWAYS),
            ],
        ),
    }


def spans(calendar: Calendar, unit: int) -> list[tuple[str, str, tuple[str, str]]]:
    """Code and name of UNIT with the period (valid_from, valid_to) of each."""
    day = calendar.renamed_on(unit)
    if day is None:
        return [(*calendar.name_on(unit, 0), (ALWAYS, ""))]
    return [
        (*calendar.name_on(unit, day - 1), (ALWAYS, day_text(calendar, day))),
        (*calendar.name_on(unit, day), (day_text(calendar, day), "")),
    ]


def day_text(calendar: Calendar, day: int) -> str:
    """DAY of the simulation as a date: in a CSV, the Swedish midnight of it."""
    return (calendar.start + timedelta(days=int(day))).isoformat()


def instant(time_us: int) -> str:
    """A time as a CSV has it."""
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subjects_of(calendar: Calendar, world: World) -> Iterable[tuple[Any, ...]]:
    numbers = calendar.population.residents.number
    return (
        (things.system, things.type, name, numbers[subject], ALWAYS)
        for things in (world.journal, world.case)
        for name, subject in zip(things.id, things.subject.tolist(), strict=True)
    )


def _assignments(calendar: Calendar, world: World) -> Iterable[tuple[Any, ...]]:
    residents, people, units = calendar.population.residents, calendar.population.people, calendar.population.units
    for things in (world.journal, world.case):
        named = [
            (things.system, things.type, name, residents.number[subject])
            for name, subject in zip(things.id.tolist(), things.subject.tolist(), strict=True)
        ]
        codes = [spans(calendar, unit) for unit in range(len(units))]
        for unit, thing in pairs(things.by_unit):
            for code, _, period in codes[unit]:
                yield ("", code, *named[thing], "enhet", *period)
            if things is world.journal and units.kind[unit] in _NURSING:
                # Other care systems name the person and no journal of ours.
                for system, (code, _, period) in product(_CARE_SYSTEMS, codes[unit]):
                    yield ("", code, system, "", "", named[thing][3], "enhet", *period)
        for who, thing in pairs(things.by_person):
            yield (people.person[who], "", *named[thing], "handläggare", ALWAYS, "")


def pairs(index: Index) -> Iterable[tuple[int, int]]:
    """Each (key, member) of INDEX."""
    keys = np.repeat(np.arange(len(index.starts) - 1), np.diff(index.starts))
    return zip(keys.tolist(), index.members.tolist(), strict=True)


def _subjects(calendar: Calendar, facts: Facts) -> Iterable[tuple[Any, ...]]:
    residents, people = calendar.population.residents, calendar.population.people
    staff = {int(one): people.person[who] for who, one in enumerate(people.resident[: people.count]) if one >= 0}
    died = dict(facts.deaths)
    for one in range(len(residents)):
        named = (
            residents.number[one],
            f"{residents.street[one]} {residents.house[one]}",
            residents.family[one].lower(),
            str(bool(residents.protected[one])).lower(),
        )
        more = (str(bool(residents.special[one])).lower(), staff.get(one, ""))
        if one in died:
            day = day_text(calendar, died[one])
            yield (*named, "false", *more, ALWAYS, day)
            yield (*named, "true", *more, day, "")
        else:
            yield (*named, str(bool(residents.deceased[one])).lower(), *more, ALWAYS, "")


def _kin(population: Population, facts: Facts) -> Iterable[tuple[Any, ...]]:
    """Each employee who lives here, and her household and the next house; and the ties beyond."""
    people, residents = population.people, population.residents
    homes: dict[tuple[str, int], list[int]] = {}
    for one, home in enumerate(zip(residents.street.tolist(), residents.house.tolist(), strict=True)):
        homes.setdefault(home, []).append(one)
    for who in range(people.count):
        me = int(people.resident[who])
        if me < 0:
            continue
        street, house = residents.street[me], int(residents.house[me])
        yield people.person[who], residents.number[me], "self", ALWAYS
        for one in homes[street, house]:
            if one != me:
                yield (
                    people.person[who],
                    residents.number[one],
                    "household" if residents.household[one] == residents.household[me] else "neighbour",
                    ALWAYS,
                )
        for beside in (house - 2, house + 2):
            for one in homes.get((street, beside), ()):
                yield people.person[who], residents.number[one], "neighbour", ALWAYS
    for tie in facts.ties:
        yield people.person[tie.who], residents.number[tie.resident], tie.kind, ALWAYS


def _rota(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    people, units = calendar.population.people, calendar.population.units
    for day in range(calendar.days):
        shifts = calendar.shifts(day)
        codes = [calendar.name_on(unit, day)[0] for unit in range(len(units))]
        for who, unit, start, stop in zip(
            shifts.person.tolist(), shifts.unit.tolist(), shifts.start.tolist(), shifts.stop.tolist(), strict=True
        ):
            yield people.person[who], codes[unit], "", instant(start), instant(stop)


def _absence(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    """Runs of days away, one row a run."""
    people = calendar.population.people
    padded = np.zeros((calendar.days + 2, people.count), np.int8)
    padded[1:-1] = calendar.away
    change = np.diff(padded, axis=0).T
    for who, day in np.argwhere(change == 1).tolist():
        last = day + int(np.argmax(change[who, day:] == -1))
        yield people.person[who], day_text(calendar, day), day_text(calendar, last)


def _contacts(calendar: Calendar, world: World, facts: Facts) -> Iterable[tuple[Any, ...]]:
    """Visits, calls and messages of clients: with each unit that cares for them, and with who handles their case."""
    rng = np.random.default_rng([calendar.seed, 60])
    population = calendar.population
    units, people, residents = population.units, population.people, population.residents
    keys = np.repeat(np.arange(len(units)), np.diff(world.journal.by_unit.starts))
    things = world.journal.by_unit.members
    every = np.array([_VISITS.get(name, 30) for name in KIND_INDEX])[units.kind[keys]]
    made = _spread(rng, calendar, every)
    rows = [(world.journal.subject[things[made[0]]], keys[made[0]], np.full(len(made[0]), -1), made[1])]
    handled = np.flatnonzero(world.case.subject >= 0)
    made = _spread(rng, calendar, np.full(len(handled), _CASE_CONTACTS))
    case = handled[made[0]]
    rows.append((world.case.subject[case], world.case.unit_of[case], world.case.person_of[case], made[1]))
    meetings = np.array([[one.resident, one.unit, one.who, one.at] for one in facts.meetings], np.int64).reshape(-1, 4)
    rows.append(tuple(meetings.T))  # type: ignore[arg-type]
    subject, unit, who, at = (np.concatenate(column) for column in zip(*rows, strict=True))
    kind = rng.choice(len(_CONTACT_KINDS), len(at), p=[0.5, 0.25, 0.15, 0.1])
    codes = [spans(calendar, number) for number in range(len(units))]
    for one, place, person, when, how in zip(
        subject.tolist(), unit.tolist(), who.tolist(), at.tolist(), kind.tolist(), strict=True
    ):
        yield (
            residents.number[one],
            codes[place][0 if len(codes[place]) == 1 or instant(when) < codes[place][1][2][0] else 1][0],
            people.person[person] if person >= 0 else "",
            _CONTACT_KINDS[how],
            instant(when),
            instant(when + 2_700_000_000),
        )


def _spread(rng: np.random.Generator, calendar: Calendar, every: Ints) -> tuple[Ints, Ints]:
    """For each of EVERY (days between contacts) its contacts: the place of each, and the time (by day, 8 to 17)."""
    days = calendar.days + _BEFORE_DAYS
    which = np.repeat(np.arange(len(every)), rng.poisson(days / every))
    day = rng.integers(-_BEFORE_DAYS, calendar.days, len(which))
    return which, calendar.local(0) + day * _DAY_US + rng.integers(8 * 60, 17 * 60, len(which)) * 60_000_000


def _referrals(calendar: Calendar, world: World, facts: Facts) -> Iterable[tuple[Any, ...]]:
    """The decision on help goes to who gives it, and from there to the nurses; later to other units."""
    rng = np.random.default_rng([calendar.seed, 61])
    units, residents, journal = calendar.population.units, calendar.population.residents, world.journal
    known: dict[int, dict[int, int]] = {}
    for unit, thing in pairs(journal.by_unit):
        known.setdefault(thing, {})[int(units.kind[unit])] = unit
    days = (-rng.integers(1, 700, len(journal))).tolist()
    for thing, by_kind in known.items():
        owner = int(journal.unit_of[thing])
        for asked, by in (("bistand", owner), ("hsv", owner)):
            other = by_kind.get(KIND_INDEX[asked])
            if other is not None:
                pair = (other, by) if asked == "bistand" else (by, other)
                yield _referral(calendar, world, residents.number[journal.subject[thing]], thing, *pair, days[thing])
    for each in facts.referrals:
        number = residents.number[journal.subject[each.thing]]
        yield _referral(calendar, world, number, each.thing, each.from_unit, each.to_unit, each.day)


def _referral(
    calendar: Calendar, world: World, number: str, thing: int, from_unit: int, to_unit: int, day: int
) -> tuple[Any, ...]:
    journal = world.journal
    ends = (calendar.name_on(unit, max(day, 0))[0] for unit in (from_unit, to_unit))
    return (journal.system, journal.type, journal.id[thing], number, *ends, day_text(calendar, day))


def _delegations(calendar: Calendar, facts: Facts) -> Iterable[tuple[Any, ...]]:
    people = calendar.population.people
    for each in facts.deputies:
        code = calendar.name_on(int(people.unit[each.instead_of]), max(each.first, 0))[0]
        period = (day_text(calendar, each.first), day_text(calendar, each.last))
        yield people.person[each.who], people.person[each.instead_of], code, "", each.reference, *period


def _investigations(calendar: Calendar, facts: Facts) -> Iterable[tuple[Any, ...]]:
    people, residents = calendar.population.people, calendar.population.residents
    for each in facts.inquiries:
        things = each.things
        named = (things.system, things.type, things.id[each.thing], residents.number[things.subject[each.thing]])
        period = (day_text(calendar, each.first), day_text(calendar, each.last))
        yield each.reference, people.person[each.who], *named, *period


def _responsibilities(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    """Each unit's own folders, sites and mailboxes, and the intranet, which is everybody's."""
    people, units = calendar.population.people, calendar.population.units
    for unit in range(len(units)):
        name = units.name[unit]
        hr = units.kind[unit] == KIND_INDEX["hr"]
        share = "HR" if hr else SHARES[units.controller[unit]]
        places = [
            ("Filserver", "", f"D:\\Shares\\{share}\\{name}\\"),
            ("Säker utskrift", "", f"\\\\FS01\\{share}$\\{name}\\"),
            ("Microsoft 365", "", f"https://{DNS.split('.')[0]}.sharepoint.example/sites/{name}/"),
            ("Intranätet", "", ""),
        ]
        if units.kind[unit] in (KIND_INDEX["skola"], KIND_INDEX["forskola"]):
            places.append(("Lärknuten", "", f"{name}/"))
        for code, _, period in spans(calendar, unit):
            for system, kind, pattern in places:
                yield code, "", system, kind, pattern, *period
    # A mailbox is its holder's, in whatever unit she works.
    for who in range(people.count):
        days = {0} if calendar.seasons is None else {0, min(int(calendar.seasons.moved_on[who]), calendar.days - 1)}
        for unit in {int(calendar.unit_on(day)[who]) for day in days}:
            for code, _, period in spans(calendar, unit):
                yield code, "", "Microsoft 365", "message", f"{people.upn[who]}\\", *period


_DUTIES = {
    "databasadministratör": ("Kvarnen",),
    "IT-tekniker": ("Katalogtjänsten", "Linuxservrar"),
    "systemförvaltare": ("Lindan", "Kvarnen", "Microsoft 365", "Lärknuten", "Filserver"),
}


def _duties(population: Population) -> Iterable[tuple[Any, ...]]:
    """Technicians and database administrators have their systems together, each systems manager has one."""
    people = population.people
    for who in range(people.count):
        systems = _DUTIES.get(people.role[who], ())
        for system in systems if people.role[who] != "systemförvaltare" else systems[who % len(systems) :][:1]:
            yield f"{DOMAIN}\\{people.sam[who]}", system, people.role[who], ALWAYS
