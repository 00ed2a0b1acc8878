"""Records to event rows: decode, run the mapping, place times, tokenise, join what is known; all in one statement."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest import identity
from ingest.decoders import DECODERS, Framing
from ingest.knowledge import Knowledge
from schemas.errors import MappingError
from schemas.event import MAPPED, NORMALISED, sql_type
from schemas.source import Source
from schemas.sqlfile import SqlFile
from schemas.vocabulary import ACTIONS, OCSF_ACTIVITIES, OUTCOMES, PROVES, TIME_QUALITIES

# All else that a mapping may use of a record's surroundings; kept as the record's context, so that it can be run again.
CONTEXT = pa.struct(
    [
        ("header", pa.string()),  # CSV header or W3C #Fields in force
        ("path", pa.string()),  # of the file, or NULL
        ("mtime", pa.timestamp("us", tz="UTC")),  # of the file when it was opened
        ("sender", pa.string()),  # address or certificate name of who sent it
        ("key", pa.string()),  # of the Kafka message
        ("headers", pa.string()),  # of the Kafka message, JSON
        ("decoder", pa.string()),
        ("encoding", pa.string()),
    ]
)

CONTEXTS = pa.schema([*CONTEXT, pa.field("context", pa.int32())])

# What `normalise` takes: records with their addresses, as evidence keeps them.
ADDRESSED = pa.schema(
    [
        ("shard", pa.string()),
        ("position", pa.int64()),
        ("received", pa.timestamp("us", tz="UTC")),
        ("record", pa.binary()),
        ("broken", pa.string()),
        ("context", pa.int32()),  # which of the batch's contexts
    ]
)

NOTHING = Knowledge()  # no register, no people, no key
_EXTRA = {"local_time": "TIMESTAMP", "reject": "VARCHAR", "subject_issuer": "VARCHAR"}
_JOINED = frozenset({"actor_person", "actor_kind", "asset", "k", "r", "t", "s", "controller"})
_WORDS = {"action": ACTIONS, "outcome": OUTCOMES, "proves": PROVES}


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings that a batch of records shares (the Arrow type CONTEXT)."""

    header: str | None = None
    path: str | None = None
    mtime: datetime | None = None
    sender: str | None = None
    key: str | None = None
    headers: str | None = None
    decoder: str = "lines"
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Rules:
    """What turns a source's records into rows: mapping, source, and the SQL that enriches a mapped row.

    `reference` overrides the reference time of year-less records.
    """

    source: Source
    mapping: SqlFile
    reference: datetime | None = None
    version: str = ""
    knowledge: Knowledge = NOTHING

    @property
    def made_with(self) -> str:
        """What an event carries as `rules_version`: mapping, register and people."""
        if self.version:
            return self.version
        mapping = hashlib.sha256(self.mapping.sql.encode()).hexdigest()[:8]
        return f"{self.mapping.name}={mapping} {self.knowledge.version}".strip()


def normalise(
    connection: duckdb.DuckDBPyConnection, records: pa.Table, contexts: Sequence[Context], rules: Rules
) -> pa.Table:
    """Turn records into event rows (one for each thing touched) and rejects; each record is in exactly one of them.

    Shape:   RECORDS of ADDRESSED in, NORMALISED out, ordered by shard, position and part; `batch` is NULL. CONTEXTS
             share decoder, encoding and header.
    Errors:  MappingError if the mapping itself is wrong (a column of another type, a word outside the vocabulary, a
             record lost or both): the run stops, since that is our fault and not the record's.
    """
    rules.knowledge.prepare(connection)
    opened = _opened(connection, records, contexts[0], rules)
    connection.register("opened", opened)
    connection.register("contexts", _contexts(contexts))
    try:
        raw = _relation(connection, _statement(connection, rules), rules)
    except duckdb.Error as error:
        raise MappingError(f"{rules.mapping.name}: {_reason(error)}") from error
    finally:
        connection.unregister("opened")
        connection.unregister("contexts")
    rows = raw if rules.knowledge.key is None else identity.scrub(connection, raw)
    broken = opened.filter(pc.is_valid(opened["broken"]))
    if len(broken):
        rows = pa.concat_tables([rows, _rejects(broken, rules)]).sort_by(
            [("shard", "ascending"), ("position", "ascending"), ("part", "ascending")]
        )
    _hold(rows, records, rules)
    return rows


def _contexts(contexts: Sequence[Context]) -> pa.Table:
    return pa.Table.from_pylist([{**asdict(each), "context": index} for index, each in enumerate(contexts)], CONTEXTS)


def _opened(connection: duckdb.DuckDBPyConnection, records: pa.Table, context: Context, rules: Rules) -> pa.Table:
    """RECORDS with text, fields and reasons of the decoder's second step; what the first step found broken stays so."""
    decoder = DECODERS[context.decoder]
    framing = Framing.of(f"sources.{rules.source.name}", {**rules.source.framing, "encoding": context.encoding})
    text = decoder.open(records.select(["record"]), context.header, framing)
    broken = pc.coalesce(records["broken"], text["broken"])
    opened = records.select(["shard", "position", "received", "context"])
    # A mapping sees one number for a record; shards are the pipeline's business.
    opened = opened.append_column("row", pa.array(range(len(records)), pa.int64()))
    opened = opened.append_column("record", text["record"]).append_column("fields", text["fields"])
    if decoder.broken != "NULL":
        found = connection.sql(f"SELECT {decoder.broken} AS broken FROM opened").to_arrow_table()["broken"]
        broken = pc.coalesce(broken, found)
    return opened.append_column("broken", broken)


def _statement(connection: duckdb.DuckDBPyConnection, rules: Rules) -> str:
    """The one SELECT from `opened` to NORMALISED, in steps that read from top to bottom."""
    mapped = _mapped_columns(connection, rules)

    def column(name: str) -> str:
        return f'm."{name}"' if name in mapped else f"NULL::{sql_type(MAPPED.field(name).type)}"

    received = column("time_original") + " IS NULL" if "time_original" in mapped else "true"
    local = "m.local_time" if "local_time" in mapped else "NULL::TIMESTAMP"
    reject = "m.reject" if "reject" in mapped else "NULL::VARCHAR"
    zone = _literal(rules.source.zone)
    classes = column("class_uid")
    given: dict[str, str] = {
        "kind": "CASE WHEN reason IS NULL THEN 'event' ELSE 'reject' END",
        "source": _literal(rules.source.name),
        "system": _literal(rules.source.system),
        "rules_version": _literal(rules.made_with),
    }
    known = rules.knowledge.enrichment(rules.source.system, mapped)
    events = {name: given.get(name, known.columns.get(name, name)) for name in NORMALISED.names}
    taken = {"position", "part", "time", "activity_id", "time_quality"}
    plain = ", ".join(f"{column(name)} AS {name}" for name in MAPPED.names if name not in taken)
    final = ", ".join(
        f"CAST({expression} AS {sql_type(NORMALISED.field(name).type)}) AS {name}"
        for name, expression in _final(events, known.columns).items()
    )
    return f"""
WITH raw AS (
  SELECT o.row AS position, o.record, o.fields::JSON AS fields, c AS context, o.received,
         {_reference(rules, zone)} AS reference
  FROM opened AS o JOIN contexts AS c ON o.context = c.context WHERE o.broken IS NULL),
mapped AS (
{rules.mapping.sql.strip().rstrip(";")}
),
placed AS (
  SELECT m.position AS row, {"m.part" if "part" in mapped else "0"} AS part,
         {plain},
         {column("time")} AS given_time, {local} AS local_time, {reject} AS given_reject,
         {column("time_quality")} AS given_quality,
         {column("activity_id")} AS given_activity, {classes} AS given_class,
         {"m.subject_issuer" if "subject_issuer" in mapped else "NULL::VARCHAR"} AS subject_issuer,
         ({received} AND {column("time")} IS NULL AND {local} IS NULL) AS timeless
  FROM mapped AS m),
timed AS (
  SELECT p.*, r.shard, r.position, r.received,
         coalesce(given_time, local_instant(local_time, {zone}), CASE WHEN timeless THEN r.received END) AS time,
         list_concat(given_quality,
                     CASE WHEN given_time IS NULL AND local_time IS NOT NULL THEN local_quality(local_time, {zone})
                          WHEN timeless THEN ['received'] END) AS time_quality
  FROM placed AS p JOIN opened AS r USING (row)),
judged AS (
  SELECT *, coalesce(given_reject,
                     CASE WHEN time IS NULL AND local_time IS NOT NULL
                          THEN 'time: no offset in the record, and the source declares no zone'
                          WHEN time IS NULL THEN 'time: not a time'
                          WHEN NOT isfinite(time) OR time < TIMESTAMPTZ '1601-01-01'
                            OR time >= TIMESTAMPTZ '10000-01-01' THEN 'time: outside the years 1601 to 9999'
                     END) AS reason,
         {_activity()} AS activity_id
  FROM timed),{known.steps}
SELECT {final}
FROM known AS e{known.joins} ORDER BY row, part"""


def _final(events: dict[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The expression of each column: a reject keeps its address and reason and nothing that the mapping guessed."""
    kept = {"kind", "source", "shard", "position", "received", "system", "rules_version", "reason"}
    final = {}
    for name, expression in events.items():
        if name in {"batch", "length"} or (name in _JOINED and name not in known):
            final[name] = "NULL"
        elif name == "part":
            final[name] = "CASE WHEN reason IS NULL THEN part ELSE 0 END"
        elif name in kept:
            final[name] = expression
        else:
            final[name] = f"CASE WHEN reason IS NULL THEN {expression} END"
    return final


def _relation(connection: duckdb.DuckDBPyConnection, sql: str, rules: Rules) -> pa.Table:
    return connection.sql(sql, params=_params(rules)).to_arrow_table().cast(NORMALISED)


def _params(rules: Rules) -> dict[str, Any]:
    """The mapping's parameters: the source's, else the declared defaults; only those that the SQL names."""
    declared = {param.name: param.default for param in rules.mapping.params}
    for name in rules.source.params:
        if name not in declared:
            there = ", ".join(declared) or "none"
            raise MappingError(f"{rules.source.name}: {rules.mapping.name} has no parameter {name}; it has {there}")
    for param in rules.mapping.params:
        if param.required and param.name not in rules.source.params:
            raise MappingError(f"{rules.source.name}: {rules.mapping.name} needs the parameter {param.name}")
    values = {**declared, **rules.source.params}
    return {name: value for name, value in values.items() if re.search(rf"\${name}\b", rules.mapping.sql)}


def _mapped_columns(connection: duckdb.DuckDBPyConnection, rules: Rules) -> frozenset[str]:
    """The columns that the mapping gives.

    Errors:  MappingError for one that an event doesn't have, or none of position.
    """
    sql = f"""DESCRIBE WITH raw AS (
      SELECT o.row AS position, o.record, o.fields::JSON AS fields, c AS context, o.received,
        NULL::TIMESTAMP AS reference
      FROM opened AS o JOIN contexts AS c ON o.context = c.context) {_in_cte(rules.mapping.sql)}"""
    names = connection.execute(sql, _params(rules)).fetchall()
    found = frozenset(row[0] for row in names)
    unknown = found - set(MAPPED.names) - set(_EXTRA)
    if unknown or "position" not in found or "action" not in found:
        gives = ", ".join(sorted(unknown)) or "no position or action"
        raise MappingError(f"{rules.mapping.name}: gives {gives}, want columns of an event")
    return found


def _in_cte(sql: str) -> str:
    return f", mapped AS ({sql.strip().rstrip(';')}) SELECT * FROM mapped"


def _reference(rules: Rules, zone: str) -> str:
    """The wall clock, in the source's zone, that year-less times are placed by."""
    instant = f"{_literal(rules.reference)}::TIMESTAMPTZ" if rules.reference else "coalesce(c.mtime, o.received)"
    return f"wall_clock({instant}, {zone})"


def _activity() -> str:
    """OCSF's activity, unless the mapping says it: by class and action."""
    pairs = ", ".join(
        f"'{class_uid}/{action}': {activity}"
        for class_uid, actions in OCSF_ACTIVITIES.items()
        for action, activity in actions.items()
    )
    return f"""coalesce(given_activity, MAP {{{pairs}}}[given_class || '/' || action],
                  CASE WHEN given_class IS NOT NULL THEN 99 END)"""


def _rejects(broken: pa.Table, rules: Rules) -> pa.Table:
    """Rows for records that the decoder could not give to the mapping."""
    count = len(broken)
    known = {
        "kind": pa.array(["reject"] * count),
        "source": pa.array([rules.source.name] * count),
        "system": pa.array([rules.source.system] * count),
        "rules_version": pa.array([rules.made_with] * count),
        "part": pa.array([0] * count, pa.int32()),
        "shard": broken["shard"],
        "position": broken["position"],
        "received": broken["received"],
        "reason": broken["broken"],
    }
    return pa.Table.from_arrays(
        [known.get(field.name, pa.nulls(count, field.type)) for field in NORMALISED], schema=NORMALISED
    )


def _hold(rows: pa.Table, records: pa.Table, rules: Rules) -> None:
    """The invariants of a batch. Errors: MappingError."""
    name = rules.mapping.name
    if not len(rows):
        if len(records):
            raise MappingError(f"{name}: {len(records)} records gave no row")
        return
    per_record = rows.group_by(["shard", "position"]).aggregate([("kind", "count_distinct"), ("position", "count")])
    if len(per_record) != len(records):
        raise MappingError(
            f"{name}: {len(records)} records in, {len(per_record)} out; each must give events or one reject"
        )
    if pc.max(per_record["kind_count_distinct"]).as_py() > 1:
        raise MappingError(f"{name}: a record is both event and reject")
    events = pc.equal(rows["kind"], "event")
    for column, words in _WORDS.items():
        _hold_words(name, column, pc.unique(rows[column].filter(events)).to_pylist(), words)
    _hold_words(name, "time_quality", pc.unique(pc.list_flatten(rows["time_quality"])).to_pylist(), TIME_QUALITIES)


def _hold_words(name: str, column: str, found: Iterable[str | None], words: dict[str, str]) -> None:
    for word in found:
        if word not in words:
            raise MappingError(f"{name}: {column} holds {word!r}; there are {', '.join(words)}")


def _literal(value: str | datetime | None) -> str:
    if value is None:
        return "NULL"
    text = value.isoformat() if isinstance(value, datetime) else value
    return "'" + text.replace("'", "''") + "'"


def _reason(error: duckdb.Error) -> str:
    """DuckDB's message. What failed while it ran is named by its kind alone: the rest may quote values."""
    first = str(error).splitlines()[0]
    wrong_sql = isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException)
    return first if wrong_sql else first.split(":", 1)[0]
