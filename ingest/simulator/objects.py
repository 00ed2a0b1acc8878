"""What people work with: care journals, cases, folders, documents; and who is to work with which."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ingest.simulator import names
from ingest.simulator.population import KIND_INDEX, UNIT_KINDS, Flags, Ints, Population, Texts

_FOLDERS = ("Mallar", "Schema", "Protokoll", "Planering", "Underlag", "Rapporter", "Avtal", "Introduktion")
_FILES = (
    "anteckningar",
    "bemanning",
    "budget",
    "handlingsplan",
    "inventarielista",
    "kontaktlista",
    "mötesprotokoll",
    "rutin",
    "sammanställning",
    "uppföljning",
)
_ENDINGS = ("docx", "xlsx", "pdf", "pptx")
_HR_FILES = ("lönesamtal", "rehabplan", "uppsägning", "varning", "lönekartläggning", "facklig förhandling")
_FILES_PER_PERSON = 12
SHARES = ("VardOmsorg", "Social", "Utbildning", "Samhallsbyggnad", "Kommunledning")  # in the order of CONTROLLERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """Things of one kind, by ordinal, and the pairs that say which unit or person works with them."""

    id: Texts
    path: Texts
    type: str  # as the system's log names the kind; empty = its log has no word for it
    system: str
    subject: Ints  # resident, -1 = about no one person
    unit_of: Ints  # the unit that owns the thing
    person_of: Ints  # the employee who answers for it, -1 = the unit does
    by_unit: "Index"
    by_person: "Index" = field(default_factory=lambda: Index.of(np.zeros(0, np.int64), np.zeros(0, np.int64), 0))

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True)
class Index:
    """Key to many members: those of key k are members[starts[k]:starts[k + 1]]."""

    starts: Ints
    members: Ints

    @classmethod
    def of(cls, keys: Ints, members: Ints, count: int) -> "Index":
        """The index of pairs (key, member) for COUNT keys; a key below 0 is no key."""
        keys, members = keys[keys >= 0], members[keys >= 0]
        order = np.argsort(keys, kind="stable")
        return cls(np.searchsorted(keys[order], np.arange(count + 1)), members[order])

    def draw(self, rng: np.random.Generator, keys: Ints) -> Ints:
        """A member of each of KEYS, the first ones more often; -1 where a key has none."""
        if not len(self.members):
            return np.full(len(keys), -1)
        first, last = self.starts[keys], self.starts[keys + 1]
        place = first + (rng.random(len(keys)) ** 1.6 * (last - first)).astype(np.int64)
        return np.where(last > first, self.members[np.minimum(place, len(self.members) - 1)], -1)

    def holds(self, keys: Ints, members: Ints) -> Flags:
        """Whether each pair (key, member) is in the index."""
        scale = np.int64(max(self.members.max(initial=0), members.max(initial=0)) + 1)
        pairs = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts)) * scale + self.members
        return np.isin(keys * scale + members, pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All things, by the name that habits and planted behaviour call them."""

    journal: Objects
    case: Objects
    folder: Objects  # files on the file server
    school: Objects  # files on the schools' storage
    document: Objects  # in Microsoft 365
    page: Objects  # of the intranet


def furnish(seed: int, population: Population, start: date) -> World:
    """The things that POPULATION works with."""
    rng = np.random.default_rng([seed, 20])
    units = population.units
    return World(
        journal=_journals(rng, population),
        case=_cases(rng, population, start),
        folder=_files(
            rng,
            population,
            np.arange(len(units)),
            "file",
            "\\\\FS01\\{controller}$\\{unit}\\{folder}\\{file}",
            "Filserver",
        ),
        school=_files(rng, population, units.of("skola", "forskola"), "file", "{unit}/{folder}/{file}", "Lärknuten"),
        document=_files(
            rng,
            population,
            np.arange(len(units)),
            "document",
            "sites/{unit}/Delade dokument/{folder}/{file}",
            "Microsoft 365",
        ),
        page=_pages(units_count=len(units)),
    )


def _journals(rng: np.random.Generator, population: Population) -> Objects:
    """A care journal for each client: a home-care or housing unit has it; the area's nurses and managers use it."""
    residents, units = population.residents, population.units
    care = units.of("hemtjanst", "sabo")
    wanted = max(20, int(0.45 * population.people.count))
    age = residents.born.max() - residents.born
    weights = np.where(residents.deceased, 0.0, np.clip(age - 20, 1, None) ** 3.0)
    clients = np.sort(
        rng.choice(len(residents), min(wanted, len(residents) // 3), replace=False, p=weights / weights.sum())
    )
    count = len(clients)
    same_area = {area: care[units.area[care] == area] for area in range(len(names.AREAS))}
    owner = np.array([_any(rng, same_area[area], care) for area in residents.area[clients].tolist()])
    nurses, managers = units.of("hsv"), units.of("bistand")
    nurse = np.array([_near(units.area[nurses], area, nurses) for area in units.area[owner].tolist()])
    manager = np.array([_near(units.area[managers], area, managers) for area in units.area[owner].tolist()])
    number = np.arange(count)
    return Objects(
        id=np.array([f"J{100234 + 7 * place}" for place in range(count)], dtype=object),
        path=np.array([""] * count, dtype=object),
        type="journal",
        system="Lindan",
        subject=clients,
        unit_of=owner,
        person_of=np.full(count, -1),
        by_unit=Index.of(np.concatenate((owner, nurse, manager)), np.concatenate((number, number, number)), len(units)),
    )


def _any(rng: np.random.Generator, some: Ints, otherwise: Ints) -> int:
    return int(rng.choice(some if len(some) else otherwise))


def _near(areas: Ints, area: int, units: Ints) -> int:
    return int(units[np.argmin((areas - area) % len(names.AREAS))])


def _cases(rng: np.random.Generator, population: Population, start: date) -> Objects:
    """Social and building cases; each has a handläggare, and her unit may stand in."""
    people, units, residents = population.people, population.units, population.residents
    handlers = np.flatnonzero(
        np.isin(
            people.role[: people.count],
            ["socialsekreterare", "familjebehandlare", "biståndshandläggare", "bygglovshandläggare", "miljöinspektör"],
        )
    )
    if not len(handlers):
        handlers = units.manager[units.of("barn", "forsorjning", "bistand", "bygg")]
    count = max(20, 12 * len(handlers))
    person = handlers[rng.integers(0, len(handlers), count)]
    owner = people.unit[person]
    subject = rng.integers(0, len(residents), count)
    prefix = np.array(
        [
            {"bygg": "BYGG", "barn": "BOF", "forsorjning": "EK", "bistand": "BIST"}.get(kind.name, "KS")
            for kind in UNIT_KINDS
        ]
    )
    year = start.year - rng.integers(0, 2, count)
    number = np.arange(count)
    case = [
        f"{prefix[kind]}-{in_year}-{place + 101:05d}"
        for kind, in_year, place in zip(units.kind[owner].tolist(), year.tolist(), number.tolist(), strict=True)
    ]
    return Objects(
        id=np.array(case, dtype=object),
        path=np.array([f"/arende/{name}" for name in case], dtype=object),
        type="",
        system="Kvarnen",
        subject=subject,
        unit_of=owner,
        person_of=person,
        by_unit=Index.of(owner, number, len(units)),
        by_person=Index.of(person, number, people.count),
    )


def _files(
    rng: np.random.Generator, population: Population, units: Ints, kind: str, pattern: str, system: str
) -> Objects:
    people, all_units = population.people, population.units
    sizes = np.bincount(people.unit[: people.count], minlength=len(all_units))[units] * _FILES_PER_PERSON
    owner = np.repeat(units, sizes)
    count = len(owner)
    place = np.arange(count)
    draws = rng.integers(0, 1 << 30, (4, count)).tolist()
    is_hr = (all_units.kind[owner] == KIND_INDEX["hr"]).tolist()
    paths = []
    for unit, hr, number, folder, file, ending in zip(owner.tolist(), is_hr, place.tolist(), *draws[:3], strict=True):
        if hr:
            name = f"{_HR_FILES[file % len(_HR_FILES)]} {number % 997}.{_ENDINGS[ending % 3]}"
            part = "Personalärenden"
        else:
            name, part = (
                f"{_FILES[file % len(_FILES)]} {number % 997}.{_ENDINGS[ending % 4]}",
                _FOLDERS[folder % len(_FOLDERS)],
            )
        share = "HR" if hr else SHARES[all_units.controller[unit]]
        paths.append(pattern.format(controller=share, unit=all_units.name[unit], folder=part, file=name))
    return Objects(
        id=np.array([""] * count, dtype=object),
        path=np.array(paths, dtype=object),
        type=kind,
        system=system,
        subject=np.full(count, -1),
        unit_of=owner,
        person_of=np.full(count, -1),
        by_unit=Index.of(owner, place, len(all_units)),
    )


def _pages(units_count: int) -> Objects:
    paths = [
        "/",
        "/nyheter",
        "/nyheter/arkiv",
        "/personal/friskvard",
        "/personal/schema",
        "/stod/it",
        "/stod/blanketter",
        "/styrdokument",
        "/telefonbok",
        "/matsedel",
    ]
    paths += [f"/nyheter/2026/{number:03d}" for number in range(1, 60)] + [
        f"/styrdokument/{number:03d}.pdf" for number in range(1, 40)
    ]
    count = len(paths)
    everyone = np.repeat(np.arange(units_count), count)
    return Objects(
        id=np.array([""] * count, dtype=object),
        path=np.array(paths, dtype=object),
        type="url",
        system="Intranätet",
        subject=np.full(count, -1),
        unit_of=np.full(count, -1),
        person_of=np.full(count, -1),
        by_unit=Index.of(everyone, np.tile(np.arange(count), units_count), units_count),
    )
