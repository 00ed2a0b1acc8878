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

# Why a detection did not run; `rests.WORD` of schemas/terms.toml tells it.
RESTS: dict[str, str] = {
    "no_decision": "the decision that it needs is not recorded (settings: detection.relations_decision)"
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

# By when a finding is to be looked at: the alerts and reviews of the policy by level (docs/detection.md).
HANDLINGS: dict[str, str] = {
    "at_once": "told as it is found",
    "daily": "in the day's summary",
    "monthly": "in the month's sample of the unit",
    "quarterly": "in the quarter's sample of the unit",
    "yearly": "in the year's sample",
    "none": "no review is due",
}

# What is said of a finding as it is read, beside what a run wrote (analytics/detect/listed.sql).
LISTED_COLUMNS: tuple[Column, ...] = (
    Column(
        "found_risk", pa.int32(), "the risk as the run wrote it; `risk` is that, moved by what was decided of its like"
    ),
    Column("like_justified", pa.int64(), "other findings of the detection that were decided to be justified"),
    Column("like_unjustified", pa.int64(), "and unjustified"),
    Column("same_justified", pa.int64(), "those of like_justified that are of the same group"),
    Column("same_unjustified", pa.int64(), "those of like_unjustified that are"),
    Column("handling", pa.string(), "schemas.finding.HANDLINGS"),
    Column("techniques", LIST, "the ATT&CK techniques that it is a sign of"),
    Column("tactics", LIST, "the tactics under which it is counted"),
)

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
    Column("rested", LIST, "detections that did not run, and why: `name: word`, a word of RESTS"),
    Column(
        "context_faults",
        LIST,
        "what was wrong with the tables that it judged by: `state: table: column: reason: number`",
    ),
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

STAFF_COLUMNS: tuple[Column, ...] = (
    Column("month", pa.string(), "a calendar month (UTC) of findings or shares: 2026-03"),
    Column("unit", pa.string(), "a unit; NULL = the whole municipality, also those who belong to no unit"),
    Column(
        "staff", pa.int64(), "its employees in that month; without a directory the accounts that took part of anything"
    ),
)

# As relations: of a finding its version in force, of its decisions the last.
RELATIONS: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "findings",
            "one finding, as it stands",
            FINDING_COLUMNS + LISTED_COLUMNS,
            required=("finding",),
            dated=False,
        ),
        Table("decisions", "the last decision of one finding", DECISION_COLUMNS, required=("finding",), dated=False),
        Table("runs", "one run of the detections", RUN_COLUMNS, required=("run",), dated=False),
        Table("staff", "how many employees a unit had in a month", STAFF_COLUMNS, ("month",), dated=False),
        Table("shares", "what one run judged of a month, unit, system and level", SHARE_COLUMNS, ("run",), dated=False),
    )
}
