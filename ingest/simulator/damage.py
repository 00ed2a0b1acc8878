"""How registers are in fact: rows that were never entered, entered too late, or wrong."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ingest.simulator.context import ALWAYS, day_text
from ingest.simulator.rota import Calendar

# What is spoilt in a table, and which of its columns a wrong row has wrong.
SPOILT = {"rota": ("unit", "person"), "assignments": ("unit", "person"), "contacts": ("unit", "person")}
_KINDS = 3  # missing, late and wrong are as many each
_LATEST_DAYS = 40


def spoilt(
    calendar: Calendar, name: str, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]], damage: float
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """HEADER and ROWS of the table NAME with a share DAMAGE missing, known late, or naming another unit or person."""
    rng = np.random.default_rng([calendar.seed, 80, sorted(SPOILT).index(name)])
    return (*header, "known_from"), _spoilt(rng, calendar, name, header, rows, damage)


def _spoilt(
    rng: np.random.Generator,
    calendar: Calendar,
    name: str,
    header: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    damage: float,
) -> Iterator[tuple[Any, ...]]:
    people, units = calendar.population.people, calendar.population.units
    begins = header.index("valid_from")
    for row in rows:
        draw = rng.random() / damage * _KINDS
        if draw < 1:
            continue
        if draw < 2:
            yield (*row, _later(calendar, str(row[begins]), int(rng.integers(3, _LATEST_DAYS))))
        elif draw < _KINDS:
            # What the row names is replaced; what it leaves open stays open.
            at = next(header.index(column) for column in SPOILT[name] if row[header.index(column)])
            other = (
                units.code[rng.integers(len(units))]
                if header[at] == "unit"
                else people.person[rng.integers(people.count)]
            )
            yield (*row[:at], other, *row[at + 1 :], "")
        else:
            yield (*row, "")


def _later(calendar: Calendar, begins: str, days: int) -> str:
    """So many DAYS after the row BEGINS; what always held is entered during the simulation."""
    if begins == ALWAYS:
        return day_text(calendar, days)
    # A date or an instant: the day of either is enough.
    day = np.datetime64(begins[:10]) + np.timedelta64(days, "D")
    return day_text(calendar, int((day - np.datetime64(calendar.start)) // np.timedelta64(1, "D")))
