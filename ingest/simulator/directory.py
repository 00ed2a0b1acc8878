"""What sparhund is told about Åviken: settings, asset register, staff directory and context tables."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from ingest.simulator.catalogue import LOGS, Log
from ingest.simulator.objects import World
from ingest.simulator.population import CONTROLLERS, DOMAIN, Population
from ingest.simulator.rota import Calendar

_ALWAYS = "1601-01-01T00:00:00Z"
_REGISTER = Path(__file__).with_name("register.toml")

_SETTINGS = """\
# Made by `sparhund simulate`: Åvikens kommun does not exist, and nobody in it.

[lake]
root = "lake"

[register]
assets = ["register.toml"]

[people]
folder = "people"

[context]
folder = "context"

[keep.vard]
namnd = "Vård- och omsorgsnämnden"
minimum_days = 1825
maximum_days = 3650
reference = "HSLF-FS 2016:40; dokumenthanteringsplan VON"

[keep.socialtjanst]
namnd = "Socialnämnden"
minimum_days = 1825
maximum_days = 3650
reference = "dokumenthanteringsplan SN"

"""


def write(out: Path, calendar: Calendar, world: World) -> None:
    """Write all of it below OUT."""
    population = calendar.population
    for folder in ("people", "context", "logs", "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    (out / "settings.toml").write_text(_SETTINGS + "\n".join(_source(log) for log in LOGS), encoding="utf-8")
    (out / "register.toml").write_bytes(_REGISTER.read_bytes())
    _people(out / "people", calendar)
    _csv(
        out / "people" / "units.csv",
        ("unit", "name", "parent", "controller", "manager", "area", "valid_from"),
        _units(population),
    )
    _context(out / "context", calendar, world)


def _source(log: Log) -> str:
    lines = [
        f"[sources.{log.name}]",
        f'mapping = "{log.mapping}"',
        f'system = "{log.system}"',
        f'paths = ["logs/{log.name}/*"]',
        f'keep = "{log.keep}"',
    ]
    if log.zone:
        lines.append(f'zone = "{log.zone}"')
    if log.silent_after_s:
        lines.append(f"silent_after_s = {log.silent_after_s}")
    lines.append(f"logs = {_toml(list(log.logs))}")
    for name, table in (("framing", log.framing), ("params", log.params)):
        if table:
            lines += [f"[sources.{log.name}.{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value).lower()


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _people(folder: Path, calendar: Calendar) -> None:
    population = calendar.population
    people, units = population.people, population.units
    first = [_day(calendar, int(day)) for day in people.starts[: people.count]]
    last = [_day(calendar, int(day)) if day <= calendar.days else "" for day in people.stops[: people.count]]
    _csv(
        folder / "people.csv",
        (
            "person",
            "name",
            "unit",
            "manager",
            "role",
            "kind",
            "employer",
            "employed_from",
            "employed_to",
            "valid_from",
            "valid_to",
        ),
        (
            (
                *(people.person[who], f"{people.given[who]} {people.family[who]}", units.code[people.unit[who]]),
                people.person[people.manager[who]] if people.manager[who] != who else "",
                *(people.role[who], people.kind[who], people.employer[who], first[who], last[who], _ALWAYS, ""),
            )
            for who in range(people.count)
        ),
    )
    _csv(
        folder / "accounts.csv",
        ("account", "person", "unit", "role", "kind", "valid_from"),
        (
            (
                account,
                people.person[who],
                *(
                    ("", "", "")
                    if who < people.count
                    else (units.code[people.unit[who]], people.role[who], people.kind[who])
                ),
                _ALWAYS,
            )
            for who in range(len(people))
            for account in (
                f"{DOMAIN}\\{people.sam[who]}",
                people.sam[who],
                people.upn[who],
                people.sid[who],
                people.hsa[who],
            )
        ),
    )


def _units(population: Population) -> Iterable[tuple[Any, ...]]:
    units, people = population.units, population.people
    for unit in range(len(units)):
        parent = units.parent[unit]
        yield (
            *(units.code[unit], units.name[unit], units.code[parent] if parent >= 0 else ""),
            *(
                CONTROLLERS[units.controller[unit]],
                people.person[units.manager[unit]],
                units.area[unit] if units.area[unit] >= 0 else "",
                _ALWAYS,
            ),
        )


def _context(folder: Path, calendar: Calendar, world: World) -> None:
    population = calendar.population
    residents, units, people = population.residents, population.units, population.people
    both = (world.journal, world.case)
    _csv(
        folder / "object_subject.csv",
        ("system", "object_type", "object_id", "subject", "valid_from"),
        (
            (things.system, things.type, name, residents.number[subject], _ALWAYS)
            for things in both
            for name, subject in zip(things.id, things.subject.tolist(), strict=True)
        ),
    )
    _csv(
        folder / "assignments.csv",
        ("person", "unit", "system", "object_type", "object_id", "subject", "role", "valid_from"),
        (
            row
            for things in both
            for row in (
                *(
                    (
                        "",
                        units.code[unit],
                        things.system,
                        things.type,
                        things.id[thing],
                        residents.number[things.subject[thing]],
                        "enhet",
                        _ALWAYS,
                    )
                    for unit, thing in _pairs(things.by_unit)
                ),
                *(
                    (
                        people.person[who],
                        "",
                        things.system,
                        things.type,
                        things.id[thing],
                        residents.number[things.subject[thing]],
                        "handläggare",
                        _ALWAYS,
                    )
                    for who, thing in _pairs(things.by_person)
                ),
            )
        ),
    )
    _csv(
        folder / "subjects.csv",
        ("subject", "address_key", "surname_key", "protected", "deceased", "special_interest", "person", "valid_from"),
        (
            (
                *(
                    residents.number[one],
                    f"{residents.street[one]} {residents.house[one]}",
                    residents.family[one].lower(),
                ),
                *(
                    str(bool(flag)).lower()
                    for flag in (residents.protected[one], residents.deceased[one], residents.special[one])
                ),
                *(staff.get(one, ""), _ALWAYS),
            )
            for staff in [
                {int(one): people.person[who] for who, one in enumerate(people.resident[: people.count]) if one >= 0}
            ]
            for one in range(len(residents))
        ),
    )
    _csv(folder / "kin.csv", ("person", "subject", "kind", "valid_from"), _kin(population))
    _csv(folder / "rota.csv", ("person", "unit", "role", "valid_from", "valid_to"), _rota(calendar))
    _csv(folder / "absence.csv", ("person", "valid_from", "valid_to"), _absence(calendar))
    _csv(folder / "duties.csv", ("account", "system", "role", "valid_from"), _duties(population))
    _csv(
        folder / "jobs.csv",
        ("account", "system", "schedule", "valid_from"),
        [
            (f"{DOMAIN}\\svc-backup", "Katalogtjänsten", "1-7 02:00-04:30", _ALWAYS),
            ("svc-rpa01", "Kvarnen", "1-7 05:00-06:30", _ALWAYS),
            ("svc-int-kvarnen", "Kvarnen", "", _ALWAYS),
            ("svc-backup", "Kvarnen", "", _ALWAYS),
        ],
    )


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
            yield f"{DOMAIN}\\{people.sam[who]}", system, people.role[who], _ALWAYS


def _pairs(index: Any) -> Iterable[tuple[int, int]]:
    keys = np.repeat(np.arange(len(index.starts) - 1), np.diff(index.starts))
    return zip(keys.tolist(), index.members.tolist(), strict=True)


def _kin(population: Population) -> Iterable[tuple[Any, ...]]:
    """Each employee who lives here, and her household and the next house."""
    people, residents = population.people, population.residents
    homes: dict[tuple[str, int], list[int]] = {}
    for one, home in enumerate(zip(residents.street.tolist(), residents.house.tolist(), strict=True)):
        homes.setdefault(home, []).append(one)
    for who in range(people.count):
        me = int(people.resident[who])
        if me < 0:
            continue
        street, house = residents.street[me], int(residents.house[me])
        yield people.person[who], residents.number[me], "self", _ALWAYS
        for one in homes[street, house]:
            if one != me:
                yield (
                    people.person[who],
                    residents.number[one],
                    "household" if residents.household[one] == residents.household[me] else "neighbour",
                    _ALWAYS,
                )
        for beside in (house - 2, house + 2):
            for one in homes.get((street, beside), ()):
                yield people.person[who], residents.number[one], "neighbour", _ALWAYS


def _rota(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    people, units = calendar.population.people, calendar.population.units
    for day in range(calendar.days):
        shifts = calendar.shifts(day)
        for who, unit, start, stop in zip(
            shifts.person.tolist(), shifts.unit.tolist(), shifts.start.tolist(), shifts.stop.tolist(), strict=True
        ):
            yield people.person[who], units.code[unit], "", _instant(start), _instant(stop)


def _absence(calendar: Calendar) -> Iterable[tuple[Any, ...]]:
    """Runs of days away, one row a run."""
    people = calendar.population.people
    padded = np.zeros((calendar.days + 2, people.count), np.int8)
    padded[1:-1] = calendar.away
    change = np.diff(padded, axis=0).T
    for who, day in np.argwhere(change == 1).tolist():
        last = day + int(np.argmax(change[who, day:] == -1))
        yield people.person[who], _day(calendar, day), _day(calendar, last)


def _day(calendar: Calendar, day: int) -> str:
    """DAY of the simulation as a date: in a CSV, the Swedish midnight of it."""
    return (calendar.start + timedelta(days=day)).isoformat()


def _instant(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
