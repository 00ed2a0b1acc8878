"""Odd but innocent: what a rule of thumb would take for misuse, and what only a register can explain.

Evening work at home, deputies, referred clients, investigations, real emergencies, forgotten passwords, holidays
abroad, year-end exports, handovers after a move.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.simulator.acts import HANDLERS, Acts, acts, home_address, joined
from ingest.simulator.context import Deputy, Facts, Inquiry, Meeting, Referral, Tie
from ingest.simulator.objects import Objects, World
from ingest.simulator.population import Ints
from ingest.simulator.timetable import MINUTE_US, Timetable

ABROAD = (("Malaga|ES", "192.0.2.31"), ("Oslo|NO", "192.0.2.52"), ("Split|HR", "192.0.2.77"), ("Aten|GR", "192.0.2.90"))
_ASSIGNED, _UNASSIGNED = 1, 3  # places in REASONS


@dataclass(frozen=True, slots=True)
class Customs:
    """What is known of them, and the acts by source."""

    facts: Facts
    acts: dict[str, Acts]


class _Maker:
    def __init__(self, timetable: Timetable, world: World) -> None:
        self.timetable = timetable
        self.world = world
        self.calendar = timetable.calendar
        self.population = self.calendar.population
        self.days = self.calendar.days
        self.scale = self.population.people.count / 5000
        self.made: dict[str, list[Acts]] = defaultdict(list)

    def rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.calendar.seed, 72, number])

    def times(self, rng: np.random.Generator, per_month: float) -> Iterable[int]:
        """Days on which something happens that takes place so often in a municipality of 5,000."""
        count = rng.poisson(per_month * self.scale * self.days / 30)
        return sorted(rng.integers(0, self.days, count).tolist())

    def do(self, source: str, who: int, verb: Any, at: Ints, reason: int = _ASSIGNED, **given: Any) -> None:
        count = len(at)
        verbs = np.full(count, verb, dtype=object) if isinstance(verb, str) else np.array(verb, dtype=object)
        self.made[source].append(acts(at, np.full(count, who), verbs, reason=np.full(count, reason), **given))

    def of(self, *kinds: str, roles: tuple[str, ...] = ()) -> Ints:
        """Employees in units of KINDS, with one of ROLES if there are any."""
        people, units = self.population.people, self.population.units
        fits = np.isin(people.unit[: people.count], units.of(*kinds))
        if roles:
            fits &= np.isin(people.role[: people.count], roles)
        return np.flatnonzero(fits & people.staying)


def customs(timetable: Timetable, world: World) -> Customs:
    """The customs of a municipality: drawn from its seed."""
    make = _Maker(timetable, world)
    ties = tuple(_ties(make))
    _evenings(make)
    deputies = tuple(_deputies(make))
    referrals = tuple(_referred(make))
    inquiries = tuple(_inquiries(make))
    meetings = tuple(_emergencies(make))
    deaths = tuple(_deaths(make))
    _handovers(make)
    _passwords(make)
    _abroad(make)
    _batches(make)
    _mail_and_phones(make)
    _new_devices(make)
    _restarts(make)
    return Customs(
        Facts(ties, referrals, deputies, inquiries, meetings, deaths),
        {source: joined(parts) for source, parts in make.made.items()},
    )


def _ties(make: _Maker) -> Iterable[Tie]:
    """Relatives elsewhere in town: by name, where two bear the same, and former partners by chance."""
    rng = make.rng(1)
    people, residents = make.population.people, make.population.residents
    named: dict[str, list[int]] = {}
    for one, family in enumerate(residents.family.tolist()):
        named.setdefault(family, []).append(one)
    for who in np.flatnonzero(people.resident[: people.count] >= 0).tolist():
        me = int(people.resident[who])
        same = [one for one in named[residents.family[me]] if residents.household[one] != residents.household[me]]
        for one in rng.permutation(same)[: rng.integers(0, 3)].tolist():
            older = int(residents.born[one]) - int(residents.born[me])
            yield Tie(who, one, "parent" if older < -17 else "child" if older > 17 else "sibling")
        if rng.random() < 0.08:
            yield Tie(who, int(rng.integers(len(residents))), "former")


def _evenings(make: _Maker) -> None:
    """A case handler in thirty finishes her notes at home: her own cases, after hours, through the VPN."""
    rng = make.rng(2)
    handlers = make.of("barn", "forsorjning", "bistand", "bygg", roles=HANDLERS)
    for day in range(make.days):
        working = handlers[make.timetable.stop[day, handlers] > 0]
        for who in working[rng.random(len(working)) < 0.03].tolist():
            count = int(rng.integers(3, 9))
            case = make.world.case.by_person.draw(rng, np.full(count, who))
            if (case < 0).any():
                continue
            at = make.timetable.clock(rng, day, 19 * 60, 21 * 60 + 30, count)
            ip = home_address(np.full(count, who))
            make.do("kvarnen", who, rng.choice(["case", "note", "papers"], count), at, thing=case, ip=ip)
            make.do("vpn", who, "up", at[:1] - MINUTE_US, 0, ip=ip[:1])


def _deputies(make: _Maker) -> Iterable[Deputy]:
    """Who is away for long has a deputy from the same unit, who works with her cases meanwhile."""
    rng = make.rng(3)
    handlers = make.of("barn", "forsorjning", "bistand", "bygg", roles=HANDLERS)
    unit = make.population.people.unit
    for who in handlers.tolist():
        away = make.calendar.away[:, who]
        padded = np.concatenate(([False], away, [False])).astype(np.int8)
        begins, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
        for first, last in zip(begins.tolist(), ends.tolist(), strict=True):
            mates = handlers[(unit[handlers] == unit[who]) & (handlers != who)]
            if last - first < 5 or not len(mates):
                continue
            deputy = int(rng.choice(mates))
            yield Deputy(deputy, who, first, last, f"DEL-{first:03d}-{who}")
            for day in make.timetable.days_of(deputy, first, last).tolist():
                if rng.random() < 0.5:
                    count = int(rng.integers(1, 5))
                    case = make.world.case.by_person.draw(rng, np.full(count, who))
                    if (case >= 0).all():
                        at = make.timetable.during(rng, deputy, day, count)
                        make.do("kvarnen", deputy, "case", at, 2, thing=case)


def _referred(make: _Maker) -> Iterable[Referral]:
    """A client comes to a short-term place: another unit reads the journal for a fortnight."""
    rng = make.rng(4)
    journal, places = make.world.journal, make.population.units.of("sabo")
    for day in make.times(rng, 40):
        thing, to = int(rng.integers(len(journal))), int(rng.choice(places))
        if to == journal.unit_of[thing]:
            continue
        yield Referral(thing, int(journal.unit_of[thing]), to, day)
        for later in range(day, min(make.days, day + 14)):
            working = np.flatnonzero(make.timetable.unit[later] == to)
            for who in rng.permutation(working)[:2].tolist():
                count = int(rng.integers(1, 4))
                at = make.timetable.during(rng, who, later, count)
                at = at[at >= make.timetable.midnights[day]]
                make.do("lindan", who, "read", at, thing=np.full(len(at), thing))


def _inquiries(make: _Maker) -> Iterable[Inquiry]:
    """An investigator reads what she investigates, in whatever unit it lies."""
    rng = make.rng(5)
    investigators = make.of("kansli", "bistand", roles=("utredare", "enhetschef"))
    if not len(investigators):
        return
    for number, day in enumerate(make.times(rng, 6)):
        who = int(rng.choice(investigators))
        things: Objects = make.world.case if rng.random() < 0.5 else make.world.journal
        thing, last = int(rng.integers(len(things))), min(make.days, day + 45)
        yield Inquiry(who, things, thing, day, last, f"KS 2026/{300 + number}")
        for each in make.timetable.days_of(who, day, last).tolist():
            if rng.random() < 0.3:
                count = int(rng.integers(1, 4))
                source, verb = ("kvarnen", "case") if things is make.world.case else ("lindan", "read")
                at = make.timetable.during(rng, who, each, count)
                make.do(source, who, verb, at, thing=np.full(count, thing))


def _emergencies(make: _Maker) -> Iterable[Meeting]:
    """Somebody falls: a nurse on duty opens a journal that is not her unit's, in an emergency that is on record."""
    rng = make.rng(6)
    nurses = make.of("hsv", "sabo", roles=("sjuksköterska",))
    journal = make.world.journal
    for day in make.times(rng, 18):
        working = nurses[make.timetable.stop[day, nurses] > 0]
        if not len(working):
            continue
        who, thing = int(rng.choice(working)), int(rng.integers(len(journal)))
        at = make.timetable.during(rng, who, day, 3)
        yield Meeting(int(journal.subject[thing]), int(make.timetable.unit[day, who]), who, int(at[0]) - 10 * MINUTE_US)
        make.do("lindan", who, ["break_glass", "read", "create"], at, thing=np.full(3, thing))


def _deaths(make: _Maker) -> Iterable[tuple[int, int]]:
    """Clients die, and their unit closes the journal during the weeks after: that is the habits' own doing."""
    rng = make.rng(7)
    for day in make.times(rng, 15):
        yield int(make.world.journal.subject[rng.integers(len(make.world.journal))]), day


def _handovers(make: _Maker) -> None:
    """Who has moved to another unit looks into the old one's journals for a week: sloppy, and meant well."""
    rng = make.rng(8)
    seasons, people = make.calendar.seasons, make.population.people
    if seasons is None:
        return
    for who in np.flatnonzero(seasons.moved_on < make.days).tolist():
        first = int(seasons.moved_on[who])
        for day in make.timetable.days_of(who, first, min(make.days, first + 8)).tolist():
            if rng.random() < 0.5:
                count = int(rng.integers(1, 3))
                thing = make.world.journal.by_unit.draw(rng, np.full(count, people.unit[who]))
                if (thing >= 0).all():
                    at = make.timetable.during(rng, who, day, count)
                    make.do("lindan", who, "read", at, _UNASSIGNED, thing=thing)


def _passwords(make: _Maker) -> None:
    """Back from holiday: some wrong passwords in a row, then the right one."""
    rng = make.rng(9)
    for day in range(make.days):
        working = make.timetable.working(day)
        for who in working[rng.random(len(working)) < 0.002].tolist():
            wrong = int(rng.integers(2, 6))
            at = make.timetable.start[day, who] + np.sort(rng.integers(0, 6 * MINUTE_US, wrong + 1))
            make.do("ad", who, "logon", at, 0, ok=np.arange(wrong + 1) == wrong)


def _abroad(make: _Maker) -> None:
    """A few read their mail on the beach."""
    rng = make.rng(10)
    for day in range(make.days):
        away = np.flatnonzero(make.calendar.away[day])
        for who in away[rng.random(len(away)) < 0.0015].tolist():
            place, ip = ABROAD[who % len(ABROAD)]
            at = make.timetable.clock(rng, day, 9 * 60, 22 * 60, int(rng.integers(1, 3)))
            given = {"ip": np.full(len(at), ip, dtype=object), "extra": np.full(len(at), place, dtype=object)}
            make.do("entra", who, "signin", at, 0, **given)


def _batches(make: _Maker) -> None:
    """Much at once, and rightly: papers for the board, cases that are handed over, folders that are cleared."""
    rng = make.rng(11)
    clerks = make.of("kansli", "ekonomi")
    handlers = make.of("barn", "forsorjning", "bygg", roles=HANDLERS)
    teachers = make.of("skola", roles=("lärare",))
    for crowd, per_month, source, verb, things, own in (
        (clerks, 8, "utskrift", "print", make.world.folder, False),
        (handlers, 5, "kvarnen", "pdf", make.world.case, True),
        (teachers, 6, "skolfiler", "unlink", make.world.school, False),
        (clerks, 6, "m365", "FileDownloaded", make.world.document, False),
    ):
        for day in make.times(rng, per_month):
            working = crowd[make.timetable.stop[day, crowd] > 0]
            if not len(working):
                continue
            who, count = int(rng.choice(working)), int(rng.integers(20, 41))
            keys = np.full(count, who if own else make.population.people.unit[who])
            thing = (things.by_person if own else things.by_unit).draw(rng, keys)
            if (thing >= 0).all():
                make.do(source, who, verb, make.timetable.during(rng, who, day, count), thing=thing)


def _mail_and_phones(make: _Maker) -> None:
    """A rule that forwards to a colleague; a second factor that is set up anew, and one that was refused by mistake."""
    rng = make.rng(12)
    people = make.population.people
    office = make.of("barn", "forsorjning", "bistand", "bygg", "hr", "ekonomi", "kansli")
    technicians = make.of("it", roles=("IT-tekniker",))
    for day in make.times(rng, 5):
        working = office[make.timetable.stop[day, office] > 0]
        if len(working):
            who, other = int(rng.choice(working)), int(rng.choice(office))
            extra = np.array([f"{people.upn[other]}"], dtype=object)
            make.do("m365", who, "New-InboxRule", make.timetable.during(rng, who, day, 1), 0, extra=extra)
    for day in make.times(rng, 3):
        working = technicians[make.timetable.stop[day, technicians] > 0]
        if len(working):
            who, other = int(rng.choice(working)), int(rng.integers(people.count))
            at = make.timetable.during(rng, who, day, 1)
            make.do("entra-andringar", who, "Disable Strong Authentication", at, 0, other=np.array([other]))
    for day in make.times(rng, 20):
        working = make.timetable.working(day)
        if len(working):
            who = int(rng.choice(working))
            make.do("entra", who, "mfa", make.timetable.during(rng, who, day, 1), 0, ok=np.zeros(1, bool))


def _new_devices(make: _Maker) -> None:
    """A new phone is set up at home in the evening, and the mail is looked at there."""
    rng = make.rng(16)
    office = make.of("barn", "forsorjning", "bistand", "bygg", "hr", "ekonomi", "kansli")
    for day in make.times(rng, 15):
        working = office[make.timetable.stop[day, office] > 0]
        if len(working):
            who = int(rng.choice(working))
            at = make.timetable.clock(rng, day, 17 * 60, 22 * 60, 3)
            device = np.full(1, f"Åviken|SE|TEL-{who:05d}-{day}", dtype=object)
            make.do("entra", who, "signin", at[:1], 0, ip=home_address(np.full(1, who)), extra=device)
            make.do("m365", who, "MailItemsAccessed", at[1:], 0, ip=home_address(np.full(2, who)))


def _restarts(make: _Maker) -> None:
    """The database's host is started anew: its audit daemon ends, and is back within a minute."""
    rng = make.rng(17)
    technicians = make.of("it", roles=("IT-tekniker",))
    for day in make.times(rng, 2):
        working = technicians[make.timetable.stop[day, technicians] > 0]
        if len(working):
            who = int(rng.choice(working))
            at = make.timetable.during(rng, who, day, 1)
            make.do("dbhost", who, "daemon_end", at, 0)
            make.do("dbhost", who, "daemon_start", at + MINUTE_US, 0)
