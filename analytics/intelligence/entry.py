"""What a reader of indicators gives: one entry for each indicator, before its values have been looked at."""

from dataclasses import dataclass
from datetime import datetime

MOST_CLAUSES = 64  # of one indicator: AND of ORs multiplies


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. `type` is of schemas.indicator.TYPES; empty = it can't be matched, for `reason`."""

    type: str
    value: str = ""
    reason: str = ""


Clause = tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator. `place` is where it stands in its file, `id` empty where it has none."""

    place: str
    id: str
    clauses: tuple[Clause, ...]
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    confidence: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """What can't be used: where it stands, which field, and why; never the value."""

    place: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.reason}"


@dataclass(slots=True)
class Read:
    """What a file holds: entries, ids of those withdrawn, rejects, and how many objects are no indicators."""

    entries: list[Entry]
    withdrawn: list[str]
    rejects: list[Reject]
    passed: int = 0
