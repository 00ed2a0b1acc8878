"""One period after another: the numbers of each actor, judged against history, become one risk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.baselines.history import (
    FACETS,
    HALF_LIFE_DAYS,
    Counts,
    Hours,
    Ints,
    Lasting,
    Measures,
    age_of,
    decay,
    grown,
)
from analytics.baselines.tails import Floats, Ranks
from analytics.calendar import calendar

# What is judged of each facet: four measures, then two counts.
MEASURES = ("unfamiliar", "newness", "oddness", "most")
COUNTS = ("things", "fresh")
_EACH = len(MEASURES) + len(COUNTS)
_OTHERS = ("kind_volume", "volume", "failed", "volumes", "oddest_hour", "hours")
COLUMNS = len(FACETS) * _EACH + len(_OTHERS)

COMPONENTS = ("first_time", "peers", "organisation", "place", "volume", "hour", "failed", "slow")
NUMBERS = ("value", "usual", "of", "rank", "members", "what")  # of a component, for its sentence

_LASTING_HALF_LIFE_DAYS = 14.0
_RANKS_HALF_LIFE_DAYS = 60.0
_CHANCE = 3.0  # -ln p below which evidence is noise: one of twenty
_TIE = 0.02  # of the noise, so that two periods without evidence still differ

SCORED = pa.schema(
    [
        pa.field("period", pa.int32()),
        pa.field("actor", pa.int32()),
        pa.field("tail", pa.float64()),  # the share of actor-periods until then that looked at least so unusual
        *(pa.field(f"{name}_p", pa.float32()) for name in COMPONENTS),
        *(pa.field(f"{name}_{number}", pa.float32()) for name in COMPONENTS for number in NUMBERS),
    ]
)


class DaysOff:
    """Whether a day (counted from 1970) is a weekend or a Swedish holiday."""

    def __init__(self) -> None:
        epoch = date(1970, 1, 1).toordinal()
        self._holidays = {day.toordinal() - epoch for day in calendar()["day"].to_pylist()}

    def __call__(self, day: int) -> bool:
        """Whether DAY is one."""
        return (day + 3) % 7 > 4 or day in self._holidays  # noqa: PLR2004 - 1 January 1970 was a Thursday


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one kind (odd.sql, hours.sql, volumes.sql) of one period, as columns."""

    columns: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["actor"])


class Scorer:
    """Judges period after period. Memory: some hundred bytes for each actor and aspect."""

    def __init__(self, facet_of: Sequence[str], hours: int) -> None:
        """FACET_OF each aspect; a period has HOURS."""
        self.facets = np.array([FACETS.index(facet) for facet in facet_of], np.int64)
        self.hours = hours
        self.measures, self.touched, self.acts = Measures(len(MEASURES)), Counts(len(COUNTS)), Counts(1)
        self.clock = Hours()
        self.periods, self.weight, self.last = np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        self.ranks, self.lasting_ranks = Ranks(COLUMNS), Ranks(COLUMNS)
        self.lasting = Lasting(COLUMNS, _LASTING_HALF_LIFE_DAYS)
        self.component_ranks, self.risks = Ranks(len(COMPONENTS)), Ranks(1)
        self.day = 0.0
        self._off = DaysOff()

    def judge(self, period: int, odd: Rows, hours: Rows, volumes: Rows) -> pa.Table:
        """SCORED for each actor of PERIOD."""
        actors = np.unique(odd["actor"]).astype(np.int64)
        row_of = np.zeros(int(actors.max()) + 1, np.int64)
        row_of[actors] = np.arange(len(actors))
        day = period * self.hours / 24
        weight, ages = self._advance(actors, day)
        there = np.bincount(ages, minlength=len(self.touched.actors))
        found = np.full((len(actors), COLUMNS), np.nan)
        numbers = np.full((len(actors), len(COMPONENTS), len(NUMBERS)), np.nan)

        rows = row_of[odd["actor"]]
        entries = self._of_aspects(odd, rows, weight, ages, there, day)
        place = rows * len(FACETS) + self.facets[odd["aspect"]]
        best = np.full((len(actors) * len(FACETS), _EACH), -np.inf)
        np.maximum.at(best, place, entries.values)
        chosen = np.zeros(best.shape, np.int64)  # the entry that is the most unusual of its facet
        for column in range(_EACH):
            top = entries.values[:, column] == best[place, column]
            chosen[place[top], column] = np.flatnonzero(top)
        found[:, : len(FACETS) * _EACH] = np.where(np.isinf(best), np.nan, best).reshape(len(actors), -1)

        self._of_acts(volumes, row_of, weight, ages, there, day, found, numbers)
        self._of_hours(hours, row_of, int(day), found, numbers)

        self._fade(day)
        self.ranks.add(found)
        evidence = -np.log(self.ranks.tail(found))
        self._of_facets(odd, entries, chosen, evidence, numbers)
        lasting = self.lasting.add(actors, evidence, day)
        self.lasting_ranks.add(lasting)
        before = -np.log(self.lasting_ranks.tail(lasting))
        evidence, before = np.nan_to_num(evidence), np.nan_to_num(before)
        strength = (_beyond(evidence) + _beyond(before)).sum(1)
        self.risks.add(strength[:, None])
        components = self._components(evidence, before, numbers)
        tail = self.risks.tail(strength[:, None])[:, 0]
        columns = [
            np.full(len(actors), period, np.int32),
            actors.astype(np.int32),
            tail,
            *(pa.array(each.astype(np.float32)) for each in components.T),
            *(pa.array(each.astype(np.float32), from_pandas=True) for each in numbers.reshape(len(actors), -1).T),
        ]
        return pa.table(columns, schema=SCORED)

    def _fade(self, day: float) -> None:
        """What is unusual for everybody changes: the first weeks, when much is new, soon count for little."""
        for ranks in (self.component_ranks, self.risks):
            ranks.fade(decay(day - self.day, _RANKS_HALF_LIFE_DAYS))
        self.day = day

    def _advance(self, actors: Ints, day: float) -> tuple[Floats, Ints]:
        """The decayed number of earlier periods of each of ACTORS, and its age group."""
        length = int(actors.max()) + 1
        self.periods, self.weight, self.last = (
            grown(self.periods, length),
            grown(self.weight, length),
            grown(self.last, length, day),
        )
        self.weight[actors] *= decay(day - self.last[actors], HALF_LIFE_DAYS)
        weight, ages = self.weight[actors].copy(), age_of(self.periods[actors])
        self.weight[actors] += 1
        self.periods[actors] += 1
        self.last[actors] = day
        return weight, ages

    def _of_aspects(self, odd: Rows, rows: Ints, weight: Floats, ages: Ints, there: Ints, day: float) -> "_Entries":
        aspects = odd["aspect"].astype(np.int64)
        keys = odd["actor"].astype(np.int64) * (1 << 20) + aspects
        measured = np.stack(
            [odd["unfamiliar"], np.log1p(odd["newness"]), np.log1p(odd["oddness"]), odd["most"]], axis=1
        )
        counted = np.stack([odd["things"], odd["fresh"]], axis=1).astype(np.float64)
        scores = self.measures.judge(keys, aspects, measured.astype(np.float64), day)
        tails, expected = self.touched.judge(keys, aspects, counted, weight[rows], ages[rows], there, day)
        return _Entries(np.concatenate([scores, tails], axis=1), expected)

    def _of_acts(
        self,
        volumes: Rows,
        row_of: Ints,
        weight: Floats,
        ages: Ints,
        there: Ints,
        day: float,
        found: Floats,
        numbers: Floats,
    ) -> None:
        rows, kinds = row_of[volumes["actor"]], volumes["number"].astype(np.int64)
        events = volumes["events"].astype(np.float64)
        keys = volumes["actor"].astype(np.int64) * (1 << 20) + kinds
        tails, expected = self.acts.judge(keys, kinds, events[:, None], weight[rows], ages[rows], there, day)
        tails, expected = tails[:, 0], expected[:, 0]
        kind_volume, whole, failed, many = (len(FACETS) * _EACH + number for number in range(4))
        plain = kinds > 1
        for column in (kind_volume, whole, many):
            found[:, column] = 0
        np.maximum.at(found[:, kind_volume], rows[plain], tails[plain])
        found[rows[kinds == 0], whole] = tails[kinds == 0]
        found[rows[kinds == 1], failed] = tails[kinds == 1]
        np.add.at(found[:, many], rows[plain], np.maximum(tails[plain] - 1, 0))
        top = plain & (tails == found[rows, kind_volume])
        volume, failure = COMPONENTS.index("volume"), COMPONENTS.index("failed")
        for name, values in (("value", events), ("usual", expected), ("what", kinds)):
            numbers[rows[top], volume, NUMBERS.index(name)] = values[top]
            numbers[rows[kinds == 1], failure, NUMBERS.index(name)] = values[kinds == 1]

    def _of_hours(self, hours: Rows, row_of: Ints, day: int, found: Floats, numbers: Floats) -> None:
        actors, slots = hours["actor"].astype(np.int64), hours["slot"].astype(np.int64)
        rows = row_of[actors]
        surprise, likely = self.clock.judge(actors, slots, day, self._off)
        oddest, mean = len(FACETS) * _EACH + 4, len(FACETS) * _EACH + 5
        found[:, oddest] = 0
        np.maximum.at(found[:, oddest], rows, surprise)
        found[:, mean] = np.bincount(rows, surprise, len(found)) / np.maximum(
            np.bincount(rows, minlength=len(found)), 1
        )
        top = surprise == found[rows, oddest]
        numbers[rows[top], COMPONENTS.index("hour"), NUMBERS.index("value")] = slots[top]
        numbers[rows[top], COMPONENTS.index("hour"), NUMBERS.index("usual")] = likely[top]

    def _of_facets(self, odd: Rows, entries: "_Entries", chosen: Ints, evidence: Floats, numbers: Floats) -> None:
        """The numbers of the aspect that tells most about each component."""
        count = len(evidence)
        each = np.nan_to_num(evidence[:, : len(FACETS) * _EACH]).reshape(count, len(FACETS), _EACH)
        chosen = chosen.reshape(count, len(FACETS), _EACH)
        for name, facets, columns in (
            ("first_time", _HABITS, (0, 5)),
            ("peers", _HABITS, (2, 3)),
            ("organisation", _HABITS, (1,)),
            ("place", _PLACES, (0, 1, 2, 3, 5)),
        ):
            part = each[:, facets][:, :, columns].reshape(count, -1)
            top = part.argmax(1)
            facet, column = np.array(facets)[top // len(columns)], np.array(columns)[top % len(columns)]
            entry = chosen[np.arange(count), facet, column]
            rank, members = ("colleagues", "members") if name == "peers" else ("others", "actors")
            values = (
                odd["fresh"][entry],
                entries.expected[entry, 1],
                odd["things"][entry],
                odd[rank][entry] + 1,
                odd[members][entry],
            )
            target = numbers[:, COMPONENTS.index(name)]
            for number, value in zip(NUMBERS, (*values, odd["aspect"][entry]), strict=True):
                target[:, NUMBERS.index(number)] = value

    def _components(self, evidence: Floats, before: Floats, numbers: Floats) -> Floats:
        """The calibrated probability of each of COMPONENTS."""
        count = len(evidence)
        each = evidence[:, : len(FACETS) * _EACH].reshape(count, len(FACETS), _EACH)
        habits, places = each[:, _HABITS], each[:, _PLACES]
        others = evidence[:, len(FACETS) * _EACH :]
        parts = np.stack(
            [
                habits[:, :, (0, 5)].max((1, 2)),
                habits[:, :, (2, 3)].max((1, 2)),
                habits[:, :, 1].max(1),
                places[:, :, (0, 1, 2, 3, 5)].max((1, 2)),
                np.maximum(each[:, :, 4].max(1), others[:, (0, 1, 3)].max(1)),
                others[:, 4:].max(1),
                others[:, 2],
                _beyond(before).sum(1),
            ],
            axis=1,
        )
        numbers[:, COMPONENTS.index("slow"), NUMBERS.index("value")] = (before > _CHANCE).sum(1)
        self.component_ranks.add(parts)
        return self.component_ranks.tail(parts)


@dataclass(frozen=True, slots=True)
class _Entries:
    """Of each row of odd.sql: how unusual each measure and count is, and the expected counts."""

    values: Floats
    expected: Floats


_PLACES = [FACETS.index("place"), FACETS.index("link")]
_HABITS = [number for number in range(len(FACETS)) if number not in _PLACES]


def _beyond(evidence: Floats) -> Floats:
    """What EVIDENCE has above chance."""
    return np.maximum(evidence - _CHANCE, 0) + _TIE * evidence


def by_period(reader: pa.RecordBatchReader) -> Iterator[tuple[int, Rows]]:
    """The rows of READER, which are ordered by period, one period at a time."""
    kept: list[dict[str, Any]] = []
    current: int | None = None
    for batch in reader:
        columns = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}
        periods = columns["period"]
        edges = np.flatnonzero(np.diff(periods, prepend=periods[:1] - 1, append=periods[-1:] + 1))
        for first, last in pairwise(edges):
            period = int(periods[first])
            if current is not None and period != current:
                yield current, _joined(kept)
                kept = []
            current = period
            kept.append({name: column[first:last] for name, column in columns.items()})
    if current is not None:
        yield current, _joined(kept)


def _joined(parts: list[dict[str, Any]]) -> Rows:
    return Rows({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
