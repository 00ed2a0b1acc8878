"""What happens in a day: acts of people at work and of machines, before any log has been written of them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.simulator.objects import World
from ingest.simulator.population import KIND_INDEX, Flags, Ints, Population, Texts
from ingest.simulator.rota import Calendar, Shifts

# Why somebody did it: kept in the truth, never in a log.
REASONS = ("none", "assigned", "substitute", "unassigned", "job", "planted")
_NONE, _ASSIGNED, _SUBSTITUTE, _UNASSIGNED, _JOB, PLANTED = range(len(REASONS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """Acts in one source, column by column."""

    at: Ints  # µs since 1970, UTC
    who: Ints  # of People; -1 = nobody we know
    verb: Texts  # a word of the source's format
    thing: Ints  # of the source's Objects; -1 = none
    other: Ints  # of People: whom it was done to; -1 = nobody
    ok: Flags
    ip: Texts  # None = the actor's own computer
    extra: Texts  # a word that the verb needs (a group's name); None = none
    reason: Ints  # of REASONS
    incident: Ints  # of the planted incidents; -1 = none

    def __len__(self) -> int:
        return len(self.at)

    def table(self, start: int) -> pa.Table:
        """The acts as an Arrow table, with `n`, the ordinal of each from START."""
        columns: dict[str, Any] = {"n": np.arange(start, start + len(self))}
        columns |= {column.name: getattr(self, column.name) for column in fields(self)}
        columns["at"] = pa.array(self.at, pa.timestamp("us", tz="UTC"))
        for name in ("verb", "ip", "extra"):
            columns[name] = pa.array(columns[name], pa.string(), from_pandas=True)
        return pa.table(columns)


def acts(at: Ints, who: Ints, verb: Texts, **given: Any) -> Acts:
    """Acts of which only some columns matter."""
    count = len(at)
    none = np.full(count, None, dtype=object)
    defaults = {
        "thing": np.full(count, -1),
        "other": np.full(count, -1),
        "ok": np.ones(count, bool),
        "ip": none,
        "extra": none,
        "reason": np.full(count, _NONE),
        "incident": np.full(count, -1),
    }
    return Acts(
        at=np.asarray(at, np.int64),
        who=np.asarray(who, np.int64),
        verb=np.asarray(verb, dtype=object),
        **(defaults | given),
    )


def joined(parts: Iterable[Acts]) -> Acts:
    """Acts of one source, one after another."""
    parts = list(parts)
    return Acts(
        **{column.name: np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Acts)}
    )


def chosen(these: Acts, which: Any) -> Acts:
    """Those of THESE that WHICH picks."""
    return Acts(**{column.name: getattr(these, column.name)[which] for column in fields(Acts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What people of some units or roles do in a source during a shift.

    `mean` acts a shift (Poisson); `fails` of them are refused; `astray` of them touch a thing that is not the unit's,
    sloppy but innocent: a colleague asks, a client has moved, a wrong line was clicked. With `extras` the acts are done
    to an employee, each with one of these words (a group). With `shared` the unit's shared account does them.
    """

    source: str
    mean: float
    verbs: dict[str, float]
    kinds: tuple[str, ...] = ()  # of unit; empty = all
    roles: tuple[str, ...] = ()  # empty = all
    things: str = ""  # a name of World; empty = the acts are on no thing
    own: float = 0.0  # share of the acts that are on the person's own things, rather than on the unit's
    astray: float = 0.0
    fails: float = 0.0
    extras: tuple[str, ...] = ()
    shared: bool = False


_GROUPS = ("GG-Lindan-Anvandare", "GG-Kvarnen-Anvandare", "GG-Distans", "GG-Skrivare-Farg")
_OFFICE = ("bistand", "barn", "forsorjning", "bygg", "gata", "hr", "ekonomi", "kansli", "it")
_CARE = ("hemtjanst", "sabo", "hsv", "forskola")
HANDLERS = ("socialsekreterare", "familjebehandlare", "biståndshandläggare", "bygglovshandläggare", "miljöinspektör")
_FILE_VERBS = {"share": 0.34, "read": 0.44, "write": 0.19, "remove": 0.03}
_CLOUD_VERBS = {
    "FileAccessed": 0.5,
    "FileModified": 0.2,
    "FileDownloaded": 0.05,
    "FileUploaded": 0.05,
    "FileDeleted": 0.01,
    "FilePreviewed": 0.07,
    "MailItemsAccessed": 0.07,
    "Send": 0.05,
}
_JOURNAL_VERBS = {"read": 0.6, "create": 0.16, "sign": 0.14, "update": 0.02, "search": 0.06, "print": 0.02}

HABITS: tuple[Habit, ...] = (
    Habit(
        source="lindan",
        mean=9,
        kinds=("hemtjanst", "sabo"),
        things="journal",
        verbs=_JOURNAL_VERBS,
        astray=0.015,
        fails=0.006,
    ),
    Habit(
        source="lindan",
        mean=14,
        kinds=("hsv", "bistand"),
        things="journal",
        verbs=_JOURNAL_VERBS,
        astray=0.02,
        fails=0.006,
    ),
    Habit(
        source="npo",
        mean=9,
        roles=("sjuksköterska",),
        things="journal",
        verbs={"Läsa": 0.9, "Utskrift": 0.02, "Signera": 0.08},
        astray=0.004,
    ),
    Habit(
        source="lakemedel",
        mean=3,
        roles=("sjuksköterska",),
        things="journal",
        verbs={"read": 0.8, "search": 0.1, "update": 0.1},
        astray=0.004,
        fails=0.01,
    ),
    Habit(
        source="kvarnen",
        mean=32,
        roles=HANDLERS,
        things="case",
        verbs={"case": 0.52, "papers": 0.2, "note": 0.13, "search": 0.1, "pdf": 0.02, "person": 0.03},
        own=0.8,
        astray=0.012,
        fails=0.008,
    ),
    Habit(
        source="kvarnen",
        mean=14,
        kinds=("barn", "forsorjning", "bistand", "bygg"),
        roles=("enhetschef", "administratör"),
        things="case",
        verbs={"case": 0.7, "papers": 0.2, "search": 0.1},
        astray=0.01,
        fails=0.005,
    ),
    Habit(source="filserver", mean=13, kinds=_OFFICE, things="folder", verbs=_FILE_VERBS, astray=0.003),
    Habit(source="filserver", mean=1.5, kinds=_CARE, things="folder", verbs=_FILE_VERBS),
    Habit(
        source="skolfiler",
        mean=9,
        kinds=("skola", "forskola"),
        things="school",
        verbs={"read": 0.62, "write": 0.24, "list": 0.08, "rename": 0.03, "unlink": 0.03},
        fails=0.01,
    ),
    Habit(source="m365", mean=14, kinds=_OFFICE, things="document", verbs=_CLOUD_VERBS, astray=0.02),
    Habit(source="m365", mean=6, kinds=("skola", "hsv"), things="document", verbs=_CLOUD_VERBS, astray=0.01),
    Habit(source="m365", mean=1.6, kinds=("hemtjanst", "sabo", "forskola"), things="document", verbs=_CLOUD_VERBS),
    Habit(source="entra", mean=2, verbs={"signin": 1.0}, fails=0.03),
    Habit(source="intranat", mean=2.5, things="page", verbs={"page": 1.0}, fails=0.01),
    Habit(
        source="utskrift",
        mean=1.6,
        kinds=(*_OFFICE, "skola", "hsv"),
        things="folder",
        verbs={"print": 0.9, "copy": 0.1},
        fails=0.01,
    ),
    Habit(source="larknuten", mean=3.5, kinds=("skola", "forskola"), verbs={"LOGIN": 0.55, "LOGOUT": 0.45}, fails=0.04),
    Habit(source="ad", mean=3.2, verbs={"logon": 0.55, "logoff": 0.45}),
    Habit(source="ad", mean=1.4, kinds=("sabo", "hsv"), verbs={"shared_logon": 0.6, "shared_logoff": 0.4}, shared=True),
    Habit(source="ad", mean=0.12, verbs={"logon": 1.0}, fails=1.0),
    Habit(source="ad", mean=1.2, verbs={"machine": 1.0}),
    Habit(source="ad", mean=1.5, kinds=("it",), verbs={"privileges": 1.0}),
    Habit(
        source="ad",
        mean=0.4,
        kinds=("it",),
        verbs={"password_reset": 0.7, "group_add": 0.2, "group_remove": 0.1},
        extras=_GROUPS,
    ),
    Habit(
        source="entra-andringar",
        mean=0.5,
        kinds=("it",),
        verbs={"Reset user password": 0.5, "Add member to group": 0.3, "Remove member from group": 0.2},
        extras=_GROUPS,
    ),
    Habit(source="linux", mean=6, kinds=("it",), verbs={"ssh": 0.5, "sudo": 0.4, "ssh_end": 0.1}, fails=0.03),
    Habit(
        source="kvarnen-db",
        mean=14,
        roles=("databasadministratör",),
        verbs={"select": 0.7, "update": 0.1, "connect": 0.2},
        fails=0.01,
    ),
    Habit(source="dbhost", mean=10, roles=("databasadministratör",), verbs={"open": 0.6, "exec": 0.4}, fails=0.03),
)


def day_acts(calendar: Calendar, world: World, day: int, habits: tuple[Habit, ...] = HABITS) -> dict[str, list[Acts]]:
    """All innocent acts of the shifts that begin on DAY, and of that day's jobs, by source and in no order.

    A night shift's last acts are on the next day.
    """
    shifts = calendar.shifts(day)
    parts: dict[str, list[Acts]] = {}
    for number, habit in enumerate(habits):
        rng = np.random.default_rng([calendar.seed, 30, day, number])
        parts.setdefault(habit.source, []).append(_habit(rng, habit, calendar.population, world, shifts))
    rng = np.random.default_rng([calendar.seed, 31, day])
    at_home = _from_home(rng, calendar, shifts, parts)
    parts["vpn"] = [at_home]
    for source, job in _jobs(rng, calendar, world, day).items():
        parts.setdefault(source, []).append(job)
    return parts


def _habit(rng: np.random.Generator, habit: Habit, population: Population, world: World, shifts: Shifts) -> Acts:
    people, units = population.people, population.units
    kind = units.kind[shifts.unit]
    fits = np.ones(len(shifts), bool)
    if habit.kinds:
        fits &= np.isin(kind, [KIND_INDEX[name] for name in habit.kinds])
    if habit.roles:
        fits &= np.isin(people.role[shifts.person], habit.roles)
    shift = np.repeat(np.arange(len(shifts)), np.where(fits, rng.poisson(habit.mean, len(shifts)), 0))
    count = len(shift)
    length = shifts.stop[shift] - shifts.start[shift]
    at = shifts.start[shift] + (rng.random(count) * length).astype(np.int64)
    who = shifts.person[shift]
    verb = np.array(list(habit.verbs), dtype=object)[
        rng.choice(len(habit.verbs), count, p=np.array(list(habit.verbs.values())) / sum(habit.verbs.values()))
    ]
    made = acts(at, who, verb, ok=rng.random(count) >= habit.fails)
    if habit.extras:
        word = np.array(habit.extras, dtype=object)[rng.integers(0, len(habit.extras), count)]
        made = replace(made, other=rng.integers(0, people.count, count), extra=word)
    if habit.shared:
        account = np.full(len(units), -1)
        account[people.unit[people.kind == "shared account"]] = np.flatnonzero(people.kind == "shared account")
        return replace(made, other=account[shifts.unit[shift]])
    if not habit.things:
        return made
    things = getattr(world, habit.things)
    of_unit = things.by_unit.draw(rng, shifts.unit[shift])
    thing = of_unit
    if habit.own:
        own = things.by_person.draw(rng, who)
        thing = np.where((rng.random(count) < habit.own) & (own >= 0), own, of_unit)
    stray = rng.random(count) < habit.astray
    thing = np.where(stray, rng.integers(0, len(things), count), thing)
    theirs = ~stray | things.by_unit.holds(shifts.unit[shift], thing)
    reason = np.where(theirs, np.where(shifts.substitute[shift], _SUBSTITUTE, _ASSIGNED), _UNASSIGNED)
    return chosen(replace(made, thing=thing, reason=reason), thing >= 0)


def home_address(who: Ints) -> Texts:
    """The address that somebody has at home: of the ranges that RFC 5737 sets apart for examples."""
    return np.array([f"198.51.100.{person % 253 + 1}" for person in who.tolist()], dtype=object)


def tunnel_address(who: Ints) -> Texts:
    """The address that the VPN gives somebody's session: as formats/fortigate.sql writes it."""
    return np.array([f"10.250.{each // 250 % 250}.{each % 250 + 1}" for each in who.tolist()], dtype=object)


def _from_home(rng: np.random.Generator, calendar: Calendar, shifts: Shifts, parts: dict[str, list[Acts]]) -> Acts:
    """One office worker in ten works from home: through the VPN, and signs in to the cloud from there."""
    home = shifts.person[(calendar.hours[shifts.person] == 0) & (rng.random(len(shifts)) < 0.1)]
    which = np.flatnonzero(np.isin(shifts.person, home))
    parts["entra"] = [
        replace(these, ip=np.where(np.isin(these.who, home), home_address(these.who), these.ip))
        for these in parts["entra"]
    ]
    who, first, last = shifts.person[which], shifts.start[which], shifts.stop[which]
    mistyped = rng.random(len(which)) < 0.06
    at = np.concatenate((first - 40_000_000, first[mistyped] - 75_000_000, last + 20_000_000))
    actor = np.concatenate((who, who[mistyped], who))
    verb = np.repeat(np.array(["up", "fail", "down"], dtype=object), [len(who), int(mistyped.sum()), len(who)])
    return acts(at, actor, verb, ok=verb != "fail", ip=home_address(actor))


def _jobs(rng: np.random.Generator, calendar: Calendar, world: World, day: int) -> dict[str, Acts]:
    """What runs by itself: integrations against databases, a robot that reads cases, the nightly backup, cron."""
    people = calendar.population.people
    account = {name: number for number, name in enumerate(people.sam.tolist()) if number >= people.count}
    minute = 60_000_000
    midnight = calendar.local(day)

    def spread(first: int, last: int, every: float) -> Ints:
        at = np.arange(first, last, every)
        return midnight + (at * minute).astype(np.int64) + rng.integers(0, 20_000_000, len(at))

    def job(at: Ints, name: str, verb: str, **given: Any) -> Acts:
        count = len(at)
        return acts(
            at, np.full(count, account[name]), np.full(count, verb, dtype=object), reason=np.full(count, _JOB), **given
        )

    integration = spread(0, 24 * 60, 2.2)
    robot = spread(5 * 60, 6 * 60, 0.4)
    backup = spread(2 * 60, 4 * 60, 3)
    cron = spread(0, 24 * 60, 10)
    return {
        "kvarnen-db": joined(
            [job(integration, "svc-int-kvarnen", "select"), job(spread(1, 24 * 60, 30), "svc-int-kvarnen", "update")]
        ),
        "kvarnen": job(robot, "svc-rpa01", "case", thing=rng.integers(0, len(world.case), len(robot))),
        "ad": joined([job(backup, "svc-backup", "logon"), job(backup + minute, "svc-backup", "logoff")]),
        "linux": acts(
            cron, np.full(len(cron), -1), np.full(len(cron), "cron", dtype=object), reason=np.full(len(cron), _JOB)
        ),
        "dbhost": job(spread(0, 24 * 60, 15), "svc-backup", "exec"),
    }
