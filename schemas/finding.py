"""Findings, the runs that made them, and what people decided about them: rows of the lake's append-only tables."""

import pyarrow as pa

from schemas.event import TIMESTAMP, Column
from schemas.tables import LIST, Table

SEVERITIES: dict[str, str] = {
    "low": "worth a look when there is time",
    "medium": "to be explained by the nearest manager",
    "high": "probably without right",
    "critical": "harm is likely, or going on: at once",
}

VERDICTS: dict[str, str] = {
    "justified": "the access was within duty",
    "unjustified": "the access was without right",
    "unclear": "what there is doesn't tell",
}

STATES: dict[str, str] = {
    "found": "it rests on what the lake holds",
    "changed": "events that it rests on have been computed again since, and no longer give it",
}

# A finding grows: each version is a row, and the one of the latest run is in force.
FINDING_COLUMNS: tuple[Column, ...] = (
    Column("finding", pa.string(), "the finding's id: hash of detection, group and the month of its first evidence"),
    Column("run", pa.int64(), "the run that wrote this version"),
    Column("found", TIMESTAMP, "when the first version was written"),
    Column("state", pa.string(), "schemas.finding.STATES"),
    Column("detection", pa.string(), "the detection's name; sigma:ID for a Sigma rule"),
    Column("severity", pa.string(), "schemas.finding.SEVERITIES, raised or lowered by the level"),
    Column("group_key", pa.string(), "the values that make the group, as the exceptions name it"),
    Column("month", pa.string(), "the calendar month (UTC) of the first evidence: 2026-03"),
    Column("actor_account", pa.string(), "the account that did it; NULL = several, or none"),
    Column("actor_person", pa.string(), "the person who held it"),
    Column("actor_unit", pa.string(), "the unit of the last evidence"),
    Column("about", pa.string(), "token of the person whom it is about; NULL = several, or none"),
    Column("system", pa.string(), "the IT system; NULL = several"),
    Column("asset", pa.string(), "the information asset of the highest level"),
    Column("controller", pa.string(), "the nämnd or company of that asset"),
    Column("k", pa.int32(), "the highest konfidentialitet among the evidence"),
    Column("r", pa.int32(), "the highest riktighet"),
    Column("t", pa.int32(), "the highest tillgänglighet"),
    Column("first", TIMESTAMP, "the time of the first evidence"),
    Column("last", TIMESTAMP, "the time of the last"),
    Column("events", pa.int64(), "how many events it rests on"),
    Column("explained", pa.int64(), "how many of them duty explains"),
    Column("evidence", LIST, "the events' ids, sorted"),
    Column("facts", pa.string(), "JSON text: the other columns of the detection's row"),
    Column("risk", pa.int32(), "0-1000: rarity x what the classification says of the harm"),
)
FINDING = pa.schema([pa.field(column.name, column.type) for column in FINDING_COLUMNS])

RUN_COLUMNS: tuple[Column, ...] = (
    Column("run", pa.int64(), "ordinal, from 1"),
    Column("started", TIMESTAMP, "when it began"),
    Column("seconds", pa.int64(), "how long it took"),
    Column("from_batch", pa.int64(), "the batches after this one were looked at"),
    Column("to_batch", pa.int64(), "up to and with this one"),
    Column("first", TIMESTAMP, "the time of the first event looked at; NULL = there was none"),
    Column("last", TIMESTAMP, "and of the last"),
    Column("events", pa.int64(), "how many events were new"),
    Column("accesses", pa.int64(), "how many of them touch information that needs an explanation"),
    Column("explained", pa.int64(), "and how many of those duty explains"),
    Column("findings", pa.int64(), "findings written: new ones, and those that grew or changed"),
    Column("rested", LIST, "detections that did not run, and why: `name: reason`"),
)
RUN = pa.schema([pa.field(column.name, column.type) for column in RUN_COLUMNS])

DECISION_COLUMNS: tuple[Column, ...] = (
    Column("finding", pa.string(), "the finding's id"),
    Column("decided", TIMESTAMP, "when"),
    Column("decided_by", pa.string(), "by whom"),
    Column("verdict", pa.string(), "schemas.finding.VERDICTS"),
    Column("reason", pa.string(), "why, in words"),
)
DECISION = pa.schema([pa.field(column.name, column.type) for column in DECISION_COLUMNS])

SHARE_COLUMNS: tuple[Column, ...] = (
    Column("run", pa.int64(), "the run that judged the accesses"),
    Column("month", pa.string(), "the calendar month (UTC) of the accesses: 2026-03"),
    Column("unit", pa.string(), "the unit that the event names, else the directory's; NULL = none"),
    Column("system", pa.string(), "the IT system"),
    Column("k", pa.int32(), "konfidentialitet at the event's time; NULL = not classified"),
    Column("explanation", pa.string(), "one explanation; NULL = any of them"),
    Column("accesses", pa.int64(), "those that need an explanation; NULL in the row of one explanation"),
    Column("explained", pa.int64(), "those that have it"),
)
SHARE = pa.schema([pa.field(column.name, column.type) for column in SHARE_COLUMNS])

DETECTION_COLUMNS: tuple[Column, ...] = (
    Column("detection", pa.string(), "the detection's name"),
    Column("area", pa.string(), "what it looks at"),
    Column("severity", pa.string(), "schemas.finding.SEVERITIES"),
    Column("finds", pa.string(), "what it finds, in English"),
    Column("sv", pa.string(), "what it finds, in Swedish"),
    Column("technique", pa.string(), "an ATT&CK technique that it is a sign of; NULL = none"),
    Column("tactic", pa.string(), "the tactic under which that technique is counted"),
)

# As relations: of a finding its version in force, of its decisions the last.
RELATIONS: dict[str, Table] = {
    table.name: table
    for table in (
        Table("findings", "one finding, as it stands", FINDING_COLUMNS, required=("finding",), dated=False),
        Table("decisions", "the last decision of one finding", DECISION_COLUMNS, required=("finding",), dated=False),
        Table("runs", "one run of the detections", RUN_COLUMNS, required=("run",), dated=False),
        Table(
            "detections",
            "one technique of one detection, or one without",
            DETECTION_COLUMNS,
            ("detection",),
            dated=False,
        ),
        Table("shares", "what one run judged of a month, unit, system and level", SHARE_COLUMNS, ("run",), dated=False),
    )
}
