"""Which events of a list duty explains, by which rule, and which it doesn't: told where it is asked for.

To judge takes longer than to list, so the address says whether: `explained` is `all` (each is marked), `no` (only the
unexplained), `yes` (only the explained) or, of a question, `impersonal` (only what is explained by no duty of the
employee's own, as rules about relations and volume count it).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from analytics.answer import Answer
from analytics.detect.explain import Covered, explained
from analytics.question import columns
from dashboards.server.refusals import Refused
from dashboards.web.links import page
from dashboards.web.page import View
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows, with_column
from schemas.sqlfile import SqlFile

NAME = "explained"
CHOICES = ("all", "no", "yes")
OF_QUESTION = (*CHOICES, "impersonal")
MOST = 500  # events that are judged to find those of one kind, the first of the list; else those that are shown
_NEEDS = frozenset({"event_id", "time_utc", "actor_person"})


@dataclass(frozen=True, slots=True)
class Explained:
    """How the events stand, by id; what needs no explanation isn't there."""

    chosen: str
    covered: Mapping[str, Covered]

    def beside(self, listed: Rows, found: pa.Table, language: str, place: int) -> Rows:
        """LISTED, which shows the events FOUND, with a column at PLACE that says what explains each."""
        cells = [self._cell(event, language) for event in found["event_id"].to_pylist()]
        return with_column(listed, say(language, "explained"), cells, place)

    def among(self, events: Iterable[str]) -> "Explained":
        """How those of EVENTS stand: a page tells of no others than it shows."""
        return replace(self, covered={each: self.covered[each] for each in events if each in self.covered})

    def note(self, language: str, most: int, *, longer: bool) -> str:
        """How many are explained of those that were judged, MOST of the list; if all are shown, that it is LONGER."""
        counts = say(language, "explained.counts", *self._counts(), most)
        return f"{counts} {say(language, 'explained.more', MOST)}" if longer and self.chosen == "all" else counts

    def _cell(self, event: str, language: str) -> Cell:
        found = self.covered.get(event)
        if found is None:
            return Cell(say(language, "explained.needless"))
        why = f"{page('event_id', {'event_id': event})}#why"
        if not found:
            return Cell(say(language, "explained.not"), why, kind="warn")
        said = ", ".join(say(language, f"explained.{name}") for name in found.names)
        return Cell(say(language, "explained.by", said), why, kind="why")

    def _counts(self) -> tuple[int, int, int]:
        """How many are explained, and how many not, of all that need it."""
        without = sum(not found for found in self.covered.values())
        return len(self.covered) - without, without, len(self.covered)


def can(file: SqlFile) -> bool:
    """Whether FILE's answer is a list of events."""
    return columns(file).keys() >= _NEEDS


def chosen(query: Mapping[str, str], words: Sequence[str] = CHOICES) -> str | None:
    """What the address wants, one of WORDS. Errors: Refused (400) for another word."""
    found = query.get(NAME)
    if found is not None and found not in words:
        raise Refused(400, f"want one of {', '.join(words)}", NAME)
    return found


def judged(view: View, found: Answer, wanted: str, shown: int) -> tuple[Answer, Explained]:
    """FOUND with the events that are WANTED, and how each of them stands: of `all` the first, which are SHOWN."""
    rows = found.rows.slice(0, shown) if wanted == "all" else found.rows
    known = Explained(wanted, explained(view.desk.home, rows, view.visitor.caller))
    if wanted == "all":
        return found, known
    ids = found.rows["event_id"].to_pylist()
    picked = pa.array([each in known.covered and _is(known.covered[each], wanted) for each in ids], pa.bool_())
    return Answer(found.question, found.rows.filter(picked), found.statement, found.more), known


def _is(found: Covered, wanted: str) -> bool:
    """Whether an access that stands so is WANTED."""
    return bool(found) and not found.own if wanted == "impersonal" else bool(found) is (wanted == "yes")


def choices(
    path: str, pairs: Sequence[tuple[str, str]], wanted: str | None, words: Sequence[str] = CHOICES
) -> list[dict[str, Any]]:
    """The ways of WORDS to see it, with their addresses; PAIRS are the address's own."""
    pairs = [pair for pair in pairs if pair[0] != NAME]
    return [
        {
            "key": key or "unasked",
            "href": f"{path}?{urlencode([*pairs, *([(NAME, key)] if key else [])])}#events",
            "current": key == wanted,
        }
        for key in (None, *words)
    ]
