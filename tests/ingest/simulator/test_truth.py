"""What the mappings make of two days' raw logs is what happened, record by record."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingest import knowledge
from ingest.mapping import connect, mapping
from ingest.normalise import Rules, normalise
from ingest.simulator.catalogue import LOGS
from ingest.streams import batches
from schemas import settings as settings_file

# Two days that hold all three incidents; the 5th ends with a night shift that began on it.
DAYS = ("2026-03-04", "2026-03-05")
COLUMNS = (
    "time",
    "actor_account",
    "actor_domain",
    "actor_person",
    "action",
    "outcome",
    "target_account",
    "target_group",
    "subject",
    "src_ip",
    "object_id",
    "object_path",
)
# Where the truth has no word, the mapping may still find one: a mailbox's or a group's name in the record.
SILENT = ("object_id", "object_path")
SHARED = "delad-"


@pytest.fixture(scope="module")
def known(town):
    settings = settings_file.load(town.out / "settings.toml")
    return settings, knowledge.load(settings, None)


def found(town, known, log):
    """The rows that sparhund makes of LOG's files of DAYS."""
    settings, facts = known
    source = settings.sources[log.name]
    connection = connect()
    rules = Rules(source, mapping(source.mapping), knowledge=facts)
    parts = []
    for path in sorted(path for day in DAYS for path in (town.out / "logs" / log.name).glob(f"*{day}*")):
        mtime = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = f"{log.name}/{path.name}"
        with path.open("rb") as stream:
            read = batches(stream, rules.mapping, source, shard=name, received=mtime, path=name, mtime=mtime)
            parts += [normalise(connection, batch.records, [batch.context], rules) for batch in read]
    return pa.concat_tables(parts)


def truth(town, log):
    rows = pa.concat_tables([pq.read_table(town.out / "truth" / "events" / f"{day}.parquet") for day in DAYS])
    rows = rows.filter(pc.equal(rows["source"], log.name)).rename_columns({"person": "actor_person", "file": "shard"})
    return rows.sort_by([("shard", "ascending"), ("position", "ascending")])


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_every_record_is_read_as_it_happened(town, known, log):
    want = truth(town, log)
    if log.name != "entra-andringar":
        assert len(want)
    else:
        return
    rows = found(town, known, log).sort_by([("shard", "ascending"), ("position", "ascending")])
    assert set(rows["kind"].to_pylist()) == {"event"}, rows["reason"].unique().to_pylist()
    assert rows["part"].unique().to_pylist() == [0]
    assert rows.select(["shard", "position"]).equals(want.select(["shard", "position"]))
    wrong = {}
    for column in COLUMNS:
        differ = [(happened, read) for happened, read in claimed(column, want, rows) if happened != read]
        if differ:
            wrong[column] = (len(differ), differ[:3])
    assert not wrong


def claimed(column, want, rows):
    """Pairs (truth, found) of COLUMN where the truth makes a claim."""
    pairs = zip(want[column].to_pylist(), rows[column].to_pylist(), want["actor_account"].to_pylist(), strict=True)
    for happened, read, account in pairs:
        # The log of a shared account doesn't tell who sat there, and the directory doesn't know.
        who = None if column == "actor_person" and account and account.startswith(SHARED) else happened
        if who is not None or column not in SILENT:
            yield who, read
