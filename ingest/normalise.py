"""Records to event rows: decode, run the mapping, place times, tokenise, join what is known; all in one statement."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import identity
from ingest.decoders import DECODERS, Decoder, Framing, codeunits, frame
from ingest.knowledge import Knowledge
from ingest.plans import Slot, run, slot
from schemas.errors import MappingError
from schemas.event import MAPPED, NORMALISED, sql_type
from schemas.objectpath import expression
from schemas.source import Source
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal
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
# What the statement reads: one number for a record, since shards are the pipeline's business.
_OPENED = pa.schema(
    [
        ("row", pa.int64()),
        ("received", pa.timestamp("us", tz="UTC")),
        ("context", pa.int32()),
        ("record", pa.string()),
        ("fields", pa.string()),
        ("broken", pa.string()),
    ]
)
_BOUNDED = "CASE WHEN year(local_time) BETWEEN 1601 AND 9999 THEN local_time END"
_EXTRA = {"local_time": "TIMESTAMP", "reject": "VARCHAR", "subject_issuer": "VARCHAR"}
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
    cut: bool = False  # what ends here is an export that holds as many records as its system gives
    lost: str | None = None  # why records before the first of these never came, and can't any more

    @property
    def text(self) -> str:
        """As it is kept and travels: JSON, of what is so."""
        fields = {name: value for name, value in asdict(self).items() if value is not None and value is not False}
        return json.dumps(fields, default=lambda value: value.isoformat(), sort_keys=True, ensure_ascii=False)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Of the FIELDS that `text` names. Errors: ValueError for what it never names."""
        mtime = fields.get("mtime", "")
        if not isinstance(mtime, str) or not fields.keys() <= set(cls.__slots__):
            raise ValueError("context")
        if mtime:
            fields = {**fields, "mtime": datetime.fromisoformat(mtime)}
        kinds = {"mtime": datetime, "cut": bool}
        if any(type(value) is not kinds.get(name, str) for name, value in fields.items()):
            raise ValueError("context")
        return cls(**fields)


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

    Shape:   RECORDS of ADDRESSED in, NORMALISED out, ordered as RECORDS and by part; `batch` is NULL. CONTEXTS share
             decoder, encoding and header.
    Errors:  MappingError if the mapping itself is wrong (a column of another type, a word outside the vocabulary, a
             record lost or both): the run stops, since that is our fault and not the record's.
    """
    rules.knowledge.prepare(connection)
    if not len(records):
        return NORMALISED.empty_table()
    return pa.concat_tables([_normalise(connection, piece, contexts, rules) for piece in pieces(records)])


_PIECE_RECORDS = 32_768
_PIECE_BYTES = 32 << 20


def pieces(records: pa.Table) -> Iterable[pa.Table]:
    """RECORDS by so many as the statement takes best: to make it ready costs as much as 1,000 of them do."""
    upto = np.cumsum(pc.fill_null(pc.binary_length(records["record"]), 0).to_numpy().astype(np.int64))
    place = np.arange(len(records)) // _PIECE_RECORDS + upto // _PIECE_BYTES
    for start, stop in pairwise([0, *(np.flatnonzero(np.diff(place)) + 1).tolist(), len(records)]):
        yield records.slice(start, stop - start)


def _normalise(
    connection: duckdb.DuckDBPyConnection,
    records: pa.Table,
    contexts: Sequence[Context],
    rules: Rules,
    *,
    check: bool = False,
) -> pa.Table:
    opened, surroundings = slot(connection, "opened", _OPENED), slot(connection, "contexts", CONTEXTS)
    found: pa.Table | None = None
    again: list[pa.Table] = []
    try:
        broken, checked = _open(connection, opened, records, contexts[0], rules, check=check)
        surroundings.table = _contexts(contexts)
        found = run(connection, _key(rules), lambda: _statement(connection, rules))
    except duckdb.OutOfMemoryException as error:
        if len(records) == 1:
            raise MappingError(f"{rules.mapping.name}: {_reason(error)}") from error
        # Records may name hundreds of things, and become as many rows.
        again = [records.slice(0, len(records) // 2), records.slice(len(records) // 2)]
    except duckdb.InvalidInputException as error:
        if checked:
            raise MappingError(f"{rules.mapping.name}: {_reason(error)}") from error
        check, again = True, [records]
    except duckdb.Error as error:
        raise MappingError(f"{rules.mapping.name}: {_reason(error)}") from error
    finally:
        opened.clear()
        surroundings.clear()
    if found is None:
        return pa.concat_tables([_normalise(connection, each, contexts, rules, check=check) for each in again])
    rows = _rows(_in_order(found), broken, records, rules)
    _hold_words(rules.mapping.name, rows)
    return rows if rules.knowledge.key is None else identity.scrub(connection, rows)


def _key(rules: Rules) -> tuple[str, ...]:
    """What the statement of RULES is made of."""
    source = rules.source
    return (
        "normalise",
        rules.mapping.sql,
        source.system,
        str(source.zone),
        repr(_params(rules)),
        repr(source.objects),
        str(rules.reference),
    )


def _contexts(contexts: Sequence[Context]) -> pa.Table:
    return pa.Table.from_pylist([{**asdict(each), "context": index} for index, each in enumerate(contexts)], CONTEXTS)


def _open(
    connection: duckdb.DuckDBPyConnection,
    opened: Slot,
    records: pa.Table,
    context: Context,
    rules: Rules,
    *,
    check: bool,
) -> tuple[pa.ChunkedArray, bool]:
    """Put RECORDS into OPENED with the decoder's second step: text and fields.

    Shape:   why each is broken, or NULL; and whether the decoder's own expression has said so. A strict mapping fails
             over a record that it would find, so without CHECK it is spared a second parse of each.
    """
    decoder = DECODERS[context.decoder]
    text = _text(decoder, records.select(["record"]), context, rules.source)
    columns = {
        "row": pa.array(np.arange(len(records))),
        "received": records["received"],
        "context": records["context"],
        "record": text["record"],
        "fields": text["fields"],
        "broken": pc.coalesce(records["broken"], text["broken"]),
    }
    opened.table = pa.table(columns).cast(_OPENED)
    strict = "strict" in rules.mapping.header and pc.all(pc.starts_with(text["record"], "{")).as_py()
    check = check or not strict
    if check and decoder.broken != "NULL":
        sql = f"SELECT coalesce(broken, {decoder.broken}) AS broken FROM opened"
        found = run(connection, ("open", context.decoder), lambda: sql)
        opened.table = opened.table.set_column(5, _OPENED.field("broken"), found["broken"])
    return opened.table["broken"], check


def _text(decoder: Decoder, records: pa.Table, context: Context, source: Source) -> pa.Table:
    """RECORDS opened (OPENED) in the encoding that they were read in; what isn't text in it, in the one declared now.

    So a wrong encoding in the settings can be mended afterwards, and one that a vendor changed spoils no older record.
    """
    place, now = f"sources.{source.name}", source.framing.get("encoding")
    text = decoder.open(records, context.header, Framing.of(place, {**source.framing, "encoding": context.encoding}))
    if not now or now == context.encoding or codeunits.width(now) != codeunits.width(context.encoding):
        return text
    header = frame.header_again(context.header, now)
    again = pc.indices_nonzero(pc.is_valid(text["broken"])) if header == context.header else pa.array(range(len(text)))
    if not len(again):
        return text
    mended = decoder.open(records.take(again), header, Framing.of(place, {**source.framing, "encoding": now}))
    order = np.arange(len(text))
    order[again.to_numpy()] = len(text) + np.arange(len(again))
    return pa.concat_tables([text, mended]).take(pa.array(order))


def _statement(connection: duckdb.DuckDBPyConnection, rules: Rules) -> str:
    """The one SELECT from `opened` to the columns that records decide, in steps that read from top to bottom."""
    mapped, named = _named(_mapped_columns(connection, rules), rules)

    def column(name: str) -> str:
        return f'm."{name}"' if name in mapped else f"NULL::{sql_type(MAPPED.field(name).type)}"

    received = column("time_original") + " IS NULL" if "time_original" in mapped else "true"
    local = "m.local_time" if "local_time" in mapped else "NULL::TIMESTAMP"
    reject = "m.reject" if "reject" in mapped else "NULL::VARCHAR"
    zone = literal(rules.source.zone)
    known = rules.knowledge.enrichment(rules.source.system, mapped)
    taken = {"position", "part", "time", "activity_id", "time_quality"}
    plain = "".join(f", {column(name)} AS {name}" for name in MAPPED.names if name not in taken)
    given = {name: name for name in MAPPED.names if name in mapped | taken} | known.columns
    del given["position"]
    final = ", ".join(
        f"CAST({expression} AS {sql_type(NORMALISED.field(name).type)}) AS {name}" for name, expression in given.items()
    )
    return f"""
WITH raw AS (
  SELECT o.row AS position, o.record, o.fields::JSON AS fields, c AS context, o.received,
         {_reference(rules, zone)} AS reference
  FROM opened AS o JOIN contexts AS c ON o.context = c.context WHERE o.broken IS NULL),
mapped AS (
{named}
),
placed AS (
  SELECT m.position AS row, {"m.part" if "part" in mapped else "0"} AS part{plain},
         {column("time")} AS given_time, {local} AS local_time, {reject} AS given_reject,
         {column("time_quality")} AS given_quality,
         {column("activity_id")} AS given_activity, {column("class_uid")} AS given_class,
         {"m.subject_issuer" if "subject_issuer" in mapped else "NULL::VARCHAR"} AS subject_issuer,
         ({received} AND {column("time")} IS NULL AND {local} IS NULL) AS timeless
  FROM mapped AS m),
timed AS (
  -- Years beyond these the calendar library can't place: they would end the run.
  SELECT p.*, coalesce(given_time, local_instant({_BOUNDED}, {zone}), CASE WHEN timeless THEN r.received END) AS time,
         list_concat(given_quality,
                     CASE WHEN given_time IS NULL AND local_time IS NOT NULL THEN local_quality({_BOUNDED}, {zone})
                          WHEN timeless THEN ['received'] END) AS time_quality
  FROM placed AS p JOIN (SELECT row, received FROM opened) AS r USING (row)),
judged AS (
  SELECT *, coalesce(given_reject,
                     CASE WHEN time IS NULL AND local_time IS NOT NULL AND {_BOUNDED} IS NULL
                          THEN 'time: outside the years 1601 to 9999'
                          WHEN time IS NULL AND local_time IS NOT NULL
                          THEN 'time: no offset in the record, and the source declares no zone'
                          WHEN time IS NULL THEN 'time: not a time'
                          WHEN NOT isfinite(time) OR time < TIMESTAMPTZ '1601-01-01'
                            OR time >= TIMESTAMPTZ '10000-01-01' THEN 'time: outside the years 1601 to 9999'
                     END) AS reason,
         {_activity()} AS activity_id
  FROM timed),{known.steps}
SELECT row, reason, {final}
FROM known AS e{known.joins}"""


def _in_order(found: pa.Table) -> pa.Table:
    """FOUND by row and part. It mostly comes so; cores may hand in their pieces in any order, a join any rows."""
    row, part = found["row"].to_numpy(), found["part"].to_numpy()
    breaks = _breaks(row, part)
    if 0 < len(breaks) <= _SHUFFLED:
        pieces = sorted(pairwise([0, *breaks.tolist(), len(row)]), key=lambda piece: int(row[piece[0]]))
        found = pa.concat_tables([found.slice(start, stop - start) for start, stop in pieces])
        row, part = found["row"].to_numpy(), found["part"].to_numpy()
        breaks = _breaks(row, part)
    return found.take(pa.array(np.lexsort((part, row)))) if len(breaks) else found


def _breaks(row: np.ndarray, part: np.ndarray) -> np.ndarray:
    step = np.diff(row)
    return np.flatnonzero((step < 0) | ((step == 0) & (np.diff(part) < 0))) + 1


_SHUFFLED = 1000  # more breaks than cores' own pieces make


def _rows(found: pa.Table, broken: pa.ChunkedArray, records: pa.Table, rules: Rules) -> pa.Table:
    """NORMALISED of what the statement FOUND and of what was BROKEN before it. Errors: MappingError."""
    row = found["row"].to_numpy()
    good = found["reason"].null_count == len(found)
    rejected = np.zeros(len(row), dtype=bool) if good else pc.is_valid(found["reason"]).to_numpy()
    bad = np.flatnonzero(pc.is_valid(broken).to_numpy())
    _hold_records(row, rejected, bad, len(records), rules.mapping.name)
    events = _event_rows(found if good else found.filter(pa.array(~rejected)), records, rules)
    if good and not len(bad):
        return events
    # A reject keeps its address and reason and nothing that the mapping guessed.
    reasons = pa.chunked_array([*found["reason"].filter(pa.array(rejected)).chunks, *broken.take(pa.array(bad)).chunks])
    places = np.concatenate((row[rejected], bad))
    rejects = _reject_rows(records.take(pa.array(places)), reasons, rules)
    order = np.argsort(np.concatenate((row[~rejected], places)), kind="stable")
    return pa.concat_tables([events, rejects]).take(pa.array(order))


def _event_rows(found: pa.Table, records: pa.Table, rules: Rules) -> pa.Table:
    row = found["row"].to_numpy()
    if len(row) == len(records) and (row == np.arange(len(row))).all():
        addresses = records  # a row for each record, which is how nearly all sources are
    else:
        addresses = records.select(["shard", "position", "received"]).take(pa.array(row))
    given = {name: found[name] for name in found.column_names if name in NORMALISED.names}
    return _completed("event", addresses, {**given, "reason": pa.nulls(len(row), pa.string())}, rules)


def _reject_rows(records: pa.Table, reasons: pa.ChunkedArray, rules: Rules) -> pa.Table:
    part = pa.repeat(pa.scalar(0, NORMALISED.field("part").type), len(records))
    return _completed("reject", records, {"part": part, "reason": reasons}, rules)


def _completed(kind: str, addresses: pa.Table, columns: dict[str, Any], rules: Rules) -> pa.Table:
    """NORMALISED of the COLUMNS that differ from row to row and those that don't."""
    count = len(addresses)
    same = {
        "kind": kind,
        "source": rules.source.name,
        "system": rules.source.system,
        "rules_version": rules.made_with,
    }
    known = {
        **{name: pa.repeat(pa.scalar(value), count) for name, value in same.items()},
        **{name: addresses[name] for name in ("shard", "position", "received")},
        **columns,
    }
    arrays = [known[field.name] if field.name in known else pa.nulls(count, field.type) for field in NORMALISED]
    return pa.table(arrays, names=NORMALISED.names).cast(NORMALISED)


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


def _mapping(rules: Rules) -> str:
    """The mapping's SQL with the values of its parameters: constants, so that patterns are made once."""
    sql = rules.mapping.sql.strip().rstrip(";")
    for name, value in _params(rules).items():
        sql = re.sub(rf"\${name}\b", literal(value).replace("\\", r"\\"), sql)
    return sql


def _named(mapped: frozenset[str], rules: Rules) -> tuple[frozenset[str], str]:
    """The columns and SQL of the mapping, with the objects that the source's paths name where a record names none.

    Errors:  MappingError if the mapping gives no path.
    """
    sql = _mapping(rules)
    if not rules.source.objects:
        return mapped, sql
    if "object_path" not in mapped:
        raise MappingError(f"{rules.source.name}: {rules.mapping.name} gives no path in which objects could be named")
    patterns = [(kind, literal(expression(pattern))) for kind, pattern in rules.source.objects.items()]
    kinds = " ".join(f"WHEN regexp_matches(object_path, {each}) THEN {literal(kind)}" for kind, each in patterns)
    ids = ", ".join(f"nullif(regexp_extract(object_path, {each}, 1), '')" for _, each in patterns)
    own = {name: name if name in mapped else "NULL::VARCHAR" for name in ("object_type", "object_id")}
    kind, name = own["object_type"], own["object_id"]
    found = {
        "object_type": f"CASE WHEN {name} IS NOT NULL THEN {kind} {kinds} ELSE {kind} END",
        "object_id": f"coalesce({name}, {ids})",
    }
    others = f" EXCLUDE ({', '.join(sorted(found.keys() & mapped))})" if found.keys() & mapped else ""
    columns = "".join(f", {said} AS {name}" for name, said in found.items())
    return mapped | found.keys(), f"SELECT *{others}{columns} FROM (\n{sql}\n)"


def _mapped_columns(connection: duckdb.DuckDBPyConnection, rules: Rules) -> frozenset[str]:
    """The columns that the mapping gives.

    Errors:  MappingError for one that an event doesn't have, or none of position.
    """
    sql = f"""DESCRIBE WITH raw AS (
      SELECT o.row AS position, o.record, o.fields::JSON AS fields, c AS context, o.received,
        NULL::TIMESTAMP AS reference
      FROM opened AS o JOIN contexts AS c ON o.context = c.context),
      mapped AS ({_mapping(rules)}) SELECT * FROM mapped"""
    found = frozenset(row[0] for row in connection.execute(sql).fetchall())
    unknown = found - set(MAPPED.names) - set(_EXTRA)
    if unknown or "position" not in found or "action" not in found:
        gives = ", ".join(sorted(unknown)) or "no position or action"
        raise MappingError(f"{rules.mapping.name}: gives {gives}, want columns of an event")
    return found


def _reference(rules: Rules, zone: str) -> str:
    """The wall clock, in the source's zone, that year-less times are placed by."""
    instant = literal(rules.reference) if rules.reference else "coalesce(c.mtime, o.received)"
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


def _hold_records(row: np.ndarray, rejected: np.ndarray, broken: np.ndarray, count: int, name: str) -> None:
    """Each of COUNT records is either event rows or a reject. Errors: MappingError."""
    inside = row[(row >= 0) & (row < count)]
    events = np.bincount(inside if len(inside) < len(row) else row[~rejected], minlength=count) > 0
    rejects = np.bincount(np.concatenate((row[rejected], broken)), minlength=count) > 0
    if len(inside) < len(row) or not (events | rejects).all():
        out = np.count_nonzero(events | rejects)
        raise MappingError(f"{name}: {count} records in, {out} out; each must give events or one reject")
    if (events & rejects).any():
        raise MappingError(f"{name}: a record is both event and reject")


def _hold_words(name: str, rows: pa.Table) -> None:
    """The closed vocabularies of events. Errors: MappingError."""
    events = pc.equal(rows["kind"], "event")
    found = {column: pc.unique(rows[column].filter(events)).to_pylist() for column in _WORDS}
    found["time_quality"] = pc.unique(pc.list_flatten(rows["time_quality"])).to_pylist()
    for column, words in {**_WORDS, "time_quality": TIME_QUALITIES}.items():
        if not set(found[column]) <= set(words):
            # Which one is not said: a mapping that is wrong may have taken it from the record.
            raise MappingError(f"{name}: {column} holds a word that is none of {', '.join(words)}")


def _reason(error: duckdb.Error) -> str:
    """DuckDB's message. What failed while it ran is named by its kind alone: the rest may quote values."""
    first = str(error).splitlines()[0]
    wrong_sql = isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException)
    return first if wrong_sql else first.split(":", 1)[0]
