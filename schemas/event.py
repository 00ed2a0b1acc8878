"""The event: one flat schema, OCSF 1.9 by meaning and readable by name.

Types are those that Delta, Spark and DuckDB share.
"""

from dataclasses import dataclass

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")
CHANGES = pa.list_(pa.struct([("field", pa.string()), ("before", pa.string()), ("after", pa.string())]))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an event row: its name, Arrow type and one line of meaning."""

    name: str
    type: pa.DataType
    meaning: str


COLUMNS: tuple[Column, ...] = (
    # address
    Column("source", pa.string(), "the source (of the settings) that the record came from"),
    Column("shard", pa.string(), "the file, spool stream or partition in which the record was born"),
    Column("position", pa.int64(), "the record's ordinal in its shard, from 0"),
    Column("part", pa.int32(), "which of the record's event rows this is, from 0"),
    Column("source_event_id", pa.string(), "the source's own id of the record"),
    Column("received", TIMESTAMP, "when the record was received"),
    Column("batch", pa.int64(), "the order of commits: rises with each"),
    # time
    Column("time", TIMESTAMP, "when the act took place by the originating system, UTC"),
    Column("time_original", pa.string(), "the time as the record spells it"),
    Column("time_quality", pa.list_(pa.string()), "what was assumed about the time; empty = exact"),
    # who
    Column("actor_account", pa.string(), "the account that did it, as the record spells it"),
    Column("actor_domain", pa.string(), "the domain of a DOMAIN\\user account"),
    Column("actor_person", pa.string(), "the person who held the account then, by the staff directory"),
    Column("actor_kind", pa.string(), "the person's relation to the municipality"),
    Column("actor_unit", pa.string(), "the unit that the record names (its id, if it is known), else the directory's"),
    Column("actor_role", pa.string(), "the role that the record names, else the directory's"),
    Column("session", pa.string(), "the log-on session, as the source names it"),
    Column("on_behalf_of", pa.string(), "the account or person for whom it was done"),
    # did
    Column("action", pa.string(), "what was done: a word of schemas.vocabulary.ACTIONS"),
    Column("outcome", pa.string(), "success, failure or unknown"),
    Column("proves", pa.string(), "content, possible or attempt: what the row proves about content seen"),
    Column("changes", CHANGES, "field, before and after, where the source tells"),
    Column("class_uid", pa.int32(), "OCSF class"),
    Column("activity_id", pa.int32(), "OCSF activity within the class"),
    Column("purpose", pa.string(), "the stated purpose, as the record spells it"),
    # on what
    Column("system", pa.string(), "the IT system"),
    Column("asset", pa.string(), "the information asset, by the asset register"),
    Column("object_type", pa.string(), "what kind of thing: file, mailbox, journal, table …"),
    Column("object_id", pa.string(), "the thing's id in its system"),
    Column("object_path", pa.string(), "the thing's path, address or full name"),
    Column("target_account", pa.string(), "the account that it was done to"),
    Column("target_group", pa.string(), "the group or role that it was done to, or that was given"),
    Column("subject", pa.string(), "token of the person whom the information is about"),
    # from where
    Column("src_ip", pa.string(), "the address that it was done from"),
    Column("src_port", pa.int32(), "the port that it was done from"),
    Column("src_host", pa.string(), "the name of the machine that it was done from"),
    Column("user_agent", pa.string(), "the program that the actor used, as it names itself"),
    Column("device", pa.string(), "the actor's device id, as the source names it"),
    # worth
    Column("k", pa.int32(), "KLASSA konfidentialitet of the asset at the event's time, 0-3"),
    Column("r", pa.int32(), "KLASSA riktighet, 0-3"),
    Column("t", pa.int32(), "KLASSA tillgänglighet, 0-3"),
    Column("s", pa.int32(), "spårbarhet, 0-3, an addition of some municipalities"),
    Column("controller", pa.string(), "the nämnd or company that is personuppgiftsansvarig"),
    # made with
    Column("rules_version", pa.string(), "versions of mapping, register and people that made the row"),
    # rest
    Column(
        "details", pa.string(), "JSON text: every field of the source under its own name; personal numbers are tokens"
    ),
)

EVENT = pa.schema([pa.field(column.name, column.type) for column in COLUMNS])

# What a mapping may give; the rest is the pipeline's own.
PIPELINE_COLUMNS = frozenset(
    {"source", "shard", "received", "batch", "actor_person", "actor_kind", "system", "asset", "k", "r", "t", "s"}
    | {"controller", "rules_version"}
)
MAPPED = pa.schema([field for field in EVENT if field.name not in PIPELINE_COLUMNS])

# One table holds events, rejects, repeats and gaps, so that each commit tells the whole story of its records.
NORMALISED = pa.schema(
    [
        pa.field("kind", pa.string()),  # schemas.vocabulary.KINDS
        *EVENT,
        pa.field("reason", pa.string()),  # reject: `field: reason`; repeat: the first event's id; gap: its cause
        pa.field("length", pa.int64()),  # gap: how many addresses; empty = unknown
    ]
)


def sql_type(kind: pa.DataType) -> str:
    """DuckDB's name of an Arrow type that a lake column may have."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f'"{field.name}" {sql_type(field.type)}' for field in kind) + ")"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    if pa.types.is_date(kind):
        return "DATE"
    return {
        pa.string(): "VARCHAR",
        pa.int32(): "INTEGER",
        pa.int64(): "BIGINT",
        pa.bool_(): "BOOLEAN",
        pa.binary(): "BLOB",
    }[kind]
