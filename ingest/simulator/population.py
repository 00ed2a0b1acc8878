"""Who lives and works in Åviken: residents, units, employees and their accounts. The municipality does not exist."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.simulator import names

MUNICIPALITY = "Åvikens kommun"
DOMAIN = "AVIKEN"
DNS = "aviken.example"
DOMAIN_SID = "S-1-5-21-1004336348-1177238915-682003330"
HSA = "SE9999990000"

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

VON = "Vård- och omsorgsnämnden"
SN = "Socialnämnden"
UN = "Utbildningsnämnden"
SBN = "Samhällsbyggnadsnämnden"
KS = "Kommunstyrelsen"
CONTROLLERS = (VON, SN, UN, SBN, KS)


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit: its share of all employees, the size of one, who works there, and when (see `rota`)."""

    name: str
    title: str
    controller: str
    share: float
    size: int
    roles: tuple[tuple[str, float], ...]
    hours: str = "office"


UNIT_KINDS: tuple[UnitKind, ...] = (
    UnitKind(
        "hemtjanst",
        "Hemtjänst {area}",
        VON,
        0.19,
        32,
        (("undersköterska", 0.92), ("samordnare", 0.08)),
        "early and late",
    ),
    UnitKind(
        "sabo",
        "Särskilt boende {area}",
        VON,
        0.19,
        36,
        (("undersköterska", 0.86), ("sjuksköterska", 0.14)),
        "round the clock",
    ),
    UnitKind(
        "hsv",
        "Hälso- och sjukvård {area}",
        VON,
        0.05,
        24,
        (("sjuksköterska", 0.7), ("arbetsterapeut", 0.15), ("fysioterapeut", 0.15)),
        "early and late",
    ),
    UnitKind("bistand", "Biståndsenheten {area}", VON, 0.03, 30, (("biståndshandläggare", 1.0),)),
    UnitKind("barn", "Barn och familj {area}", SN, 0.05, 25, (("socialsekreterare", 0.9), ("familjebehandlare", 0.1))),
    UnitKind(
        "forsorjning", "Ekonomiskt bistånd {area}", SN, 0.04, 25, (("socialsekreterare", 0.8), ("administratör", 0.2))
    ),
    UnitKind(
        "skola",
        "{area}skolan",
        UN,
        0.22,
        40,
        (("lärare", 0.86), ("kurator", 0.05), ("skolsköterska", 0.03), ("administratör", 0.06)),
        "school",
    ),
    UnitKind("forskola", "Förskolan {area}", UN, 0.08, 20, (("förskollärare", 0.5), ("barnskötare", 0.5)), "school"),
    UnitKind("bygg", "Bygg och miljö", SBN, 0.04, 40, (("bygglovshandläggare", 0.5), ("miljöinspektör", 0.5))),
    UnitKind("gata", "Gata och park", SBN, 0.03, 40, (("ingenjör", 0.4), ("parkarbetare", 0.6))),
    UnitKind("hr", "HR-enheten", KS, 0.015, 40, (("HR-specialist", 0.5), ("lönespecialist", 0.5))),
    UnitKind("ekonomi", "Ekonomienheten", KS, 0.02, 40, (("ekonom", 0.6), ("administratör", 0.4))),
    UnitKind("kansli", "Kansliet", KS, 0.015, 40, (("registrator", 0.5), ("utredare", 0.5))),
    UnitKind(
        "it",
        "IT-enheten",
        KS,
        0.03,
        60,
        (("IT-tekniker", 0.6), ("systemförvaltare", 0.3), ("databasadministratör", 0.1)),
    ),
)
KIND_INDEX = {kind.name: number for number, kind in enumerate(UNIT_KINDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """Everyone who is known to a system of the municipality, by ordinal."""

    number: Texts  # twelve digits
    born: Ints  # year
    given: Texts
    family: Texts
    household: Ints
    street: Texts
    house: Ints
    area: Ints  # of names.AREAS
    protected: Flags
    deceased: Flags
    special: Flags

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units, by ordinal. Those of a nämnd's management come first, one for each controller."""

    code: Texts
    name: Texts
    kind: Ints  # of UNIT_KINDS; -1 = a nämnd's management
    controller: Ints  # of CONTROLLERS
    parent: Ints  # ordinal; -1 = none
    manager: Ints  # person
    area: Ints  # of names.AREAS; -1 = the whole municipality

    def __len__(self) -> int:
        return len(self.code)

    def of(self, *kinds: str) -> Ints:
        """The units of these kinds."""
        return np.flatnonzero(np.isin(self.kind, [KIND_INDEX[kind] for kind in kinds]))


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The employees by ordinal, and after them (from `count` on) the accounts that are no person's."""

    count: int
    person: Texts  # stable id; empty for accounts of nobody
    given: Texts
    family: Texts
    sam: Texts  # the account's name in the domain
    upn: Texts
    hsa: Texts
    sid: Texts
    unit: Ints
    manager: Ints
    role: Texts
    kind: Texts
    employer: Texts
    resident: Ints  # the same human among the residents; -1 = lives elsewhere or is nobody
    address: Texts  # of the computer
    computer: Texts
    starts: Ints  # first day of employment, counted from the simulation's first; may be negative
    stops: Ints  # the day after the last

    def __len__(self) -> int:
        return len(self.person)

    @property
    def staying(self) -> Flags:
        """The employees who are there from before the first day until after the last."""
        stay: Flags = (self.starts[: self.count] < 0) & (self.stops[: self.count] == self.stops.max())
        return stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """All of them."""

    residents: Residents
    units: Units
    people: People


def populate(seed: int, people: int, start: date, days: int) -> Population:
    """The municipality of SEED with PEOPLE employees, as it is on START and for DAYS after."""
    residents = _residents(np.random.default_rng([seed, 1]), max(6 * people, 600), start)
    unit_of, units = _units(np.random.default_rng([seed, 2]), people)
    return Population(
        residents=residents,
        units=units,
        people=_people(np.random.default_rng([seed, 3]), residents, units, unit_of, days),
    )


def _residents(rng: np.random.Generator, count: int, start: date) -> Residents:
    number = names.personal_numbers(rng, count, f"{start.year - 1}-12-31", f"{start.year - 98}-01-01")
    born = np.array([int(text[:4]) for text in number.tolist()])
    sizes = rng.choice([1, 2, 3, 4, 5], count, p=[0.4, 0.3, 0.12, 0.13, 0.05])
    household = np.repeat(np.arange(count), sizes)[:count]
    families = names.drawn(rng, names.FAMILY, count)
    keeps_own = rng.random(count) < 0.12
    streets, house = names.drawn(rng, names.STREETS, count), rng.integers(1, 90, count)
    return Residents(
        number=number,
        born=born,
        given=names.drawn(rng, names.GIVEN, count),
        family=np.where(keeps_own, names.drawn(rng, names.FAMILY, count), families[household]),
        household=household,
        street=streets[household],
        house=house[household],
        area=rng.integers(0, len(names.AREAS), count)[household],
        protected=rng.random(count) < 0.004,
        deceased=(rng.random(count) < 0.05) & (born < start.year - 75),
        special=rng.random(count) < 0.002,
    )


def _units(rng: np.random.Generator, people: int) -> tuple[Ints, Units]:
    """The unit of each employee, and the units. Managers are the first employee of each."""
    unit_of: list[int] = list(range(len(CONTROLLERS)))  # each nämnd's head of administration
    code = [f"{100 * (number + 1)}" for number in range(len(CONTROLLERS))]
    name = [
        controller.replace("nämnden", "förvaltningen").replace("styrelsen", "ledningskontoret")
        for controller in CONTROLLERS
    ]
    kinds, controllers, parents, areas = (
        [-1] * len(CONTROLLERS),
        list(range(len(CONTROLLERS))),
        [-1] * len(CONTROLLERS),
        [-1] * len(CONTROLLERS),
    )
    for index, (kind, staff) in enumerate(zip(UNIT_KINDS, _staff(people - len(CONTROLLERS)), strict=True)):
        count = max(1, round(staff / kind.size))
        first_area = int(rng.integers(0, len(names.AREAS)))
        for number in range(count):
            unit = len(code)
            area = (first_area + number) % len(names.AREAS)
            lap = number // len(names.AREAS) if "{" in kind.title else number
            name.append(kind.title.format(area=names.AREAS[area]) + (f" {lap + 1}" if lap else ""))
            controllers.append(CONTROLLERS.index(kind.controller))
            ordinal = sum(owner == controllers[-1] for owner in controllers[:-1])
            code.append(f"{100 * (controllers[-1] + 1) + 1 + ordinal:03d}-{kind.name}")
            kinds.append(index)
            parents.append(controllers[-1])
            areas.append(area if "{" in kind.title else -1)
            unit_of += [unit] * (staff * (number + 1) // count - staff * number // count)
    staffed = np.array(unit_of)
    manager = np.array([int(np.argmax(staffed == number)) for number in range(len(code))])
    return staffed, Units(
        code=_objects(code),
        name=_objects(name),
        kind=np.array(kinds),
        controller=np.array(controllers),
        parent=np.array(parents),
        manager=manager,
        area=np.array(areas),
    )


def _staff(people: int) -> list[int]:
    """How many of PEOPLE work in units of each kind: at least two, and by its share as near as can be."""
    staff = [max(2, round(people * kind.share)) for kind in UNIT_KINDS]
    while sum(staff) != people:
        largest = staff.index(max(staff))
        staff[largest] += 1 if sum(staff) < people else -1
    return staff


def _people(rng: np.random.Generator, residents: Residents, units: Units, unit: Ints, days: int) -> People:
    count = len(unit)
    adults = np.flatnonzero(
        (residents.born > residents.born.max() - 66)
        & (residents.born < residents.born.max() - 21)
        & ~residents.deceased
    )
    resident = np.full(count, -1)
    local = np.flatnonzero(rng.random(count) < 0.65)[: len(adults)]
    resident[local] = rng.choice(adults, len(local), replace=False)
    given = np.where(resident >= 0, residents.given[resident], names.drawn(rng, names.GIVEN, count))
    family = np.where(resident >= 0, residents.family[resident], names.drawn(rng, names.FAMILY, count))
    is_manager = np.zeros(count, bool)
    is_manager[units.manager] = True
    role = np.array(
        [_role(units.kind[at], draw) for at, draw in zip(unit.tolist(), rng.random(count).tolist(), strict=True)],
        dtype=object,
    )
    role[is_manager] = np.where(units.kind[unit[is_manager]] < 0, "förvaltningschef", "enhetschef")
    kind, employer = _kinds(rng, units, unit, role)
    starts, stops = _employment(rng, count, days, is_manager)
    extra = _nobodies(units)
    total = count + len(extra)
    sam = np.array(
        names.unique(
            [names.plain(first)[:3] + names.plain(last)[:3] for first, last in zip(given, family, strict=True)]
        )
        + [row[0] for row in extra],
        dtype=object,
    )
    upn = names.unique([f"{names.plain(first)}.{names.plain(last)}" for first, last in zip(given, family, strict=True)])
    all_units = _extended(unit, [row[1] for row in extra])
    within = np.arange(total) - np.searchsorted(np.sort(all_units), all_units)  # only to spread addresses
    return People(
        count=count,
        person=np.array([f"p{number + 1:06d}" for number in range(count)] + [""] * len(extra), dtype=object),
        given=_extended(given, [""] * len(extra)),
        family=_extended(family, [""] * len(extra)),
        sam=sam,
        upn=np.array([f"{name}@{DNS}" for name in upn] + [f"{row[0]}@{DNS}" for row in extra], dtype=object),
        hsa=np.array([f"{HSA}-{number + 0x1000:X}" for number in range(total)], dtype=object),
        sid=np.array([f"{DOMAIN_SID}-{number + 1105}" for number in range(total)], dtype=object),
        unit=all_units,
        manager=_extended(
            np.where(is_manager, units.manager[np.maximum(units.parent[unit], 0)], units.manager[unit]),
            [-1] * len(extra),
        ),
        role=_extended(role, [row[2] for row in extra]),
        kind=_extended(kind, [row[3] for row in extra]),
        employer=_extended(employer, [MUNICIPALITY] * len(extra)),
        resident=_extended(resident, [-1] * len(extra)),
        address=np.array(
            [
                f"10.{20 + at // 200}.{at % 200}.{20 + place % 230}"
                for at, place in zip(all_units.tolist(), within.tolist(), strict=True)
            ],
            dtype=object,
        ),
        computer=np.array(
            [
                f"PC{at + 10:03d}-{place % 230 + 20:03d}"
                for at, place in zip(all_units.tolist(), within.tolist(), strict=True)
            ],
            dtype=object,
        ),
        starts=_extended(starts, [-1000] * len(extra)),
        stops=_extended(stops, [days + 1000] * len(extra)),
    )


def _objects(values: list[str]) -> Texts:
    return np.array(values, dtype=object)


def _extended(column: npt.NDArray[Any], more: list[Any]) -> npt.NDArray[Any]:
    return np.concatenate((column, np.array(more, dtype=column.dtype)))


def _role(kind: int, draw: float) -> str:
    if kind < 0:
        return "förvaltningschef"
    total = 0.0
    for role, share in UNIT_KINDS[kind].roles:
        total += share
        if draw < total:
            return role
    return UNIT_KINDS[kind].roles[-1][0]


def _kinds(rng: np.random.Generator, units: Units, unit: Ints, role: Texts) -> tuple[Texts, Texts]:
    """How each person stands to the municipality, and who employs her or him."""
    count = len(unit)
    kind = np.full(count, "staff", dtype=object)
    employer = np.array([MUNICIPALITY], dtype=object).repeat(count)
    draw = rng.random(count)
    hired = (role == "sjuksköterska") & (draw < 0.2)
    kind[hired], employer[hired] = "hired", "Bemanning Exempel AB"
    private = units.of("hemtjanst")[-1:] if len(units.of("hemtjanst")) > 1 else np.array([], int)
    contractor = np.isin(unit, private)
    kind[contractor], employer[contractor] = "contractor", "Omsorg i Exempel AB"
    supplier = (role == "IT-tekniker") & (draw < 0.1)
    kind[supplier], employer[supplier] = "supplier", "Driftleverantören Exempel AB"
    return kind, employer


def _employment(rng: np.random.Generator, count: int, days: int, is_manager: Flags) -> tuple[Ints, Ints]:
    """First day, and day after the last: a turnover of one in ten a year; managers stay."""
    starts, stops = -rng.integers(30, 6000, count), np.full(count, days + 1000)
    share = 0.1 * days / 365
    draw, day = rng.random(count), rng.integers(0, days + 1, count)
    joins, leaves = (draw < share) & ~is_manager, (draw > 1 - share) & ~is_manager
    starts[joins], stops[leaves] = day[joins], day[leaves]
    return starts, stops


def _nobodies(units: Units) -> list[tuple[str, int, str, str]]:
    """Accounts that no one person holds: (name, unit, role, kind)."""
    it = int(units.of("it")[0])
    accounts = [
        ("svc-rpa01", it, "robot", "robot"),
        ("svc-rpa02", it, "robot", "robot"),
        ("svc-int-omsorg", it, "integration", "integration"),
    ]
    accounts += [("svc-int-kvarnen", it, "integration", "integration"), ("svc-backup", it, "robot", "robot")]
    return accounts + [
        (f"delad-{units.code[unit]}", int(unit), "gemensam arbetsplats", "shared account")
        for unit in units.of("sabo", "hsv")
    ]
