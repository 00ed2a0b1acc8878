"""Planted behaviour: incidents read from `planted.toml`, a cast drawn for each, and the acts of its steps."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ingest.simulator.acts import PLANTED, Acts, acts, tunnel_address
from ingest.simulator.objects import World
from ingest.simulator.population import Ints, Population
from ingest.simulator.rota import Calendar

_FILE = Path(__file__).with_name("planted.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One kind of act of an incident (a table [[incident.step]]; `planted.toml` says what each key means)."""

    source: str
    verbs: tuple[str, ...]
    who: str
    days: tuple[int, ...]
    between: tuple[int, int]  # minutes after local midnight
    count: tuple[int, int]
    other: str = ""
    things: str = ""
    ip: str | None = None
    extra: str | None = None
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays an incident and what it is about: people, pools of things, and the person whom the things are about."""

    people: dict[str, int]
    things: dict[str, Ints] = field(default_factory=dict)
    subject: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident with its cast."""

    id: str
    title: str
    asks: str
    steps: tuple[Step, ...]
    cast: Cast


def plant(seed: int, population: Population, world: World, days: int) -> tuple[Incident, ...]:
    """Cast the incidents that fit into DAYS. Neighbours are made: the population's addresses are changed for it."""
    incidents = []
    for number, table in enumerate(tomllib.loads(_FILE.read_text(encoding="utf-8"))["incident"]):
        steps = tuple(_step(step) for step in table["step"])
        if max(min(step.days) for step in steps) < days:
            cast = CASTS[table["cast"]](np.random.default_rng([seed, 50, number]), population, world)
            incidents.append(Incident(id=table["id"], title=table["title"], asks=table["asks"], steps=steps, cast=cast))
    return tuple(incidents)


def planted_acts(calendar: Calendar, incidents: tuple[Incident, ...], day: int) -> dict[str, list[Acts]]:
    """The acts of INCIDENTS on DAY, by source."""
    made: dict[str, list[Acts]] = {}
    for number, incident in enumerate(incidents):
        for place, step in enumerate(incident.steps):
            if day in step.days:
                rng = np.random.default_rng([calendar.seed, 51, number, place, day])
                made.setdefault(step.source, []).append(_acts(rng, calendar, incident, number, step, day))
    return made


def _acts(rng: np.random.Generator, calendar: Calendar, incident: Incident, number: int, step: Step, day: int) -> Acts:
    count = int(rng.integers(step.count[0], step.count[1] + 1))
    first, last = (calendar.local(day, minutes) for minutes in step.between)
    at = np.sort(rng.integers(first, last, count))
    pool = incident.cast.things.get(step.things, np.array([-1]))
    # Each thing once before any twice: he who copies a folder does not draw lots.
    thing = np.concatenate([rng.permutation(pool) for _ in range(count // len(pool) + 1)])[:count]
    people = incident.cast.people
    who = np.full(count, people[step.who])
    return acts(
        at,
        who,
        np.array(step.verbs, dtype=object)[np.arange(count) % len(step.verbs)],
        thing=thing,
        other=np.full(count, people.get(step.other, -1)),
        ok=np.full(count, step.ok),
        ip=tunnel_address(who) if step.ip == "tunnel" else np.full(count, step.ip, dtype=object),
        extra=np.full(count, step.extra, dtype=object),
        reason=np.full(count, PLANTED),
        incident=np.full(count, number),
    )


def _step(table: dict[str, Any]) -> Step:
    lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Step(**(lists | {"between": tuple(int(clock[:2]) * 60 + int(clock[3:]) for clock in table["between"])}))


def _neighbour(rng: np.random.Generator, population: Population, world: World) -> Cast:
    """A care worker and, next door, a client of another unit."""
    people, residents, units, journal = population.people, population.residents, population.units, world.journal
    care = np.isin(people.unit[: people.count], units.of("hemtjanst", "sabo")) & (people.resident[: people.count] >= 0)
    care &= (people.role[: people.count] == "undersköterska") & people.staying
    snooper = int(rng.choice(np.flatnonzero(care) if care.any() else np.arange(people.count)))
    theirs = journal.by_unit.holds(np.full(len(journal), people.unit[snooper]), np.arange(len(journal)))
    alone = np.flatnonzero(~theirs)
    thing = int(rng.choice(alone if len(alone) else np.arange(len(journal))))
    subject, home = int(journal.subject[thing]), int(people.resident[snooper])
    moved = residents.household == residents.household[subject]
    residents.street[moved], residents.area[moved] = residents.street[home], residents.area[home]
    residents.house[moved] = residents.house[home] + 2
    return Cast(people={"snooper": snooper}, things={"journal": np.array([thing])}, subject=subject)


def _hijacked(rng: np.random.Generator, population: Population, world: World) -> Cast:
    """An economist, and what the unit has in the cloud and on the file server."""
    victim = _one(rng, population, "ekonomi", "hr", "kansli")
    unit = population.people.unit[victim]
    return Cast(
        people={"victim": victim},
        things={
            "documents": np.flatnonzero(world.document.unit_of == unit),
            "files": np.flatnonzero(world.folder.unit_of == unit),
        },
    )


def _back_door(rng: np.random.Generator, population: Population, world: World) -> Cast:
    """A technician, and the personnel files."""
    admin = _one(rng, population, "it")
    hr = population.units.of("hr")
    return Cast(people={"admin": admin}, things={"files": np.flatnonzero(np.isin(world.folder.unit_of, hr))})


def _one(rng: np.random.Generator, population: Population, *kinds: str) -> int:
    """An employee of such a unit who is no manager and stays."""
    people = population.people
    fits = (
        people.staying
        & np.isin(people.unit[: people.count], population.units.of(*kinds))
        & (people.role[: people.count] != "enhetschef")
    )
    if kinds == ("it",):
        fits &= people.role[: people.count] == "IT-tekniker"
    return int(rng.choice(np.flatnonzero(fits) if fits.any() else np.flatnonzero(people.staying)))


CASTS: dict[str, Callable[[np.random.Generator, Population, World], Cast]] = {
    "neighbour": _neighbour,
    "hijacked": _hijacked,
    "back_door": _back_door,
}
