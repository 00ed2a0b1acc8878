"""Indicators from CSV: a value a row, in our words or in those of MISP's exports."""

import csv
from collections.abc import Mapping

from analytics.intelligence import misp
from analytics.intelligence.entry import Clause, Comparison, Entry, Read, Reject
from schemas.indicator import TYPES
from schemas.tablefile import parse_time

_OWN = frozenset({"type", "value", "id", "uuid", "valid_from", "valid_to", "confidence", "label", "to_ids"})
_NO = frozenset({"0", "false", "no", "nej"})


def read(text: str) -> Read:
    """The rows of a CSV with the columns type and value; more are valid_from, valid_to, confidence, label, id.

    Shape:   `,`, `;` or tab separates; times as in the context tables. A type is a word of schemas.indicator.TYPES or
             of MISP. Of MISP's exports uuid is the id, `date` and `comment` are time and label, and rows whose to_ids
             is 0 are passed over.
    """
    found = Read([], [], [])
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].startswith("#")):
        lines.pop(0)
    if not lines:
        return found
    separator = max(",;\t", key=lines[0].count)
    rows = csv.reader(lines, delimiter=separator)
    names = [name.strip().lower() for name in next(rows)]
    missing = [name for name in ("type", "value") if name not in names]
    if missing:
        found.rejects.append(Reject("row 1", missing[0], "the column is missing"))
        return found
    for number, cells in enumerate(rows, start=2):
        place = f"row {number}"
        if not cells:
            continue
        if len(cells) != len(names):
            found.rejects.append(Reject(place, "row", f"{len(cells)} cells, want {len(names)}"))
            continue
        row = dict(zip(names, (cell.strip() for cell in cells), strict=True))
        if row.get("to_ids", "").lower() in _NO:
            found.passed += 1
            continue
        given = _entry(place, row)
        if isinstance(given, Reject):
            found.rejects.append(given)
        else:
            found.entries.append(given)
    return found


def _entry(place: str, row: Mapping[str, str]) -> Entry | Reject:
    kind = row["type"].lower()
    wanted: tuple[Clause, ...]
    if not row["value"]:
        return Reject(place, "value", "is empty")
    if kind in TYPES:
        wanted = ((Comparison(kind, row["value"]),),)
    else:
        try:
            wanted = misp.clauses(kind, row["value"])
        except ValueError as error:
            return Reject(place, "type", str(error))
    spelt = (row.get("valid_from") or _dated(row.get("date", "")), row.get("valid_to", ""))
    since, until = (parse_time(text) if text else None for text in spelt)
    for name, text, time in zip(("valid_from", "valid_to"), spelt, (since, until), strict=True):
        if text and time is None:
            return Reject(place, name, "want a date or a time, such as 2026-03-01")
    confidence = row.get("confidence", "")
    if confidence and not (confidence.isdecimal() and int(confidence) <= 100):  # noqa: PLR2004
        return Reject(place, "confidence", "want a whole number from 0 to 100")
    return Entry(
        place,
        row.get("id") or row.get("uuid") or "",
        wanted,
        since,
        until,
        int(confidence) if confidence else None,
        row.get("label") or row.get("comment") or "",
    )


def _dated(text: str) -> str:
    """MISP's `date`: 20260301, or seconds since 1970."""
    if text.isdecimal() and len(text) == len("20260301"):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    time = misp.epoch(text) if text.isdecimal() else None
    return time.isoformat() if time else text
