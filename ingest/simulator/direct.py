"""Acts straight to event rows, as rendering a log and reading it back would give them: for lakes of many millions.

A format's SQL says of each act what a reader must find in the record (the truth of `ingest.simulator.render`). Here
that is taken for what was read, and gets person, unit, asset and levels from the very SQL that ingest uses. Left empty
are the columns that only the record's bytes give (`EMPTY`). A test compares both ways column by column.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.knowledge import Knowledge
from ingest.mapping import connect, mapping
from ingest.normalise import Rules, normalise
from ingest.simulator.acts import REASONS, Acts, chosen
from ingest.simulator.catalogue import Log
from ingest.simulator.objects import World
from ingest.simulator.population import Ints, Population
from ingest.simulator.render import ACTS, FORMATS, FURTHER, Named, Renderer, load
from ingest.streams import batches
from schemas.event import NORMALISED, sql_type
from schemas.source import Source

# The verbs of each source whose records are many and all alike; all other acts are rendered and read as in a real lake.
STRAIGHT: dict[str, frozenset[str]] = {
    "lindan": frozenset({"read", "create", "update", "sign", "search", "print", "break_glass", "delete"}),
    "npo": frozenset({"Läsa", "Utskrift", "Signera"}),
    "kvarnen": frozenset({"case", "papers", "note", "search", "person", "pdf", "print", "delete"}),
    "ad": frozenset({"logon", "logoff", "shared_logon", "shared_logoff", "machine", "privileges"}),
    "filserver": frozenset({"share", "read", "write", "remove"}),
    "skolfiler": frozenset({"read", "write", "list", "rename", "unlink"}),
    "m365": frozenset(
        {"FileAccessed", "FileModified", "FileDownloaded", "FileUploaded", "FileDeleted", "FilePreviewed"}
        | {"MailItemsAccessed", "Send"}
    ),
    "intranat": frozenset({"page"}),
    "utskrift": frozenset({"print", "copy"}),
    "larknuten": frozenset({"LOGIN", "LOGOUT"}),
}
# What a straight row lacks though its record would give it; no detection may rest on these of such acts alone.
EMPTY = frozenset(
    {
        "source_event_id",
        "time_original",
        "time_quality",
        "session",
        "class_uid",
        "activity_id",
        "src_port",
        "user_agent",
    }
    | {"details", "changes", "rules_version", "received", "shard", "position", "batch"}
)
_GIVEN = (
    *("actor_account", "actor_domain", "action", "outcome", "object_id", "object_path", "target_account"),
    *("target_group", "subject", "src_ip", *FURTHER),
)

# Where each row came from in the simulation; `position` counts the rows of a day's source.
ORIGIN = pa.schema(
    [
        ("shard", pa.string()),
        ("position", pa.int64()),
        ("person", pa.string()),
        ("reason", pa.string()),
        ("incident", pa.string()),  # NULL = innocent
    ]
)


class Direct:
    """Makes the event rows of acts. Memory is that of the municipality and of one day's acts of one source."""

    def __init__(
        self,
        scratch: Path,
        seed: int,
        start: date,
        population: Population,
        world: World,
        incidents: Sequence[Named],
        knowledge: Knowledge,
    ) -> None:
        self.start = start
        self.knowledge = knowledge
        self.seed = seed
        self.scratch = scratch
        self.statements: dict[str, str] = {}
        self.renderer = Renderer(scratch, seed, start, population, world, incidents)
        self.connection = connect()
        knowledge.prepare(self.connection)
        load(self.connection, population, world)
        self.incidents = pa.array([incident.id for incident in incidents], pa.string())
        # A subject's token in place of the number: the same for every record, so it is made once.
        self.connection.execute("UPDATE residents SET number = pn_token(number)")

    def staff(self, code: pa.Array, name: pa.Array) -> None:
        """From now on records name these as the unit of each person, in order."""
        units = pa.table({"who": np.arange(len(code)), "code": code, "name": name})
        for connection in (self.connection, self.renderer.connection):
            connection.register("moved", units)
            connection.execute(
                "UPDATE people SET unit_code = m.code, unit_name = m.name FROM moved AS m WHERE m.who = people.who"
            )
            connection.unregister("moved")

    def rows(self, log: Log, source: Source, these: Acts, day: int, midnights: Ints) -> tuple[pa.Table, pa.Table]:
        """The rows of LOG's acts, which begin with DAY: NORMALISED in no order, and the ORIGIN of each.

        MIDNIGHTS bound the days of the simulation; a record is received at the midnight after it.
        """
        straight = np.isin(these.verb.astype(str), list(STRAIGHT.get(log.name, ())))
        parts = []
        if straight.any():
            parts.append(self._straight(log, source, chosen(these, straight), day, midnights))
        if not straight.all():
            parts.append(self._read(log, source, chosen(these, ~straight), day, midnights))
        return pa.concat_tables([rows for rows, _ in parts]), pa.concat_tables([origin for _, origin in parts])

    def _straight(self, log: Log, source: Source, these: Acts, day: int, midnights: Ints) -> tuple[pa.Table, pa.Table]:
        these = chosen(these, np.argsort(these.at, kind="stable"))
        given = these.table(start=day * 100_000_000)
        at = pc.floor_temporal(given["at"], log.precision_us, "microsecond")
        given = given.set_column(given.column_names.index("at"), "at", at)
        random = np.random.default_rng([self.seed, 41, day, *log.name.encode()]).integers(0, 1 << 31, len(these))
        given = given.append_column("r", pa.array(random, pa.int64()))
        self.connection.register("given", given)
        try:
            if log.name not in self.statements:  # the key of accounts goes through the whole directory
                self.statements[log.name] = self._statement(log, source)
            found = self.connection.sql(self.statements[log.name]).to_arrow_table()
        finally:
            self.connection.unregister("given")
        days = _days(found["time"], midnights)
        first = np.searchsorted(days, days)  # the rows are in order of time, and a day's are counted from 0
        names = pa.array([f"{log.name}-{self.start + timedelta(days=each)}" for each in range(len(midnights))])
        columns = {
            "kind": pa.repeat(pa.scalar("event"), len(found)),
            "source": pa.repeat(pa.scalar(source.name), len(found)),
            "shard": names.take(pa.array(days)),
            "position": pa.array(np.arange(len(found)) - first),
            "part": pa.repeat(pa.scalar(0), len(found)),
            "received": _instants(midnights[days + 1]),
            "system": pa.repeat(pa.scalar(source.system), len(found)),
            "rules_version": pa.repeat(pa.scalar("simulated"), len(found)),
            **{name: found[name] for name in found.column_names if name in NORMALISED.names},
        }
        rows = pa.table(
            [columns.get(field.name, pa.nulls(len(found), field.type)) for field in NORMALISED], names=NORMALISED.names
        ).cast(NORMALISED)
        told = [columns["shard"], columns["position"], found["really"], _reasons(found["why"])]
        return rows, pa.table([*told, self._named(found["incident"])], names=ORIGIN.names).cast(ORIGIN)

    def _statement(self, log: Log, source: Source) -> str:
        sql = (FORMATS / f"{log.format}.sql").read_text(encoding="utf-8")
        acts = ACTS.format(things=f"things_{log.things}" if log.things else "things_none")
        # Tokens stand where the record has numbers, so there is nothing to find and hide.
        known = self.knowledge.enrichment(source.system, frozenset(_GIVEN) - {"subject"})
        columns = {name: name for name in ("time", *_GIVEN)} | known.columns
        final = ", ".join(
            f"CAST({text} AS {sql_type(NORMALISED.field(name).type)}) AS {name}" for name, text in columns.items()
        )
        given = ", ".join(f"w.{name}" for name in _GIVEN)
        return f"""
WITH acts AS MATERIALIZED ({acts}),
judged AS (
  SELECT a.n AS row, a.utc AS time, {given}, a.reason AS why, a.incident,
         CASE WHEN w.actor_account NOT LIKE '%$' THEN nullif(a.person, '') END AS really
  FROM (SELECT * FROM nothing UNION ALL BY NAME ({sql})) AS w JOIN acts AS a USING (n)),{known.steps}
SELECT {final}, e.why, e.incident, e.really FROM known AS e{known.joins} ORDER BY e.row"""

    def _read(self, log: Log, source: Source, these: Acts, day: int, midnights: Ints) -> tuple[pa.Table, pa.Table]:
        """Render a file of each host and read it, as a collector would."""
        truth = self.renderer.write(log, these, day)
        rules = Rules(source, mapping(source.mapping), knowledge=self.knowledge)
        end = datetime.fromtimestamp(int(these.at.max()) // 1_000_000 + 1, UTC)
        parts = []
        for file in pc.unique(truth["file"]).to_pylist():
            path = self.scratch / "logs" / file
            with path.open("rb") as stream:
                read = batches(stream, rules.mapping, source, shard=file, received=end, path=file, mtime=end)
                parts += [normalise(self.connection, each.records, [each.context], rules) for each in read]
            path.unlink()
        rows = pa.concat_tables(parts)
        received = _instants(midnights[_days(rows["time"], midnights) + 1])
        rows = rows.set_column(rows.column_names.index("received"), NORMALISED.field("received"), received)
        origin = truth.select(["file", "position", "person", "reason", "incident"]).rename_columns(ORIGIN.names)
        number = pc.index_in(_addresses(rows["shard"], rows["position"]), _addresses(truth["file"], truth["position"]))
        return rows, origin.take(number).cast(ORIGIN)

    def _named(self, incidents: pa.ChunkedArray) -> pa.ChunkedArray:
        return self.incidents.take(pc.if_else(pc.less(incidents, 0), None, incidents))


def _days(times: pa.ChunkedArray, midnights: Ints) -> Ints:
    """On which day of the simulation each time is."""
    days: Ints = np.searchsorted(midnights, pc.cast(times, pa.int64()).to_numpy(), side="right") - 1
    return days


def _instants(times: Ints) -> pa.Array:
    return pa.array(times, NORMALISED.field("received").type)


def _addresses(shard: pa.ChunkedArray, position: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(shard, pc.cast(position, pa.string()), "/")


def _reasons(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.array(REASONS, pa.string()).take(numbers)
