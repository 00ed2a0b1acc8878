"""What is usual: for each actor, its like and everybody, as known when a period begins; and how unusual the period was.

All is decayed sums in arrays, advanced period by period, so nothing later than a period is ever used for it. What an
actor has little history of leans on how others were at the same age; what all do more of in a period is no news.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.baselines.tails import Floats, Ranks, count_tail

Ints = NDArray[np.int64]

FACETS = ("subject", "target", "act", "act_time", "place", "link", "thing", "container")
HALF_LIFE_DAYS = 30.0  # of what an actor usually does
AGES = 8  # actors and their aspects are compared by age: 0, 1, 2-3, 4-7 … 64-127, 128- earlier periods
SLOTS = 48  # local hours of ordinary days, and of days off

_OWN_AFTER = 5.0  # so many periods of one's own weigh as much as others' at that age
_PRIOR_SHAPE = 0.5  # of how rates differ between actors
_SPREAD = (0.02, 20.0)  # of counts from day to day: variance = mean + spread * mean²
_CROWD = 8  # so many must be there for a season to be seen
_SEASON = (1.0, 20.0)
_HOUR_PRIOR, _HOUR_HALF_LIFE_DAYS = 3.0, 60.0
_HOUR_DAYS = 2400  # forty half-lives


def decay(days: Any, half_life_days: float = HALF_LIFE_DAYS) -> Any:
    """What is left after DAYS. A wrong clock may go back by centuries: nothing becomes more by that."""
    return np.exp2(-np.maximum(days, 0.0) / half_life_days)


def age_of(periods: Ints) -> Ints:
    """The age group of what has so many earlier PERIODS."""
    return np.minimum(np.log2(periods + 1).astype(np.int64), AGES - 1)


@dataclass(slots=True)
class Slots:
    """Places in arrays for keys, in the order in which they came."""

    keys: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # sorted
    places: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # of the keys

    def of(self, keys: Ints) -> Ints:
        """The places of KEYS; new ones get the next."""
        new = np.setdiff1d(keys, self.keys)
        if len(new):
            at = np.searchsorted(self.keys, new)
            places = np.arange(len(self.keys), len(self.keys) + len(new))
            self.keys, self.places = np.insert(self.keys, at, new), np.insert(self.places, at, places)
        return self.places[np.searchsorted(self.keys, keys)]


def grown(array: Any, length: int, fill: float = 0) -> Any:
    """ARRAY with room for LENGTH rows."""
    if len(array) >= length:
        return array
    more = np.full((max(length, 2 * len(array)), *array.shape[1:]), fill, array.dtype)
    more[: len(array)] = array
    return more


class Measures:
    """Measures of (actor, aspect): how far each is from its own mean, in its own standard deviations."""

    def __init__(self, columns: int) -> None:
        self.slots = Slots()
        self.weight, self.last, self.age = np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
        self.sums, self.squares = np.zeros((0, columns)), np.zeros((0, columns))
        self.crowd = np.zeros((0, AGES, columns, 3))  # by aspect and age: number, sum, sum of squares
        self.misses = np.zeros((0, columns, 2))  # by aspect: number, squared distance from the own mean

    def judge(self, keys: Ints, aspects: Ints, measures: Floats, day: float) -> Floats:
        """Standard scores of MEASURES; then they are part of the history. KEYS are distinct."""
        at = self.slots.of(keys)
        self._make_room(len(self.slots.keys), int(aspects.max()) + 1)
        left = np.where(self.age[at] > 0, decay(day - self.last[at]), 1.0)
        self.weight[at] *= left
        self.sums[at] *= left[:, None]
        self.squares[at] *= left[:, None]
        ages = age_of(self.age[at])
        np.add.at(self.crowd, (aspects, ages), np.stack([np.ones_like(measures), measures, measures**2], axis=-1))
        mean, variance = self._others(aspects, ages)
        weight = self.weight[at][:, None]
        own = (self.sums[at] + _OWN_AFTER * mean) / (weight + _OWN_AFTER)
        spread = (self.squares[at] + _OWN_AFTER * (variance + mean**2)) / (weight + _OWN_AFTER) - own**2
        usual = np.where(self.misses[..., 0] > 50, self.misses[..., 1] / np.maximum(self.misses[..., 0], 1), 0)[aspects]  # noqa: PLR2004 - enough
        spread = np.maximum(spread, 0.25 * np.where(usual > 0, usual, variance) + 1e-4) * (
            1 + 1 / (weight + _OWN_AFTER)
        )
        scores = (measures - own) / np.sqrt(spread)
        np.add.at(self.misses, aspects, np.stack([np.ones_like(measures), (measures - own) ** 2], axis=-1))
        self.weight[at] += 1
        self.sums[at] += measures
        self.squares[at] += measures**2
        self.last[at] = day
        self.age[at] += 1
        return np.asarray(scores - _season(aspects, scores))

    def _others(self, aspects: Ints, ages: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of others' measures at the same age, which lean on those of all ages."""
        whole = self.crowd.sum(1)
        count = np.maximum(whole[..., 0], 1)
        mean = whole[..., 1] / count
        variance = np.maximum(whole[..., 2] / count - mean**2, 1e-4)
        number = self.crowd[..., 0] + 3
        mean_at = (self.crowd[..., 1] + 3 * mean[:, None]) / number
        variance_at = np.maximum((self.crowd[..., 2] + 3 * (variance + mean**2)[:, None]) / number - mean_at**2, 1e-4)
        return mean_at[aspects, ages], variance_at[aspects, ages]

    def _make_room(self, keys: int, aspects: int) -> None:
        for name in ("weight", "last", "age", "sums", "squares"):
            setattr(self, name, grown(getattr(self, name), keys))
        self.crowd, self.misses = grown(self.crowd, aspects), grown(self.misses, aspects)


def _season(aspects: Ints, scores: Floats) -> Floats:
    """What the middle one of those with the same aspect has above zero in this period."""
    order = np.argsort(aspects, kind="stable")
    shift = np.zeros_like(scores)
    edges = np.flatnonzero(np.diff(aspects[order], prepend=-1, append=-1))
    for first, last in pairwise(edges):
        if last - first >= _CROWD:
            rows = order[first:last]
            shift[rows] = np.maximum(0, np.median(scores[rows], axis=0))
    return shift


class Counts:
    """Counts of (actor, kind) in a period against what the actor usually does: negative binomial.

    An actor's rate is a gamma variable whose prior is what others of its age do, and that its own counts make narrower;
    days differ besides, as much as they do for everybody. A season raises what is expected of all.
    """

    def __init__(self, columns: int) -> None:
        self.slots = Slots()
        self.last, self.sums = np.zeros(0), np.zeros((0, columns))
        self.actors = np.zeros(AGES)  # how many actor-periods there were, by age
        self.crowd = np.zeros((0, AGES, columns))
        self.misses = np.zeros((0, columns, 2))  # by kind: squared distance above Poisson's, squared mean

    def judge(
        self, keys: Ints, kinds: Ints, counts: Floats, weight: Floats, ages: Ints, there: Ints, day: float
    ) -> tuple[Floats, Floats]:
        """-ln of the tail probability of each of COUNTS, and what was expected; then they are part of the history.

        WEIGHT and AGES are those of each row's actor; THERE says how many actors of each age the period has.
        """
        at = self.slots.of(keys)
        self.last, self.sums = grown(self.last, len(self.slots.keys), day), grown(self.sums, len(self.slots.keys))
        most = int(kinds.max()) + 1
        self.crowd, self.misses = grown(self.crowd, most), grown(self.misses, most)
        self.sums[at] *= decay(day - self.last[at])[:, None]
        np.add.at(self.crowd, (kinds, ages), counts)
        self.actors += there
        overall = self.crowd.sum(1) / max(self.actors.sum(), 1)
        at_age = (self.crowd + 10 * overall[:, None]) / (self.actors + 10)[:, None]
        total = np.zeros_like(overall)
        np.add.at(total, kinds, counts)
        crowd = there.sum()
        season = (
            np.clip((total[kinds] - counts + 1) / (overall[kinds] * (crowd - 1) + 1), *_SEASON)
            if crowd >= _CROWD
            else 1.0
        )
        shape = _PRIOR_SHAPE + self.sums[at]
        mean = shape / (_PRIOR_SHAPE / np.maximum(at_age[kinds, ages], 1e-6) + weight[:, None])
        known = self.misses[..., 1] > 20  # noqa: PLR2004 - enough
        spread = np.clip(np.where(known, self.misses[..., 0] / np.maximum(self.misses[..., 1], 1e-9), 1.0), *_SPREAD)[
            kinds
        ]
        expected = mean * season
        tails = count_tail(counts.ravel(), expected.ravel(), (1 / (1 / shape + spread)).ravel()).reshape(counts.shape)
        # One wild day must not make all wild days usual for everybody.
        beyond = np.minimum((counts - mean) ** 2, (10 * mean + 20) ** 2) - mean
        np.add.at(self.misses, kinds, np.stack([beyond, mean**2], axis=-1))
        self.sums[at] += counts
        self.last[at] = day
        return tails, expected


class Hours:
    """At which local hours each actor is active, of the ordinary days and the days off that it has been known."""

    def __init__(self) -> None:
        self.active, self.known = np.zeros((0, SLOTS)), np.zeros((0, 2))
        self.seen = np.zeros(0)
        self.day = 0

    def judge(self, actors: Ints, slots: Ints, day: int, off: Callable[[int], bool]) -> tuple[Floats, Floats]:
        """-ln of how likely each of ACTORS is active in each of SLOTS, and the expected share; then it is history.

        OFF says of a day whether it is one off.
        """
        length = int(actors.max()) + 1
        self.active, self.known, self.seen = (
            grown(self.active, length),
            grown(self.known, length),
            grown(self.seen, length),
        )
        if self.seen.any():
            self._pass(day, off)
        self.day = day
        new = np.unique(actors[self.seen[actors] == 0])
        self.known[new, int(off(day))] += 1
        self.seen[new] = 1
        crowd = self.active.sum(0) + np.bincount(slots, minlength=SLOTS)
        share = np.clip(crowd / np.repeat(np.maximum(self.known.sum(0), 1), SLOTS // 2), 1e-4, 1)
        kind, hour = slots // 24, slots % 24
        # A quarter of an hour early or late is no other hour.
        near = sum(
            weight * self.active[actors, kind * 24 + (hour + step) % 24]
            for step, weight in ((-1, 0.25), (0, 0.5), (1, 0.25))
        )
        days = np.maximum(self.known[actors, kind] - 1, 0)
        likely = np.clip((near + _HOUR_PRIOR * share[slots]) / (days + _HOUR_PRIOR), 1e-5, 1)
        np.add.at(self.active, (actors, slots), 1)
        return -np.log(likely), likely

    def _pass(self, day: int, off: Callable[[int], bool]) -> None:
        """The days after the last one until DAY. Of centuries, which a wrong clock makes, only the last years count."""
        left = decay(day - self.day, _HOUR_HALF_LIFE_DAYS)
        self.active *= left
        self.known *= left
        days = range(max(self.day, day - _HOUR_DAYS) + 1, day + 1)
        weights = decay(day - np.array(days), _HOUR_HALF_LIFE_DAYS)
        kinds = np.array([off(each) for each in days], np.int64)
        self.known[self.seen > 0] += np.bincount(kinds, weights, minlength=2)


class Lasting:
    """What deviates a little for weeks: the decayed sum of what each column was above what it is by chance."""

    def __init__(self, columns: int, half_life_days: float) -> None:
        self.sums, self.last = np.zeros((0, columns)), np.zeros(0)
        self.half_life_days = half_life_days

    def add(self, actors: Ints, evidence: Floats, day: float) -> Floats:
        """The sums with EVIDENCE (-ln p: 1 on average by chance; NaN = none) of ACTORS on DAY."""
        length = int(actors.max()) + 1
        self.sums, self.last = grown(self.sums, length), grown(self.last, length, day)
        self.sums[actors] *= decay(day - self.last[actors], self.half_life_days)[:, None]
        self.sums[actors] += np.clip(np.nan_to_num(evidence - 1), -1, 5)
        self.last[actors] = day
        return self.sums[actors].copy()


def arrays(part: Any, name: str = "") -> dict[str, Any]:
    """Everything that PART (of this module, or one that holds such) knows, by name, to be written down."""
    found: dict[str, Any] = {}
    names = part.__slots__ if hasattr(part, "__slots__") else vars(part)
    for key in names:
        value = getattr(part, key)
        if isinstance(value, (np.ndarray, int, float)):
            found[f"{name}{key}"] = np.asarray(value)
        elif isinstance(value, (Measures, Counts, Hours, Lasting, Slots, Ranks)):
            found |= arrays(value, f"{name}{key}.")
    return found


def restore(part: Any, known: Mapping[str, Any], name: str = "") -> None:
    """Give PART what `arrays` wrote down. Errors: KeyError if something is missing."""
    names = part.__slots__ if hasattr(part, "__slots__") else list(vars(part))
    for key in names:
        value = getattr(part, key)
        if isinstance(value, np.ndarray):
            setattr(part, key, np.array(known[f"{name}{key}"]))
        elif isinstance(value, (int, float)):
            setattr(part, key, type(value)(known[f"{name}{key}"]))
        elif isinstance(value, (Measures, Counts, Hours, Lasting, Slots, Ranks)):
            restore(value, known, f"{name}{key}.")
