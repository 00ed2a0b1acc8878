"""Workbenches: what is laid together for an investigation, with pins and notes. Kept as acts, never changed."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from analytics.acts import Act
from analytics.answer import hold_texts
from analytics.caller import Caller
from analytics.installation import Installation
from analytics.record import ADDRESS
from ingest.lake import Lake, engine
from schemas.errors import QuestionError
from schemas.workbench import ACTS, KINDS, WORKBENCH

ENTITIES = tuple(kind for kind in KINDS if kind != "event")
MOST_ENTITIES = 20  # on one workbench: more can't be told apart on a timeline
_LONGEST = {"value": 32_767, "note": 4_000}  # characters; of a value as many as Windows lets a path have
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Note:
    """Something written, by whom and when; EVENT is the event that it is about, None for all."""

    text: str
    noted: datetime
    noted_by: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Workbench:
    """One workbench as it stands: its entities (kind, value) and pins (by event) in the order in which they came."""

    id: str
    title: str
    opened: datetime
    opened_by: str
    last: datetime
    last_by: Mapping[str, datetime]  # of each who did something on it
    entities: tuple[tuple[str, str], ...]
    pins: Mapping[str, Note]
    notes: tuple[Note, ...] = field(default=())


def workbenches(home: Installation) -> list[Workbench]:
    """All there are, the one with the latest act first. Memory: all acts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(home, None):
        found.setdefault(row["workbench"], []).append(row)
    return sorted(
        (_stands(rows) for rows in found.values() if rows[0]["act"] == "opened"),
        key=lambda each: each.last,
        reverse=True,
    )


def workbench(home: Installation, name: str) -> Workbench:
    """The workbench of the id NAME. Errors: QuestionError if there is none."""
    rows = _rows(home, name) if _ID.fullmatch(name) else []
    if not rows:
        raise QuestionError("workbench", "id", "there is no workbench of that id")
    return _stands(rows)


def open_workbench(home: Installation, title: str, *, who: Caller, purpose: str | None = None) -> str:
    """Make one. Shape: its id. Errors: QuestionError without a title, or for a personal number in it."""
    name = secrets.token_hex(8)
    _write(home, name, "opened", note=title, who=who, purpose=purpose)
    return name


def note(
    home: Installation,
    name: str,
    act: str,
    *,
    kind: str | None = None,
    value: str | None = None,
    text: str | None = None,
    who: Caller,
    purpose: str | None = None,
) -> None:
    """Do ACT (schemas.workbench.ACTS) on the workbench NAME: with an entity or event of KIND and VALUE, or a TEXT.

    It is recorded who did it and why. Errors:  QuestionError for what can't be laid, pinned or written there; LakeError
    if it can't be recorded.
    """
    held = workbench(home, name)
    if act not in ACTS or act == "opened":
        raise QuestionError("workbench", "act", f"want one of {', '.join(ACTS)}")
    if act in {"added", "removed"} and kind not in ENTITIES:
        raise QuestionError("workbench", "kind", f"want one of {', '.join(ENTITIES)}")
    if act in {"pinned", "unpinned"} or kind == "event":
        kind = "event"
        if not ADDRESS.fullmatch(value or ""):
            raise QuestionError("workbench", "event_id", "is no event's id")
    if act == "added" and len(held.entities) >= MOST_ENTITIES:
        raise QuestionError("workbench", "value", f"there are {MOST_ENTITIES} already; take one away first")
    if act != "noted" and not (value or "").strip():
        raise QuestionError("workbench", "value", "is empty")
    if act == "noted" and not (text or "").strip():
        raise QuestionError("workbench", "note", "is empty")
    _write(home, name, act, kind=kind, value=value, note=text, who=who, purpose=purpose)


def _write(
    home: Installation,
    name: str,
    act: str,
    *,
    kind: str | None = None,
    value: str | None = None,
    note: str | None = None,
    who: Caller,
    purpose: str | None,
) -> None:
    texts = {"value": (value or "").strip() or None, "note": (note or "").strip() or None}
    if act == "opened" and texts["note"] is None:
        raise QuestionError("workbench", "title", "is empty")
    called = {"note": "title"} if act == "opened" else {}  # the title of one is its first note
    for field_name, text in texts.items():
        most = _LONGEST[field_name]
        if text is not None and len(text) > most:
            raise QuestionError("workbench", called.get(field_name, field_name), f"is longer than {most} characters")
    hold_texts("workbench", {**{called.get(name, name): text for name, text in texts.items()}, "purpose": purpose})
    now = datetime.now(UTC)
    about = {"workbench": name, "step": act} | ({kind: texts["value"]} if kind and texts["value"] else {})
    Act(home=home, who=who, question="workbench", params=about, purpose=purpose).write("noted", now)
    row = {"workbench": name, "noted": now, "noted_by": who.name, "act": act, "kind": kind, **texts}
    table = Lake.open(home.root).table("workbench")
    table.append([table.write(pa.Table.from_pylist([row], WORKBENCH))])


def _rows(home: Installation, name: str | None) -> list[dict[str, Any]]:
    """The acts on one workbench or all, the oldest first."""
    table = Lake.open(home.root).table("workbench")
    which = f"SELECT * FROM {table.scan()} WHERE $name IS NULL OR workbench = $name ORDER BY noted, act, value"
    connection = engine()
    try:
        found: list[dict[str, Any]] = connection.sql(which, params={"name": name}).to_arrow_table().to_pylist()
    finally:
        connection.close()
    return found


def _stands(rows: Sequence[Mapping[str, Any]]) -> Workbench:
    """What the acts ROWS on one workbench come to."""
    entities: dict[tuple[str, str], None] = {}
    pins: dict[str, Note] = {}
    notes: list[Note] = []
    last_by: dict[str, datetime] = {}
    for row in rows:
        last_by[row["noted_by"]] = row["noted"]
        said = Note(row["note"] or "", row["noted"], row["noted_by"], row["value"] if row["kind"] == "event" else None)
        match row["act"]:
            case "added":
                entities.setdefault((row["kind"], row["value"]))
            case "removed":
                entities.pop((row["kind"], row["value"]), None)
            case "pinned":
                pins.setdefault(row["value"], said)
            case "unpinned":
                pins.pop(row["value"], None)
            case "noted":
                notes.append(said)
    first = rows[0]
    return Workbench(
        id=first["workbench"],
        title=first["note"] or "",
        opened=first["noted"],
        opened_by=first["noted_by"],
        last=rows[-1]["noted"],
        last_by=last_by,
        entities=tuple(entities),
        pins=pins,
        notes=tuple(notes),
    )
