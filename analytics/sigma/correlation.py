"""Correlations: what the hits of several rules have in common within a time."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from analytics.sigma.rule import Correlation

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}

# One hit: which of the correlation's rules, microseconds, the event's id, the values of its fields.
Hit = tuple[int, int, str, tuple[str | None, ...]]


def correlated(correlation: Correlation, hits: Sequence[Hit]) -> Iterator[tuple[str, list[str]]]:
    """The groups for which CORRELATION holds, and the events of each time at which it does.

    A window begins at each hit of a group and spans `span_s`, both ends within; what lies in windows that hold and
    overlap is one answer. A hit without one of the fields to group by is in no group.
    """
    groups: dict[tuple[str, ...], list[Hit]] = {}
    width = len(correlation.group_by)
    for hit in hits:
        key = hit[3][:width]
        if all(value is not None for value in key):
            groups.setdefault(tuple(str(value) for value in key), []).append(hit)
    for key, found in sorted(groups.items()):
        found.sort(key=lambda hit: (hit[1], hit[2], hit[0]))
        for events in _windows(correlation, found, width):
            yield " | ".join(key), events


def _windows(correlation: Correlation, found: list[Hit], width: int) -> Iterator[list[str]]:
    times = np.array([hit[1] for hit in found], np.int64)
    ends = np.searchsorted(times, times + correlation.span_s * 1_000_000, "right")
    holds = _HOLDS[correlation.kind]
    begin = last = -1
    window = _Window(correlation, found, width)
    for first, end in enumerate(ends.tolist()):
        window.move(first, end)
        if not holds(window):
            continue
        if begin >= 0 and first < last:
            last = max(last, end)
        else:
            if begin >= 0:
                yield sorted({hit[2] for hit in found[begin:last]})
            begin, last = first, end
    if begin >= 0:
        yield sorted({hit[2] for hit in found[begin:last]})


class _Window:
    """The hits from one on, as far as the span reaches; what it counts is kept up as it moves."""

    def __init__(self, correlation: Correlation, found: list[Hit], width: int) -> None:
        self.correlation = correlation
        self.found = found
        self.width = width
        self.first = self.end = 0
        self.events: Counter[str] = Counter()
        self.values: Counter[tuple[str, ...]] = Counter()
        self.rules: Counter[int] = Counter()

    def move(self, first: int, end: int) -> None:
        """To the hits FIRST … END - 1; neither goes back."""
        for hit in self.found[self.end : end]:
            self._count(hit, 1)
        for hit in self.found[self.first : first]:
            self._count(hit, -1)
        self.first, self.end = first, end

    def _count(self, hit: Hit, by: int) -> None:
        told = tuple(value for value in hit[3][self.width :] if value is not None)
        counted: tuple[tuple[Counter[Any], Any], ...] = ((self.events, hit[2]), (self.rules, hit[0]))
        if len(told) == len(self.correlation.values):
            counted += ((self.values, told),)
        for counter, key in counted:
            counter[key] += by
            if not counter[key]:
                del counter[key]

    def holds(self, number: float) -> bool:
        return _COMPARE[self.correlation.op](number, self.correlation.count)

    def numbers(self) -> list[float]:
        """The values of the first field, as far as they are numbers."""
        found = []
        for value, times in self.values.items():
            try:
                found += [float(value[0])] * times
            except ValueError:
                continue
        return found


def _temporal(window: _Window) -> bool:
    correlation = window.correlation
    if correlation.expression is not None:
        return _true(correlation.expression, window.rules)
    return window.holds(len(window.rules))


def _ordered(window: _Window) -> bool:
    """Whether the rules fired one after another; with an expression, those of its rules that fired."""
    if not _temporal(window):
        return False
    order = range(len(window.correlation.of))
    wanted = (
        [rule for rule in order if rule in window.rules] if window.correlation.expression is not None else list(order)
    )
    for hit in window.found[window.first : window.end]:
        if wanted and hit[0] == wanted[0]:
            wanted.pop(0)
    return not wanted


def _true(expression: Any, rules: Counter[int]) -> bool:
    match expression:
        case ["and", *parts]:
            return all(_true(part, rules) for part in parts)
        case ["or", *parts]:
            return any(_true(part, rules) for part in parts)
        case ["not", part]:
            return not _true(part, rules)
    return rules[expression] > 0 if expression in rules else False


def _percentile(numbers: list[float], percent: int) -> float:
    return float(np.percentile(numbers, percent))


def _of_numbers(compute: Callable[[list[float], Correlation], float]) -> Callable[[_Window], bool]:
    def holds(window: _Window) -> bool:
        numbers = window.numbers()
        return bool(numbers) and window.holds(compute(numbers, window.correlation))

    return holds


_HOLDS: dict[str, Callable[[_Window], bool]] = {
    "event_count": lambda window: window.holds(len(window.events)),
    "value_count": lambda window: window.holds(len(window.values)),
    "temporal": _temporal,
    "temporal_ordered": _ordered,
    "value_sum": _of_numbers(lambda numbers, _: sum(numbers)),
    "value_avg": _of_numbers(lambda numbers, _: statistics.fmean(numbers)),
    "value_median": _of_numbers(lambda numbers, _: statistics.median(numbers)),
    "value_percentile": _of_numbers(lambda numbers, told: _percentile(numbers, told.percentile or 0)),
}
