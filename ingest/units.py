"""The unit that a record names, to the directory's: a table of segments and the key that an event is joined to it by.

A system writes the unit's id, its name, an HSA-id or a code of its own (`aliases`), in whatever case. A spelling that
two units could mean at that time is left as the record has it, rather than guessed; a unit's own id goes before names.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from schemas.event import TIMESTAMP
from schemas.people import Directory

SEGMENTS = pa.schema(
    [
        ("key", pa.string()),  # a spelling, trimmed and in lower case
        ("valid_from", TIMESTAMP),
        ("valid_to", TIMESTAMP),
        ("unit", pa.string()),
    ]
)
KEY = "lower(trim(actor_unit))"  # SQL: the key to join SEGMENTS by
_FAR = datetime.max.replace(tzinfo=UTC)
_Claim = tuple[bool, str, datetime, datetime]  # by its own id, the unit, from, to


def segments(directory: Directory) -> pa.Table:
    """Which unit each spelling means, and when: SEGMENTS. The periods of a key don't overlap."""
    claims: dict[str, list[_Claim]] = {}
    for row in directory.units.to_pylist():
        period = row["valid_from"], row["valid_to"] or _FAR
        own = _key(row["unit"])
        for key in {own, *map(_key, (row["name"] or "", *(row["aliases"] or ())))} - {""}:
            claims.setdefault(key, []).append((key == own, row["unit"], *period))
    rows = [{"key": key, **segment} for key, found in claims.items() for segment in _settled(found)]
    return pa.Table.from_pylist(rows, SEGMENTS)


def _key(text: str) -> str:
    return text.strip().lower()


def _settled(claims: list[_Claim]) -> Iterator[dict[str, Any]]:
    """The CLAIMS on one key, cut so that no two overlap; where they mean different units there is none."""
    edges = sorted({edge for _, _, *period in claims for edge in period})
    for start, stop in pairwise(edges):
        held = [(own, unit) for own, unit, first, last in claims if first <= start < last]
        best = {unit for own, unit in held if own} or {unit for _, unit in held}
        if len(best) == 1:
            yield {"valid_from": start, "valid_to": stop, "unit": best.pop()}
