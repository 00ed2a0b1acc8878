"""Planted misuse, one function a scenario: who does what to whom, as the catalogue of scenarios describes it.

Written from what such cases look like to those who handle them, not from any detection. A scenario draws its cast and
may change the world for it before anything is told of the world: a client becomes the culprit's neighbour.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ingest.simulator.acts import HANDLERS, PLANTED, Acts, acts, home_address, joined
from ingest.simulator.customs import Customs
from ingest.simulator.objects import Objects, World
from ingest.simulator.population import Ints, Population
from ingest.simulator.timetable import MINUTE_US, Timetable

FOREIGN = (
    ("Bangkok|TH", "203.0.113.9"),
    ("Lagos|NG", "203.0.113.44"),
    ("Minsk|BY", "203.0.113.81"),
    ("Hanoi|VN", "203.0.113.120"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A source that sends nothing from one instant until before another."""

    source: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """One planted incident: its scenario, who did it, the resident whom it is about, and its acts by source."""

    id: str
    scenario: str
    who: tuple[int, ...]
    subject: int  # resident; -1 = about no one person
    acts: dict[str, Acts]
    silence: Silence | None = None


_ATTEMPTS = 8


class NoCastError(Exception):
    """The municipality has nobody to play the scenario. Says what is wanting."""


@dataclass(slots=True)
class _Stage:
    """What a scenario draws from. `taken` are the employees and residents that play already."""

    rng: np.random.Generator
    timetable: Timetable
    world: World
    customs: Customs
    taken: set[int] = field(default_factory=set)
    subjects: set[int] = field(default_factory=set)
    made: dict[str, list[Acts]] = field(default_factory=lambda: defaultdict(list))
    silence: Silence | None = None

    @property
    def population(self) -> Population:
        return self.timetable.calendar.population

    @property
    def days(self) -> int:
        return self.timetable.calendar.days

    # --- Who

    def employee(
        self,
        *kinds: str,
        roles: tuple[str, ...] = (),
        local: bool = False,
        fits: Callable[[int], bool] = lambda _who: True,
        staying: bool = True,
    ) -> int:
        """Somebody who plays nothing yet, works in a unit of KINDS with one of ROLES, and FITS."""
        people, units = self.population.people, self.population.units
        good = np.isin(people.unit[: people.count], units.of(*kinds)) if kinds else np.ones(people.count, bool)
        good &= people.staying if staying else True
        if roles:
            good &= np.isin(people.role[: people.count], roles)
        if local:
            good &= people.resident[: people.count] >= 0
        if self.timetable.calendar.seasons is not None and staying:
            good &= self.timetable.calendar.seasons.moved_on >= self.days
        for who in self.rng.permutation(np.flatnonzero(good)).tolist():
            if who not in self.taken and fits(who):
                self.taken.add(who)
                return int(who)
        raise NoCastError("nobody fits")

    def carer(self, **given: Any) -> int:
        """A care worker who has a dozen shifts at least."""
        return self.employee(
            "hemtjanst",
            "sabo",
            roles=("undersköterska",),
            fits=given.pop("fits", lambda who: len(self.timetable.days_of(who)) >= min(12, self.days // 3)),
            **given,
        )

    def handler(self, **given: Any) -> int:
        """A case handler of social services."""
        return self.employee("barn", "forsorjning", "bistand", roles=HANDLERS, **given)

    def technician(self, *more: str) -> int:
        """A technician; in a small municipality one who plays something else already."""
        try:
            return self.employee("it", roles=("IT-tekniker", *more))
        except NoCastError:
            people = self.population.people
            return int(self.rng.choice(np.flatnonzero((people.role == "IT-tekniker")[: people.count] & people.staying)))

    # --- Whom

    def foreign(self, who: int, things: Objects, count: int = 1) -> Ints:
        """COUNT things that no unit of WHO's works with, each about another client who plays nothing yet."""
        # Wherever she stands in on some day, she has clients too.
        units = np.unique(np.append(self.timetable.unit[:, who], self.population.people.unit[who]))
        units = units[units >= 0]
        theirs = np.zeros(len(things), bool)
        for unit in units.tolist():
            theirs |= things.by_unit.holds(np.full(len(things), unit), np.arange(len(things)))
        mine = set(things.subject[theirs].tolist()) | self.subjects
        covered = {each.thing for each in self.customs.facts.referrals if each.to_unit in units}
        found = []
        for thing in self.rng.permutation(np.flatnonzero(~theirs)).tolist():
            subject = int(things.subject[thing])
            if subject in mine or (things is self.world.journal and thing in covered):
                continue
            mine.add(subject)
            self.subjects.add(subject)
            found.append(thing)
            if len(found) == count:
                return np.array(found)
        raise NoCastError("no such things")

    def about(self, who: int, things: Objects, resident: int) -> int:
        """A thing that no unit of WHO's works with, which is about RESIDENT from now on."""
        if resident in self.subjects or resident in set(self.world.journal.subject.tolist()) | set(
            self.world.case.subject.tolist()
        ):
            raise NoCastError("the resident is a client already")
        thing = int(self.foreign(who, things)[0])
        things.subject[thing] = resident
        self.subjects.add(resident)
        return thing

    def resident_of(self, who: int) -> int:
        return int(self.population.people.resident[who])

    def strangers(self, count: int) -> Ints:
        """COUNT things of the case system, of people in all town, for searches."""
        return self.rng.permutation(len(self.world.case))[:count]

    # --- When

    def shift_days(self, who: int, count: int, first: int = 0, last: int | None = None) -> list[int]:
        """COUNT days near one another on which WHO works."""
        days = self.timetable.days_of(who, first, self.days if last is None else last)
        if not len(days):
            raise NoCastError("no shifts")
        begin = int(self.rng.integers(0, max(1, len(days) - count)))
        return [int(day) for day in days[begin : begin + count]]

    def a_day(self, first: int = 0, last: int | None = None) -> int:
        """A day, not among the first tenth: who is judged by habit needs one."""
        low = max(first, self.days // 10)
        return int(self.rng.integers(low, max(low + 1, self.days - 2 if last is None else last)))

    # --- Doing

    def do(self, source: str, who: int, verb: Any, at: Ints, **given: Any) -> None:
        count = len(at)
        verbs = np.full(count, verb, dtype=object) if isinstance(verb, str) else np.array(verb, dtype=object)[:count]
        spread = {
            name: np.full(count, value, dtype=object if isinstance(value, str) else None)
            if np.isscalar(value)
            else value
            for name, value in given.items()
        }
        reason = np.full(count, PLANTED)
        self.made[source].append(acts(at, np.full(count, who), verbs, reason=reason, **spread))

    def read(self, who: int, things: Objects, thing: int, days: list[int], least: int = 1, most: int = 4) -> None:
        """WHO reads THING some times during each shift of DAYS."""
        source, verb = ("lindan", "read") if things is self.world.journal else ("kvarnen", "case")
        for day in days:
            count = int(self.rng.integers(least, most + 1))
            self.do(source, who, verb, self.timetable.during(self.rng, who, day, count), thing=thing)


# --- Relations


def _private(
    stage: _Stage, related: Callable[[int], int], *, days: int = 2, most: int = 3
) -> tuple[tuple[int, ...], int]:
    """A care worker or case handler looks up somebody close: RELATED gives whom, or -1."""
    in_care = stage.rng.random() < 0.6
    things = stage.world.journal if in_care else stage.world.case
    clients = set(stage.world.journal.subject.tolist()) | set(stage.world.case.subject.tolist()) | stage.subjects
    fits = lambda who: (found := related(who)) >= 0 and found not in clients  # noqa: E731
    who = stage.carer(local=True, fits=fits) if in_care else stage.handler(local=True, fits=fits)
    resident = related(who)
    thing = stage.about(who, things, resident)
    stage.read(who, things, thing, stage.shift_days(who, days, stage.days // 10), 1, most)
    return (who,), resident


def self_access(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """She reads what is written about herself."""
    return _private(stage, stage.resident_of, most=2)


def _of_household(stage: _Stage, who: int) -> int:
    residents, me = stage.population.residents, stage.resident_of(who)
    others = np.flatnonzero(residents.household == residents.household[me])
    others = others[others != me]
    return int(others[0]) if len(others) else -1


def household_access(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Somebody who lives with her."""
    return _private(stage, lambda who: _of_household(stage, who))


def same_surname(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Somebody with her surname who lives elsewhere."""
    residents = stage.population.residents

    def namesake(who: int) -> int:
        me = stage.resident_of(who)
        same = np.flatnonzero(
            (residents.family == residents.family[me]) & (residents.household != residents.household[me])
        )
        return int(same[who % len(same)]) if len(same) else -1

    return _private(stage, namesake)


def family_access(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A parent, sibling or grown-up child, or a former partner, who lives elsewhere."""
    known = {tie.who: tie.resident for tie in stage.customs.facts.ties}
    return _private(stage, lambda who: known.get(who, -1), days=3)


def neighbour_access(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The people next door: they moved there before the first day."""
    residents = stage.population.residents
    who = stage.carer(local=True)
    thing = int(stage.foreign(who, stage.world.journal)[0])
    subject, home = int(stage.world.journal.subject[thing]), stage.resident_of(who)
    moved = residents.household == residents.household[subject]
    residents.street[moved], residents.area[moved] = residents.street[home], residents.area[home]
    residents.house[moved] = residents.house[home] + 2
    stage.read(who, stage.world.journal, thing, stage.shift_days(who, 4, stage.days // 10), 1, 4)
    return (who,), subject


def colleague_access(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A colleague of the same unit, or the manager."""
    people = stage.population.people

    def mate(who: int) -> int:
        mates = np.flatnonzero(
            (people.unit[: people.count] == people.unit[who]) & (people.resident[: people.count] >= 0)
        )
        mates = mates[mates != who]
        return int(people.resident[mates[who % len(mates)]]) if len(mates) else -1

    return _private(stage, mate)


def protected_identity(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Somebody whose address is secret."""
    who = stage.handler()
    thing = int(stage.foreign(who, stage.world.case)[0])
    subject = int(stage.world.case.subject[thing])
    stage.population.residents.protected[subject] = True
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    stage.do("kvarnen", who, ["search", "person", "case"], stage.timetable.during(stage.rng, who, day, 3), thing=thing)
    return (who,), subject


def special_interest_spike(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Somebody is in the news: in three days a dozen employees look."""
    first = stage.carer()
    thing = int(stage.foreign(first, stage.world.journal)[0])
    subject = int(stage.world.journal.subject[thing])
    stage.population.residents.special[subject] = True
    day = stage.a_day()
    holds = stage.world.journal.by_unit.holds
    crowd = []
    for who in stage.rng.permutation(
        np.unique(np.concatenate([stage.timetable.working(day + d) for d in range(3) if day + d < stage.days]))
    ).tolist():
        units = np.unique(stage.timetable.unit[:, who])
        uses = stage.population.people.role[who] in ("undersköterska", "sjuksköterska")
        if uses and who not in stage.taken and not holds(units[units >= 0], np.full((units >= 0).sum(), thing)).any():
            stage.taken.add(who)
            crowd.append(who)
        if len(crowd) == 12:
            break
    for who in crowd:
        when = next(d for d in range(day, min(day + 3, stage.days)) if stage.timetable.stop[d, who])
        stage.read(who, stage.world.journal, thing, [when], 1, 2)
    return tuple(crowd), subject


def deceased(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A client died some months ago; somebody elsewhere is curious how."""
    who = stage.carer()
    thing = int(stage.foreign(who, stage.world.journal)[0])
    subject = int(stage.world.journal.subject[thing])
    stage.population.residents.deceased[subject] = True
    stage.read(who, stage.world.journal, thing, stage.shift_days(who, 1, stage.days // 4), 2, 4)
    return (who,), subject


def no_relation(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A client of no concern to her, read again and again during one week."""
    who = stage.carer() if stage.rng.random() < 0.5 else stage.handler()
    in_care = stage.population.people.role[who] == "undersköterska"
    things = stage.world.journal if in_care else stage.world.case
    thing = int(stage.foreign(who, things)[0])
    stage.read(who, things, thing, stage.shift_days(who, 4, stage.days // 10), 1, 3)
    return (who,), int(things.subject[thing])


def other_unit(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """She goes through clients of another part of town."""
    who = stage.carer()
    units, journal = stage.population.units, stage.world.journal
    mine = units.area[stage.population.people.unit[who]]
    some = [
        thing
        for thing in stage.foreign(who, journal, min(40, len(journal) // 4)).tolist()
        if units.area[journal.unit_of[thing]] != mine
    ][:8]
    if not some:
        raise NoCastError("no other part of town")
    for day in stage.shift_days(who, 2, stage.days // 10):
        for thing in some:
            stage.read(who, journal, thing, [day], 1, 1)
    return (who,), -1


def blocked_record(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """An emergency opening where there was no emergency."""
    who = stage.employee("hsv", "sabo", roles=("sjuksköterska",))
    thing = int(stage.foreign(who, stage.world.journal)[0])
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.during(stage.rng, who, day, 3)
    stage.do("lindan", who, ["break_glass", "read", "read"], at, thing=thing)
    return (who,), int(stage.world.journal.subject[thing])


# --- Time and employment


def _mine(stage: _Stage, who: int, count: int) -> Ints:
    """COUNT journals or cases that are WHO's business on other days."""
    things = stage.world.journal if stage.population.people.role[who] == "undersköterska" else stage.world.case
    found = things.by_unit.draw(stage.rng, np.full(count, stage.population.people.unit[who]))
    if (found < 0).any():
        raise NoCastError("a unit without clients")
    return found


def _read_mine(stage: _Stage, who: int, at: Ints) -> None:
    source, verb = ("lindan", "read") if stage.population.people.role[who] == "undersköterska" else ("kvarnen", "case")
    stage.do(source, who, verb, at, thing=_mine(stage, who, len(at)))


def outside_hours(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """In the small hours of two nights, between shifts, she reads about her unit's clients."""
    who = stage.carer(fits=lambda who: stage.timetable.calendar.hours[who] != 4)
    for day in stage.shift_days(who, 2, stage.days // 10):
        _read_mine(stage, who, stage.timetable.clock(stage.rng, day, 60, 4 * 60 + 30, int(stage.rng.integers(5, 11))))
    return (who,), -1


def on_leave(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """On sick leave or holiday, and logged on in the middle of it."""
    away = stage.timetable.calendar.away

    def inside(who: int) -> int:
        """A day with two free days on each side."""
        long = np.convolve(away[:, who].astype(int), np.ones(5, int), "valid")
        days = np.flatnonzero(long == 5) + 2
        return int(days[len(days) // 2]) if len(days) else -1

    who = stage.handler(fits=lambda who: inside(who) >= 0 and not away[:, who].all())
    _read_mine(
        stage, who, stage.timetable.clock(stage.rng, inside(who), 10 * 60, 13 * 60, int(stage.rng.integers(6, 12)))
    )
    return (who,), -1


def after_employment(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The employment ended, the account did not."""
    people = stage.population.people
    latest = stage.days - 3
    who = stage.employee(
        *("hemtjanst", "sabo", "barn", "forsorjning"),
        roles=("undersköterska", *HANDLERS),
        staying=False,
        fits=lambda who: 0 < people.stops[who] < latest,
    )
    for later in range(2):
        day = min(stage.days - 1, int(people.stops[who]) + 2 + 3 * later)
        _read_mine(stage, who, stage.timetable.clock(stage.rng, day, 17 * 60, 21 * 60, int(stage.rng.integers(2, 6))))
    return (who,), -1


def changed_role(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """She moved to another unit long ago, and still reads the old one's journals."""
    seasons, people = stage.timetable.calendar.seasons, stage.population.people
    if seasons is None:
        raise NoCastError("nobody moves")
    wait = min(30, stage.days // 4)
    who = stage.employee(
        *("hemtjanst", "sabo"),
        staying=False,
        fits=lambda who: (
            seasons.moved_on[who] + wait < stage.days - 2
            and len(stage.timetable.days_of(who, int(seasons.moved_on[who]) + wait)) > 0
        ),
    )
    things = stage.world.journal.by_unit.draw(stage.rng, np.full(3, people.unit[who]))
    theirs = stage.world.journal.by_unit.holds(np.full(3, seasons.moved_to[who]), things)
    if theirs.all() or (things < 0).any():
        raise NoCastError("the new unit has the same clients")
    for day in stage.shift_days(who, 3, int(seasons.moved_on[who]) + wait):
        for thing in things[~theirs].tolist():
            stage.read(who, stage.world.journal, thing, [day], 1, 2)
    return (who,), -1


# --- Amount


def volume(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """In one shift she opens more of her unit's and the neighbouring units' journals than in a month."""
    who = stage.carer()
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    count = min(90, len(stage.world.journal) // 2)
    things = stage.rng.permutation(len(stage.world.journal))[:count]
    stage.do("lindan", who, "read", stage.timetable.during(stage.rng, who, day, count), thing=things)
    return (who,), -1


def bulk_search(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Half an hour of searches, person after person."""
    who = stage.handler()
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    things = stage.strangers(80)
    begin = int(stage.timetable.during(stage.rng, who, day, 1)[0])
    at = np.sort(begin + stage.rng.integers(0, 35 * MINUTE_US, len(things)))
    stage.do("kvarnen", who, "search", at, thing=things)
    return (who,), -1


def mass_export(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Before giving notice he takes the unit's documents along."""
    who = stage.handler()
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    things = _mine(stage, who, 70)
    begin = int(stage.timetable.during(stage.rng, who, day, 1)[0])
    at = np.sort(begin + stage.rng.integers(0, 50 * MINUTE_US, len(things)))
    stage.do("kvarnen", who, "pdf", at, thing=things)
    return (who,), -1


def mass_print(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A pile of journals comes out of the printer."""
    who = stage.carer()
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    things = _mine(stage, who, 45)
    begin = int(stage.timetable.during(stage.rng, who, day, 1)[0])
    stage.do("lindan", who, "print", np.sort(begin + stage.rng.integers(0, 55 * MINUTE_US, 45)), thing=things)
    return (who,), -1


def slow_snooping(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """One client, once or twice a week, for months: never much on any day."""
    who = stage.carer() if stage.rng.random() < 0.5 else stage.handler()
    things = stage.world.journal if stage.population.people.role[who] == "undersköterska" else stage.world.case
    thing = int(stage.foreign(who, things)[0])
    days = stage.timetable.days_of(who, stage.days // 10)
    step = max(1, min(6, len(days) // 6))
    stage.read(who, things, thing, [int(day) for day in days[::step]], 1, 1)
    return (who,), int(things.subject[thing])


def search_without_open(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """He searches for people by name and number, and opens none: the list of hits told enough."""
    who = stage.handler()
    for day in stage.shift_days(who, 3, stage.days // 10):
        things = stage.strangers(12)
        stage.do("kvarnen", who, "search", stage.timetable.during(stage.rng, who, day, len(things)), thing=things)
    return (who,), -1


def mass_delete_r3(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A handler removes documents from case after case."""
    who = stage.handler()
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    things = _mine(stage, who, 50)
    begin = int(stage.timetable.during(stage.rng, who, day, 1)[0])
    stage.do("kvarnen", who, "delete", np.sort(begin + stage.rng.integers(0, 40 * MINUTE_US, 50)), thing=things)
    return (who,), -1


def mass_download(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The whole site of the unit, and of others, in an evening."""
    who = stage.employee("ekonomi", "hr", "kansli", "bygg")
    day = stage.shift_days(who, 1, stage.days // 4)[0]
    things = stage.rng.permutation(len(stage.world.document))[:160]
    at = stage.timetable.clock(stage.rng, day, 18 * 60, 19 * 60 + 30, len(things))
    stage.do("m365", who, "FileDownloaded", at, thing=things, ip=home_address(np.full(len(things), who)))
    return (who,), -1


# --- Accounts


def shared_account_person(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The integration's account reads the database from somebody's own computer, in the afternoon."""
    people = stage.population.people
    who = stage.technician("databasadministratör")
    account = int(np.flatnonzero(people.sam == "svc-int-kvarnen")[0])
    for day in stage.shift_days(who, 2, stage.days // 10):
        at = stage.timetable.during(stage.rng, who, day, 9)
        verbs = ["connect", *["select"] * 8]
        stage.do("kvarnen-db", account, verbs, at, ip=str(people.address[who]))
        stage.do("ad", account, "logon", at[:1] - MINUTE_US, ip=str(people.address[who]))
    return (who, account), -1


def _attacker(stage: _Stage) -> tuple[str, str]:
    place, ip = FOREIGN[int(stage.rng.integers(len(FOREIGN)))]
    return place, f"{ip.rsplit('.', 1)[0]}.{int(stage.rng.integers(130, 250))}"


def _victim(stage: _Stage) -> int:
    return stage.employee("ekonomi", "hr", "kansli", "barn", "forsorjning", "bygg", "skola")


def impossible_travel(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Signed in at the office, and half an hour later from another continent."""
    who, (place, ip) = _victim(stage), _attacker(stage)
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.during(stage.rng, who, day, 1)
    stage.do("entra", who, "signin", at)
    stage.do("entra", who, "signin", at + 30 * MINUTE_US + np.arange(2) * MINUTE_US, ip=ip, extra=place)
    return (who,), -1


def new_country(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """At night, from a country in which nobody of the organisation has been."""
    who, (place, ip) = _victim(stage), _attacker(stage)
    day = stage.a_day()
    at = stage.timetable.clock(stage.rng, day, 90, 210, 3)
    stage.do("entra", who, "signin", at, ip=ip, extra=place)
    stage.do("m365", who, "MailItemsAccessed", at[-1] + np.arange(1, 6) * MINUTE_US, ip=ip, thing=0)
    return (who,), -1


def new_device(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """In the evening somebody else signs in as her, from a machine and a network in the country, and reads her mail."""
    who, (_, ip) = _victim(stage), _attacker(stage)
    day = stage.a_day(first=stage.days // 3)
    at = stage.timetable.clock(stage.rng, day, 19 * 60, 23 * 60, 1)
    stage.do("entra", who, "signin", at, ip=ip, extra="Göteborg|SE|DESKTOP-7Q2L9XK")
    stage.do("m365", who, "MailItemsAccessed", at[-1] + np.arange(1, 31) * MINUTE_US, ip=ip, thing=0)
    return (who,), -1


def _tries(stage: _Stage, who: int, begin: int, count: int, place: str, ip: str) -> Ints:
    at = np.sort(begin + stage.rng.integers(0, 14 * MINUTE_US, count))
    stage.do("entra", who, "signin", at, ip=ip, extra=place, ok=False)
    return at


def brute_force(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """One account, password after password."""
    who, (place, ip) = _victim(stage), _attacker(stage)
    begin = stage.timetable.calendar.local(stage.a_day(), int(stage.rng.integers(0, 300)))
    _tries(stage, who, begin, 45, place, ip)
    return (who,), -1


def password_spray(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """One password, account after account."""
    place, ip = _attacker(stage)
    people = stage.population.people
    crowd = stage.rng.permutation(people.count)[: min(60, people.count // 3)].tolist()
    begin = stage.timetable.calendar.local(stage.a_day(), int(stage.rng.integers(0, 300)))
    for place_of, who in enumerate(crowd):
        at = np.array([begin + place_of * MINUTE_US // 2])
        stage.do("entra", int(who), "signin", at, ip=ip, extra=place, ok=False)
    return tuple(int(who) for who in crowd), -1


def success_after_failures(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Many wrong passwords and then the right one, from the same foreign address."""
    who, (place, ip) = _victim(stage), _attacker(stage)
    begin = stage.timetable.calendar.local(stage.a_day(), int(stage.rng.integers(0, 300)))
    at = _tries(stage, who, begin, 25, place, ip)
    stage.do("entra", who, "signin", at[-1:] + MINUTE_US, ip=ip, extra=place)
    return (who,), -1


def mfa_removed(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The helpdesk was talked into it: the second factor goes, and within the hour somebody signs in from abroad."""
    admin, who, (place, ip) = stage.technician(), _victim(stage), _attacker(stage)
    day = stage.shift_days(admin, 1, stage.days // 10)[0]
    at = stage.timetable.during(stage.rng, admin, day, 1)
    stage.do("entra-andringar", admin, "Disable Strong Authentication", at, other=who)
    stage.do("entra", who, "signin", at + np.arange(20, 22) * MINUTE_US, ip=ip, extra=place)
    return (admin, who), -1


def mfa_fatigue(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Asked to approve again and again in the night, she approves at last."""
    who, (place, ip) = _victim(stage), _attacker(stage)
    begin = stage.timetable.calendar.local(stage.a_day(), int(stage.rng.integers(60, 240)))
    at = begin + np.sort(stage.rng.integers(0, 25 * MINUTE_US, 14))
    stage.do("entra", who, "mfa", at, ip=ip, extra=place, ok=False)
    stage.do("entra", who, "signin", at[-1:] + MINUTE_US, ip=ip, extra=place)
    return (who,), -1


def mailbox_forwarding(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A rule that sends all mail to a private address outside."""
    who = _victim(stage)
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.during(stage.rng, who, day, 1)
    stage.do("m365", who, "New-InboxRule", at, extra="ekonomi.avisering@post.example")
    return (who,), -1


# --- Privileges and logs


def _hr_files(stage: _Stage) -> Ints:
    return np.flatnonzero(np.isin(stage.world.folder.unit_of, stage.population.units.of("hr")))


def permission_round_trip(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Gives himself the right, uses it, takes it away again."""
    who = stage.technician()
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    group = "GG-HR-Personalarenden-RW"
    at = stage.timetable.clock(stage.rng, day, 16 * 60, 18 * 60, 25)
    stage.do("ad", who, "group_add", at[:1], other=who, extra=group)
    files = stage.rng.permutation(_hr_files(stage))[:23]
    stage.do("filserver", who, ["share", "read"] * 12, at[1 : 1 + len(files)], thing=files)
    stage.do("ad", who, "group_remove", at[-1:], other=who, extra=group)
    return (who,), -1


def privileged_group_member(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """An ordinary account becomes a domain administrator in the evening."""
    who, other = stage.technician(), _victim(stage)
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.clock(stage.rng, day, 19 * 60, 22 * 60, 1)
    stage.do("ad", who, "group_add", at, other=other, extra="Domain Admins")
    return (who, other), -1


def audit_policy_changed(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """Auditing of account management is switched off."""
    who = stage.technician()
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    stage.do("ad", who, "audit_policy", stage.timetable.during(stage.rng, who, day, 1))
    return (who,), -1


def log_cleared(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The security log of the file server is emptied."""
    who = stage.technician()
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    stage.do("filserver", who, "log_clear", stage.timetable.during(stage.rng, who, day, 1))
    return (who,), -1


def logging_stopped(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The audit daemon of the database's host is stopped, and is started again two hours later."""
    who = stage.technician("databasadministratör")
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.clock(stage.rng, day, 17 * 60, 20 * 60, 1)
    back = at + 120 * MINUTE_US
    stage.do("dbhost", who, "daemon_end", at)
    stage.do("dbhost", who, "daemon_start", back)
    stage.silence = Silence(source="dbhost", first=int(at[0]) + 1, last=int(back[0]))
    return (who,), -1


def back_door(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """The cases are read in the database, or the personnel files on the server, rather than where it is meant to be."""
    if stage.rng.random() < 0.5:
        who = stage.technician()
        day = stage.shift_days(who, 1, stage.days // 10)[0]
        files = stage.rng.permutation(_hr_files(stage))[:40]
        at = stage.timetable.during(stage.rng, who, day, len(files))
        stage.do("filserver", who, ["share", "read"] * 20, at, thing=files)
        return (who,), -1
    who = stage.technician()
    day = stage.shift_days(who, 1, stage.days // 10)[0]
    at = stage.timetable.clock(stage.rng, day, 18 * 60, 20 * 60, 30)
    stage.do("kvarnen-db", who, ["connect", *["select"] * 29], at)
    return (who,), -1


def silent_source(stage: _Stage) -> tuple[tuple[int, ...], int]:
    """A source stops sending, and comes back later as if nothing had been."""
    source, hours = (("kvarnen-db", 8), ("ad", 20), ("lindan", 30))[int(stage.rng.integers(3))]
    begin = stage.timetable.calendar.local(stage.a_day(last=max(2, stage.days - 3)), 7 * 60)
    stage.silence = Silence(source=source, first=begin, last=begin + hours * 60 * MINUTE_US)
    return (), -1


SCENARIOS: dict[str, Callable[[_Stage], tuple[tuple[int, ...], int]]] = {
    scenario.__name__: scenario
    for scenario in (
        *(self_access, household_access, same_surname, family_access, neighbour_access, colleague_access),
        *(protected_identity, special_interest_spike, deceased, no_relation, other_unit, blocked_record),
        *(outside_hours, on_leave, after_employment, changed_role),
        *(volume, bulk_search, mass_export, mass_print, slow_snooping, search_without_open),
        *(shared_account_person, impossible_travel, new_country, new_device),
        *(brute_force, password_spray, success_after_failures, mfa_removed, mfa_fatigue),
        *(permission_round_trip, privileged_group_member, audit_policy_changed, log_cleared, logging_stopped),
        *(silent_source, back_door, mass_delete_r3, mailbox_forwarding, mass_download),
    )
}
# What people do to people happens twice as often as what is done to systems.
_TWICE = frozenset(
    {"self_access", "household_access", "same_surname", "family_access", "neighbour_access", "colleague_access"}
    | {"protected_identity", "no_relation", "other_unit", "slow_snooping", "outside_hours", "on_leave"}
    | {"after_employment", "changed_role"}
)


def program(seed: int, wanted: int) -> list[str]:
    """The scenarios of WANTED incidents, in an order of the seed: each once before any of `_TWICE` comes again."""
    rng = np.random.default_rng([seed, 89])
    order = [*rng.permutation(list(SCENARIOS)).tolist(), *rng.permutation(sorted(_TWICE)).tolist()]
    laps = -(-wanted // len(order))
    return (order * laps)[:wanted]


def plant(timetable: Timetable, world: World, customs: Customs, wanted: int) -> tuple[Misuse, ...]:
    """WANTED incidents among the innocent days. The world's subjects, addresses and flags are changed for them.

    A scenario that the municipality can't cast is left out; the next one of the program takes its place.
    """
    seed = timetable.calendar.seed
    taken: set[int] = set()
    subjects: set[int] = set()
    found: list[Misuse] = []
    names = program(seed, 2 * wanted + len(SCENARIOS))
    for number, scenario in enumerate(names):
        if len(found) == wanted:
            break
        played = _played(scenario, [seed, 90, number], timetable, world, customs, taken, subjects)
        if played is None:
            continue
        stage, who, subject = played
        order = sum(each.scenario == scenario for each in found) + 1
        made = {source: _numbered(joined(parts), len(found)) for source, parts in stage.made.items()}
        found.append(
            Misuse(
                id=f"{scenario}-{order}",
                scenario=scenario,
                who=who,
                subject=subject,
                acts=made,
                silence=stage.silence,
            )
        )
    return tuple(found)


def _played(
    scenario: str,
    seed: list[int],
    timetable: Timetable,
    world: World,
    customs: Customs,
    taken: set[int],
    subjects: set[int],
) -> tuple[_Stage, tuple[int, ...], int] | None:
    """SCENARIO with a cast of its own: another is tried where one has nobody to play with. None = there is nobody."""
    for attempt in range(_ATTEMPTS):
        stage = _Stage(np.random.default_rng([*seed, attempt]), timetable, world, customs, set(taken), set(subjects))
        try:
            who, subject = SCENARIOS[scenario](stage)
        except NoCastError:
            continue
        taken |= stage.taken
        subjects |= stage.subjects
        return stage, who, subject
    return None


def _numbered(these: Acts, number: int) -> Acts:
    return replace(these, incident=np.full(len(these), number))
