"""Workbenches, where people lay together what an investigation is about: rows of an append-only table."""

import pyarrow as pa

from schemas.event import TIMESTAMP, Column

ACTS: dict[str, str] = {
    "opened": "the workbench was made; `note` is its title",
    "added": "an entity was laid on it",
    "removed": "and taken away again",
    "pinned": "an event was pinned",
    "unpinned": "and let go again",
    "noted": "a note was written: about the event in `value`, or without one about all",
}

KINDS: dict[str, str] = {
    "person": "an employee, by the staff directory's id",
    "account": "an account",
    "object": "a thing, by its id or whole path",
    "subject": "a person whom information is about, by token",
    "event": "an event, by its id",
}

WORKBENCH_COLUMNS: tuple[Column, ...] = (
    Column("workbench", pa.string(), "the workbench's id"),
    Column("noted", TIMESTAMP, "when"),
    Column("noted_by", pa.string(), "by whom"),
    Column("act", pa.string(), "schemas.workbench.ACTS"),
    Column("kind", pa.string(), "schemas.workbench.KINDS; NULL = none"),
    Column("value", pa.string(), "the entity's or event's id or token; NULL = none"),
    Column("note", pa.string(), "the title or the note, in words; NULL = none"),
)
WORKBENCH = pa.schema([pa.field(column.name, column.type) for column in WORKBENCH_COLUMNS])
