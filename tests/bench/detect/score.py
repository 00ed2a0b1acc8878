"""How good a list of findings is: what a reviewer with so much time finds of what was planted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from tests.bench.detect.truth import Incident, Truth

TOP = 20
_RIGHT = 0.25  # of a finding's evidence must be misuse: a reviewer who opens it sees what it is about
_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a reviewer would look at: a finding, or a person's day."""

    month: str  # 2026-03
    rank: tuple[float, ...]  # the least comes first
    incidents: frozenset[str]  # that it shows
    found: datetime | None = None
    name: str = ""  # what raised it
    handed: bool = True  # else it is never looked at, however much time there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the items of a way to detect are worth."""

    items: int
    reviewed: int  # within the budget
    recall: float  # of what is planted, at the budget
    alone: float  # at the budget, if each incident were the only one among what is raised in vain
    raised: float  # with all the time in the world
    by_scenario: dict[str, tuple[int, int]]  # found, planted
    missed: dict[str, str]  # incident → where in its month it stands, and what raised it; empty = nowhere
    precision_top: float  # of the TOP first of all
    precision_reviewed: float
    days_to_first: float | None  # median of the incidents found


def shown(truth: Truth, evidence: Sequence[str], first: datetime, last: datetime, detection: str) -> frozenset[str]:
    """The incidents that a finding with EVIDENCE shows.

    A silence has no events: it is shown by a finding about silence whose first and last event bound it.
    """
    bad = [truth.of_event[event] for event in evidence if event in truth.of_event]
    found = frozenset(bad) if bad and len(bad) >= _RIGHT * len(evidence) else frozenset()
    return found | frozenset(
        each.id
        for each in truth.incidents
        if each.source is not None
        and "silen" in detection
        and any(event.startswith(each.source) or f"{each.source}/" in event for event in evidence)
        and first <= each.last + _SLACK
        and last >= each.first - _SLACK
    )


def budgets(per_1000: float, people: int, start: date, days: int) -> dict[str, int]:
    """How many items are reviewed in each month; a month that the simulation covers in part gets its part."""
    covered: dict[str, int] = defaultdict(int)
    for day in range(days):
        covered[f"{start + timedelta(days=day):%Y-%m}"] += 1
    return {month: max(1, round(per_1000 * people / 1000 * min(1, count / 30))) for month, count in covered.items()}


def scored(items: Iterable[Item], truth: Truth, budget: dict[str, int]) -> Score:
    """The score of ITEMS, of which each month's BUDGET is looked at, the first by rank."""
    ordered = sorted(items, key=lambda item: item.rank)
    by_month: dict[str, list[Item]] = defaultdict(list)
    for item in ordered:
        by_month[item.month].append(item)
    reviewed = [item for month, some in by_month.items() for item in some[: budget.get(month, 0)] if item.handed]
    found = frozenset().union(*(item.incidents for item in reviewed))
    known = {each.id: each for each in truth.incidents}
    waits = [
        (min(times) - known[name].first).total_seconds() / 86400
        for name in sorted(found)
        if (times := [item.found for item in reviewed if name in item.incidents and item.found is not None])
    ]
    top = ordered[:TOP]
    return Score(
        items=len(ordered),
        reviewed=len(reviewed),
        recall=len(found) / max(1, len(known)),
        alone=_alone(by_month, budget) / max(1, len(known)),
        raised=len(frozenset().union(*(item.incidents for item in ordered))) / max(1, len(known)),
        by_scenario=_by_scenario(truth.incidents, found),
        missed={name: _place(name, by_month) for name in sorted(known.keys() - found)},
        precision_top=sum(bool(item.incidents) for item in top) / max(1, len(top)),
        precision_reviewed=sum(bool(item.incidents) for item in reviewed) / max(1, len(reviewed)),
        days_to_first=median(waits) if waits else None,
    )


def _alone(by_month: dict[str, list[Item]], budget: dict[str, int]) -> int:
    """How many incidents have fewer items in vain before them than the budget has places.

    A small town has misuse many times as densely as a large one, so that its incidents push one another out.
    """
    found: set[str] = set()
    for month, some in by_month.items():
        vain = 0
        for item in some:
            if vain >= budget.get(month, 0) or not item.handed:
                break
            found |= item.incidents
            vain += not item.incidents
    return len(found)


def _place(incident: str, by_month: dict[str, list[Item]]) -> str:
    places = [
        (place, f"place {place} of {month} by {item.name}")
        for month, some in by_month.items()
        for place, item in enumerate(some, start=1)
        if incident in item.incidents
    ]
    return min(places)[1] if places else ""


def _by_scenario(incidents: Iterable[Incident], found: frozenset[str]) -> dict[str, tuple[int, int]]:
    counted: dict[str, tuple[int, int]] = {}
    for each in incidents:
        got, of = counted.get(each.scenario, (0, 0))
        counted[each.scenario] = (got + (each.id in found), of + 1)
    return counted
