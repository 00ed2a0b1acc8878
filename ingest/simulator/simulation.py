"""A made-up municipality's logs, settings and truth, written into a folder: the same seed gives the same bytes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.simulator import directory
from ingest.simulator.acts import Acts, chosen, day_acts, joined
from ingest.simulator.catalogue import LOGS
from ingest.simulator.context import Facts
from ingest.simulator.objects import furnish
from ingest.simulator.planted import Incident, plant, planted_acts
from ingest.simulator.population import Population, populate
from ingest.simulator.render import Renderer, write_truth
from ingest.simulator.rota import calendar
from schemas.errors import SettingsError

FIRST_DAY = date(2026, 3, 2)  # a Monday in a month without holidays or a change of the clock
FEWEST_PEOPLE = 50  # two in each kind of unit and the heads of administration


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was written: where, how many records, and the incidents as `truth/incidents.json` has them."""

    out: Path
    records: int
    incidents: list[dict[str, Any]]


def simulate(
    out: Path,
    *,
    people: int,
    days: int,
    seed: int,
    start: date = FIRST_DAY,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Simulated:
    """Write settings, register, directory and context, `logs/SOURCE/…` and `truth/…` below OUT, an empty folder.

    A night shift that begins on the last day is cut at its midnight. Memory is that of the municipality and one day.
    PROGRESS is told how many days of how many are done.

    Errors:  SettingsError if OUT holds something, or for fewer than 50 people or one day.
    """
    _hold(out, people, days)
    population = populate(seed, people, start, days)
    world = furnish(seed, population, start)
    incidents = plant(seed, population, world, days)
    working = calendar(seed, population, start, days)
    directory.write(out, working, world, Facts())
    renderer = Renderer(out, seed, start, population, world, incidents)
    records, found = 0, _Found(incidents)
    after: dict[str, list[Acts]] = {}  # acts of night shifts on the day after
    with ThreadPoolExecutor(2) as pool:  # DuckDB renders some logs while Python writes the event logs
        for day in range(days):
            made = [day_acts(working, world, day), planted_acts(working, incidents, day), after]
            all_of = {
                log.name: joined(parts)
                for log in LOGS
                if (parts := [part for acts in made for part in acts.get(log.name, ())])
            }
            midnight = working.local(day + 1)
            after = {name: [chosen(these, these.at >= midnight)] for name, these in all_of.items()}
            today = [
                (log, chosen(all_of[log.name], all_of[log.name].at < midnight)) for log in LOGS if log.name in all_of
            ]
            jobs = [pool.submit(renderer.write, log, these, day) for log, these in today if len(these)]
            truth = write_truth(out, start + timedelta(days=day), [job.result() for job in jobs])
            records += len(truth)
            found.add(truth)
            progress(day + 1, days)
    written = found.write(out, population)
    return Simulated(out, records, written)


def _hold(out: Path, people: int, days: int) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SettingsError(str(out), "out", "holds something already; name an empty folder or a new one")
    if people < FEWEST_PEOPLE:
        raise SettingsError("simulate", "people", f"want at least {FEWEST_PEOPLE}")
    if days < 1:
        raise SettingsError("simulate", "days", "want at least 1")


class _Found:
    """Where each incident's records ended up."""

    def __init__(self, incidents: tuple[Incident, ...]) -> None:
        self.incidents = incidents
        self.rows: list[pa.Table] = []

    def add(self, truth: pa.Table) -> None:
        self.rows.append(truth.filter(pc.is_valid(truth["incident"])))

    def write(self, out: Path, population: Population) -> list[dict[str, Any]]:
        """Write `truth/incidents.json`; what it says."""
        rows = pa.concat_tables(self.rows) if self.rows else None
        told = (
            [
                _told(incident, rows.filter(pc.equal(rows["incident"], incident.id)), population)
                for incident in self.incidents
            ]
            if rows
            else []
        )
        text = json.dumps(told, ensure_ascii=False, indent=1)
        (out / "truth" / "incidents.json").write_text(text + "\n", encoding="utf-8")
        return told


def _told(incident: Incident, rows: pa.Table, population: Population) -> dict[str, Any]:
    people, residents = population.people, population.residents
    times = rows["time"]
    subject = incident.cast.subject
    return {
        "id": incident.id,
        "title": incident.title,
        "asks": incident.asks,
        "who": [
            {
                "part": part,
                "person": people.person[who],
                "name": f"{people.given[who]} {people.family[who]}",
                "unit": population.units.name[people.unit[who]],
                "role": people.role[who],
                "accounts": [people.sam[who], people.upn[who], people.hsa[who], people.sid[who]],
            }
            for part, who in incident.cast.people.items()
        ],
        "subject": None if subject < 0 else str(residents.number[subject]),
        "first": _iso(pc.min(times).as_py()),
        "last": _iso(pc.max(times).as_py()),
        "sources": sorted(set(rows["source"].to_pylist())),
        "records": rows.select(["source", "file", "position"]).to_pylist(),
    }


def _iso(time: Any) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
