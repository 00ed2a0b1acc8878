"""The month's threat picture: its numbers by nämnd, and sentences that say no more than the numbers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

# The kinds of exposure, in the order in which they are told.
EXPOSURE = ("unread_asset", "silent_source", "dormant_duty", "leaver_account")
OF_ALL = frozenset({"dormant_duty"})  # those that are of no nämnd, but always the whole municipality's
EVERY = "\0"  # no nämnd is called so
VERDICTS = ("justified", "unjustified", "unclear")

_Key = tuple[str, str | None, str | None]  # measure, name, controller


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the pages, by its key there, and the values that it names: also parts of it, one or several."""

    key: str
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """The rows of `threat_picture`, of every nämnd or of ONE. `None` among `controllers`: what belongs to no nämnd.

    `common`: where one nämnd is chosen, the exposure that is of no nämnd, by name: the whole municipality's, in the
    month and in the month before. `unchecked`: the kinds of exposure that nothing in the lake tells of;
    `unchecked_before`: those that nothing told of then; `at`: when exposure is told.
    `judged`: no number says anything of a month that detections have looked at nothing of, not even 0.
    """

    month: str
    before_month: str | None
    judged: bool
    controllers: tuple[str | None, ...]
    common: Mapping[str, tuple[int, int]]
    unchecked: frozenset[str]
    unchecked_before: frozenset[str]
    at: datetime | None
    _numbers: Mapping[_Key, tuple[int, int]] = field(repr=False)
    _one: str | None = field(repr=False)
    # Of exposure, where every nämnd counts: what they share is once.
    _overall: Mapping[str, tuple[int, int]] = field(repr=False)

    def names(self, measure: str) -> list[str | None]:
        """What MEASURE counts, the largest first."""
        found = dict.fromkeys(name for each, name, _ in self._numbers if each == measure)
        return sorted(found, key=lambda name: (-self.number(measure, name), -self.before(measure, name), str(name)))

    def number(self, measure: str, name: str | None, controller: str | None = EVERY) -> int:
        """How many of MEASURE and NAME in the month, of CONTROLLER or of all."""
        return self._sum(0, measure, name, controller)

    def before(self, measure: str, name: str | None, controller: str | None = EVERY) -> int:
        """As `number`, in the month before."""
        return self._sum(1, measure, name, controller)

    def findings(self, at: int = 0, controller: str | None = EVERY) -> int:
        """All findings of the month (AT 0) or the month before (1): each has one decision, or is open."""
        names = self.names("decision")
        return sum(self._sum(at, "decision", name, controller) for name in names)

    def share(self, at: int = 0, controller: str | None = EVERY) -> float | None:
        """The per cent of accesses that need an explanation and have it, rounded down to a tenth; None if none does."""
        judged = self._sum(at, "access", "judged", controller)
        return self._sum(at, "access", "explained", controller) * 1000 // judged / 10 if judged else None

    def _sum(self, at: int, measure: str, name: str | None, controller: str | None) -> int:
        if measure == "exposure" and controller == EVERY and name is not None and name in self._overall:
            return self._overall[name][at]
        every = self.controllers if self._one is None else (self._one,)
        wanted = every if controller == EVERY else (controller,)
        return sum(self._numbers.get((measure, name, each), (0, 0))[at] for each in wanted)


def picture(rows: Iterable[Mapping[str, Any]], one: str | None = None) -> Picture | None:
    """The picture that ROWS of `threat_picture` give, only of the nämnd ONE if it is named; None without a month."""
    found = [row for row in rows if row["month"] is not None]
    if not found:
        return None
    mine = [row for row in found if one is None or row["controller"] == one]
    numbers = {
        (row["measure"], row["name"], row["controller"]): (row["number"] or 0, row["before"] or 0) for row in mine
    }
    # The rows of what was checked, and of what couldn't be, are of no nämnd, and make none.
    names = {row["controller"] for row in mine if row["measure"] != "exposure" or row["number"]}
    controllers = (*sorted(name for name in names if name is not None), *((None,) if None in names else ()))
    exposed = [row for row in found if row["measure"] == "exposure"]
    checked = [row for row in exposed if row["number"] is not None]
    common = {
        row["name"]: (row["number"], row["before"] or 0)
        for row in checked
        if one is not None and row["controller"] is None and (row["number"] or row["name"] in OF_ALL)
    }
    return Picture(
        month=found[0]["month"],
        before_month=found[0]["before_month"],
        judged=found[0]["judged"],
        controllers=controllers,
        common=common,
        unchecked=frozenset(EXPOSURE) - {row["name"] for row in checked},
        unchecked_before=frozenset(EXPOSURE)
        - {row["name"] for row in exposed if row["controller"] is None and row["before"] is not None},
        at=exposed[0]["at_utc"] if exposed else None,
        _numbers=numbers,
        _one=one,
        _overall={row["name"]: (row["overall"], row["overall_before"] or 0) for row in checked if one is None},
    )


def months(trend: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `threat_trend` summed over the nämnder, a month each, the earliest first."""
    found: dict[str, dict[str, Any]] = {}
    for row in trend:
        total = found.setdefault(row["month"], {"month": row["month"]})
        for name, value in row.items():
            if name not in {"month", "controller"}:
                total[name] = total.get(name, 0) + value
    return [found[month] for month in sorted(found)]


def summary(found: Picture, severe: int, *, now: str, faults: bool, ends: date | None = None) -> Iterator[Sentence]:
    """The picture in sentences. SEVERE: how many findings are of high or critical severity.

    NOW: the present month. FAULTS: something that the numbers rest on may be missing. ENDS: the day of the last event.
    """
    if found.month > now:
        yield Sentence("not_begun", (found.month,))
    if not found.judged:
        yield Sentence("unjudged", (found.month,))
        return
    if found.month == now:
        yield Sentence("going_on", (found.month,))
    elif ends and f"{ends:%Y-%m}" == found.month and (ends + timedelta(days=1)).month == ends.month:
        yield Sentence("cut_short", (found.month, ends.isoformat()))
    yield from _found(found, severe)
    yield from _decided(found)
    yield from _explained(found)
    yield from _exposed(found, going_on=found.month >= now)
    if faults:
        yield Sentence("faults")


def _exposed(found: Picture, *, going_on: bool) -> Iterator[Sentence]:
    """What is exposed, what is not, and what couldn't be checked: now, or at the end of a month that is over."""

    def told(key: str, *given: Any) -> Sentence:
        return Sentence(f"{key}.now", given) if going_on else Sentence(f"{key}.then", (*given, found.month))

    own = {name: found.number("exposure", name) for name in EXPOSURE}
    common = {name: number for name, (number, _) in found.common.items()}
    if any(own.values()):
        yield told("exposed", _things(own))
    elif found.unchecked < set(EXPOSURE):
        yield told("none_of_its_own" if any(common.values()) else "unexposed")
    if any(common.values()):
        yield told("common", _things(common))
    if found.unchecked:
        yield Sentence("unchecked", (tuple(name for name in EXPOSURE if name in found.unchecked),))


def _things(numbers: Mapping[str, int]) -> tuple[Sentence, ...]:
    """What there is any of, in the order in which it is told."""
    return tuple(Sentence(name, (numbers[name],)) for name in EXPOSURE if numbers.get(name))


def _found(found: Picture, severe: int) -> Iterator[Sentence]:
    total, before = found.findings(), found.findings(1)
    if not total:
        yield Sentence("no_findings", (found.month,))
    else:
        yield Sentence("findings", (found.month, total, severe))
    if found.before_month is None:
        yield Sentence("no_before")
    else:
        word = "as_many" if total == before else "more" if total > before else "fewer"
        yield Sentence(word, (abs(total - before), found.before_month, before))
    scenarios = found.names("scenario")
    if total and scenarios:
        most = [name for name in scenarios if found.number("scenario", name) == found.number("scenario", scenarios[0])]
        if len(most) == 1:
            yield Sentence("scenario", (most[0], found.number("scenario", most[0])))
    named = [each for each in found.controllers if each is not None]
    if total and len(named) > 1:
        counts = [(found.findings(0, each), each) for each in named]
        number, name = max(counts, key=lambda pair: pair[0])
        if sum(count == number for count, _ in counts) == 1:
            yield Sentence("controller", (name, number))


def _decided(found: Picture) -> Iterator[Sentence]:
    total = found.findings()
    if not total:
        return
    decided = [found.number("decision", verdict) for verdict in VERDICTS]
    if sum(decided):
        yield Sentence("decided", (sum(decided), total, *decided))
    else:
        yield Sentence("undecided", (total,))


def _explained(found: Picture) -> Iterator[Sentence]:
    share, before = found.share(), found.share(1)
    if share is None:
        yield Sentence("not_judged")
        return
    yield Sentence("explained", (found.number("access", "judged"), share))
    if before is not None:
        yield Sentence("explained_before", (before, found.before_month))
    shares = [
        (each_share, each) for each in found.controllers if each and (each_share := found.share(0, each)) is not None
    ]
    if len(shares) > 1:
        lowest, name = min(shares, key=lambda pair: pair[0])
        if sum(each == lowest for each, _ in shares) == 1:
            yield Sentence("explained_least", (name, lowest))
