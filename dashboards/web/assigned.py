"""Who had an assignment on a person concerned or an object when it was used: the first reason that one looks for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dashboards.web.facts import Tables

# In the order that they are told: one's own assignment says more than the unit's.
OWN, UNIT, PARTLY, NONE = "own", "unit", "partly", "none"


def assigned(tables: Tables, key: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """For each of ROWS (actor_person, actor_unit, first_utc, last_utc) whose assignment KEY's subject or object was.

    `own`: the actor's, from the first event to the last; `unit`: that of the unit which the event or the staff
    directory names; `partly`: for one of the two times only; `none`: no such assignment is known. None: nobody has
    one at all, so that its lack says nothing.
    """
    given = _on(tables["assignments"], key)
    if not len(given):
        return None
    held = given.select(["person", "unit", "valid_from", "valid_to"]).to_pylist()
    wanted = pa.array(sorted({row["actor_person"] for row in rows if row["actor_person"]}), pa.string())
    people = tables["people"].filter(pc.is_in(tables["people"]["person"], wanted))
    units: dict[str, list[Mapping[str, Any]]] = {}
    for each in people.select(["person", "unit", "valid_from", "valid_to"]).to_pylist():
        units.setdefault(each["person"], []).append(each)
    return [_of(held, units.get(row["actor_person"], ()), row) for row in rows]


def _on(assignments: pa.Table, key: Mapping[str, str]) -> pa.Table:
    if "subject" in key:
        return assignments.filter(pc.equal(assignments["subject"], key["subject"]))
    here = pc.and_(
        pc.equal(assignments["system"], key["system"]), pc.equal(assignments["object_id"], key.get("object_id", ""))
    )
    return assignments.filter(here)


def _of(held: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> str:
    """KNOWN: the actor's rows of the staff directory."""
    person = row["actor_person"]
    found = []
    for when in (row["first_utc"], row["last_utc"]):
        now = [each for each in held if _holds(each, when)]
        units = {row["actor_unit"], *(each["unit"] for each in known if _holds(each, when))} - {None}
        own = person is not None and any(each["person"] == person for each in now)
        found.append(OWN if own else UNIT if any(each["unit"] in units for each in now) else NONE)
    first, last = found
    if first == last:
        return first
    return PARTLY if NONE in found else UNIT


def _holds(each: Mapping[str, Any], when: datetime) -> bool:
    return bool(each["valid_from"] <= when and (each["valid_to"] is None or when < each["valid_to"]))
