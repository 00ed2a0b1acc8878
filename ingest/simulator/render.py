"""Acts to raw logs and truth: an SQL file a format says what a system writes of an act, and what a reader must find."""

import os
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.simulator.acts import REASONS, Acts, chosen
from ingest.simulator.catalogue import LOGS, Log
from ingest.simulator.evtx_writer import EvtxRecord, write_evtx
from ingest.simulator.objects import World
from ingest.simulator.population import Population
from ingest.simulator.windows import TEMPLATES

FORMATS = Path(__file__).with_name("formats")

# One row of the truth is one event row that a reader must make of the record at (file, position). NULL: the record has
# no word about it, or the truth makes no claim.
TRUTH = pa.schema(
    [
        ("source", pa.string()),
        ("file", pa.string()),  # below the folder of logs
        ("position", pa.int64()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("actor_account", pa.string()),
        ("actor_domain", pa.string()),
        ("person", pa.string()),  # who really did it, whatever account the log names
        ("action", pa.string()),
        ("outcome", pa.string()),
        ("object_id", pa.string()),
        ("object_path", pa.string()),
        ("target_account", pa.string()),
        ("target_group", pa.string()),
        ("subject", pa.string()),  # twelve digits
        ("src_ip", pa.string()),
        ("reason", pa.string()),  # ingest.simulator.acts.REASONS
        ("incident", pa.string()),  # of incidents.json; NULL = innocent
    ]
)

# What some formats say besides, of the acts that `ingest.simulator.direct` makes rows of.
FURTHER = ("actor_unit", "actor_role", "proves", "object_type", "device", "src_host", "purpose")

# What a format's SQL may read of an act: when, who, on what, and numbers to fill in. `r` is below 2^31.
ACTS = """
SELECT a.n, a."at" AS utc, timezone('Europe/Stockholm', a."at") AS local,
       CASE WHEN timezone('Europe/Stockholm', a."at") - timezone('UTC', a."at") = INTERVAL 1 HOUR
            THEN '+0100' ELSE '+0200' END AS utc_offset,
       a.verb, a.ok, a.extra, a.r, a.who, a.thing, a.other, a.reason, a.incident,
       p.sam, p.upn, p.hsa, p.sid, p.name, p.person, p.role, p.unit_code, p.unit_name, p.computer, p.agent,
       coalesce(a.ip, p.address) AS ip,
       o.sam AS other_sam, o.upn AS other_upn, o.sid AS other_sid, o.name AS other_name,
       t.id AS thing_id, t.path AS thing_path,
       r.number, r.number[1:8] || '-' || r.number[9:12] AS dashed, r.given, r.family
FROM given AS a
LEFT JOIN people AS p ON p.who = a.who
LEFT JOIN people AS o ON o.who = a.other
LEFT JOIN {things} AS t ON t.thing = a.thing
LEFT JOIN residents AS r ON r.resident = t.subject
"""

_RECORDS = """
WITH acts AS MATERIALIZED ({acts})
SELECT w.n, {own} {host} AS host, a.utc AS time, w.actor_account, w.actor_domain,
       CASE WHEN w.actor_account NOT LIKE '%$' THEN nullif(a.person, '') END AS person, w.action, w.outcome,
       w.object_id, w.object_path, w.target_account, w.target_group, w.subject, w.src_ip, a.reason, a.incident,
       row_number() OVER (PARTITION BY {host} ORDER BY a.utc, w.n) - 1 AS position
FROM (SELECT * FROM nothing UNION ALL BY NAME ({format})) AS w JOIN acts AS a USING (n)
ORDER BY host, position
"""

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_AGENTS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/133.0.0.0 Safari/537.36 Edg/133.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) {_WEBKIT} Version/18.3 Mobile/15E148 Safari/604.1",
)


class Named(Protocol):
    """Anything with an id: a planted incident."""

    @property
    def id(self) -> str:
        """As the truth names it."""


class Renderer:
    """Writes a simulation's logs and truth below OUT, a source and a day at a time."""

    def __init__(
        self, out: Path, seed: int, start: date, population: Population, world: World, incidents: Sequence[Named]
    ) -> None:
        self.out = out
        self.seed = seed
        self.start = start
        self.incidents = pa.array([incident.id for incident in incidents], pa.string())
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("SET TimeZone = 'UTC'")
        load(self.connection, population, world)

    def write(self, log: Log, these: Acts, day: int) -> pa.Table:
        """Write LOG's acts of DAY, each on the local calendar day where it began; the truth of it (TRUTH).

        Two acts of one person at one instant stay in the order in which they were drawn.
        """
        these = chosen(these, np.argsort(these.at, kind="stable"))
        number = next(place for place, listed in enumerate(LOGS) if listed.name == log.name)
        given = these.table(start=day * 100_000_000)
        given = given.set_column(
            given.column_names.index("at"), "at", pc.floor_temporal(given["at"], log.precision_us, "microsecond")
        )
        random = np.random.default_rng([self.seed, 40, day, number]).integers(0, 1 << 31, len(these))
        given = given.append_column("r", pa.array(random, pa.int64()))
        records = self._rendered(log, given)
        date_ = self.start + timedelta(days=day)
        folder = self.out / "logs" / log.name
        folder.mkdir(parents=True, exist_ok=True)
        files = [f"{log.name}/{host or log.name}-{date_}.{log.ending}" for host in records["host"].to_pylist()]
        records = records.append_column("file", pa.array(files, pa.string()))
        for file, part in _by_file(records):
            _write(self.out / "logs" / file, log, part, date_)
        return self._truth(log, records)

    def _rendered(self, log: Log, given: pa.Table) -> pa.Table:
        sql = (FORMATS / f"{log.format}.sql").read_text(encoding="utf-8")
        acts = ACTS.format(things=f"things_{log.things}" if log.things else "things_none")
        own = "w.event, w.data," if log.ending == "evtx" else "w.line,"
        with self.connection.cursor() as cursor:  # sources are rendered side by side, and each needs its own `given`
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.register("given", given)
            return cursor.sql(
                _RECORDS.format(acts=acts, own=own, format=sql, host="coalesce(w.host, '')")
            ).to_arrow_table()

    def _truth(self, log: Log, records: pa.Table) -> pa.Table:
        columns = {name: records[name] for name in records.column_names if name in TRUTH.names}
        columns["source"] = pa.array([log.name], pa.string()).take(pa.array(np.zeros(len(records), np.int64)))
        columns["reason"] = pa.array(REASONS, pa.string()).take(records["reason"])
        incident = pc.if_else(pc.less(records["incident"], 0), None, records["incident"])
        columns["incident"] = self.incidents.take(incident)
        return pa.table([columns[name] for name in TRUTH.names], schema=TRUTH)


def load(connection: duckdb.DuckDBPyConnection, population: Population, world: World) -> None:
    """Give CONNECTION the tables that ACTS reads: people, residents, things of each kind; and `nothing`."""
    people, units, residents = population.people, population.units, population.residents
    who = np.arange(len(people))
    tables: dict[str, dict[str, Any]] = {
        "people": {
            "who": who,
            "person": people.person,
            "name": [f"{given} {family}".strip() for given, family in zip(people.given, people.family, strict=True)],
            "sam": people.sam,
            "upn": people.upn,
            "hsa": people.hsa,
            "sid": people.sid,
            "role": people.role,
            "unit_code": units.code[people.unit],
            "unit_name": units.name[people.unit],
            "address": people.address,
            "computer": people.computer,
            "agent": [_AGENTS[number % len(_AGENTS)] for number in who.tolist()],
        },
        "residents": {
            "resident": np.arange(len(residents)),
            "number": residents.number,
            "given": residents.given,
            "family": residents.family,
        },
        "things_none": {"thing": [-2], "id": [""], "path": [""], "subject": [-1]},
    }
    for name in ("journal", "case", "folder", "school", "document", "page"):
        things = getattr(world, name)
        tables[f"things_{name}"] = {
            "thing": np.arange(len(things)),
            "id": things.id,
            "path": things.path,
            "subject": things.subject,
        }
    for name, columns in tables.items():
        connection.register("given", pa.table({key: pa.array(value) for key, value in columns.items()}))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
    # A format gives the columns that it has a word for; the others are NULL.
    names = [
        "host",
        "actor_account",
        "actor_domain",
        "action",
        "outcome",
        "object_id",
        "object_path",
        "target_account",
        "target_group",
        "subject",
        "src_ip",
        *FURTHER,
    ]
    connection.execute(
        "CREATE TABLE nothing (n BIGINT, line VARCHAR, event INTEGER, data VARCHAR[], "
        + ", ".join(f"{name} VARCHAR" for name in names)
        + ")"
    )


def _by_file(records: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The records of each file; they come ordered by it."""
    runs = pc.run_end_encode(records["file"].combine_chunks())
    first = 0
    for file, last in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield file, records.slice(first, last - first)
        first = last


def _write(path: Path, log: Log, records: pa.Table, date_: date) -> None:
    """One log file. Its time of change is that of its last record: year-less times are read by it."""
    if log.ending == "evtx":
        times = pc.cast(records["time"], pa.int64()).to_pylist()
        rows = zip(
            records["event"].to_pylist(), times, records["host"].to_pylist(), records["data"].to_pylist(), strict=True
        )
        write_evtx(
            path,
            (EvtxRecord(TEMPLATES[event], at, f"{host}.aviken.example", tuple(data)) for event, at, host, data in rows),
        )
    else:
        text = pc.binary_join_element_wise(records["line"], "", log.newline).combine_chunks()
        _, offsets, data = text.buffers()
        ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
        body = memoryview(data)[ends[0] : ends[-1]]
        with path.open("wb") as file:
            if log.header:
                file.write(
                    (log.header.format(date=date_).replace("\n", log.newline) + log.newline).encode(log.encoding)
                )
            file.write(body if log.encoding == "utf-8" else bytes(body).decode().encode(log.encoding))
            if log.footer:
                file.write((log.footer + log.newline).encode(log.encoding))
    last = pc.max(records["time"]).cast(pa.int64()).as_py() // 1_000_000
    os.utime(path, (last, last))


def write_truth(out: Path, day: date, parts: list[pa.Table]) -> pa.Table:
    """One day's truth as a Parquet file; the table."""
    folder = out / "truth" / "events"
    folder.mkdir(parents=True, exist_ok=True)
    truth = pa.concat_tables(parts)
    pq.write_table(truth, folder / f"{day}.parquet", compression="zstd", store_schema=False)
    return truth
