"""The lake against the truth: each record's count and content, and whether the lake agrees with itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.lake import Lake, engine
from ingest.torture.records import Pool
from ingest.torture.strangers import HALF_WORDS
from ingest.torture.truth import BOUND_S, COLUMNS, Windows

_SHOWN = 3  # examples of what is wrong

_TRUTH = """
CREATE TABLE truth AS
SELECT * FROM read_csv($files, header = false, names = $names,
                       types = {'sends': 'INTEGER', 'sent': 'DOUBLE'}, all_varchar = true)
"""
_STORED = """
CREATE TABLE stored AS SELECT source, sha256(record) AS hash, count(*) AS copies FROM evidence GROUP BY ALL
"""
# `reached`: when the last record was sent that was answered before. A collector that others keep busy is behind.
_LOSING = """
CREATE TABLE losing AS
SELECT w.source, w.first, w.last, coalesce(t.sent, w.first) AS reached
FROM (SELECT * FROM windows WHERE loses) AS w
ASOF LEFT JOIN (SELECT sent FROM truth WHERE state = 'accepted' AND list_contains($answered, source)) AS t
            ON w.first > t.sent
"""
_EXCUSES = """
CREATE TABLE excuses AS
SELECT t.source, t.hash,
       ['down', 'before', 'behind'][min(CASE WHEN t.sent >= w.first THEN 1
                                             WHEN t.sent >= w.first - $bound THEN 2 ELSE 3 END)] AS excuse
FROM (SELECT * FROM truth ANTI JOIN stored USING (source, hash) WHERE promise = 'unsaid') AS t
JOIN losing AS w ON w.source = t.source AND t.sent <= w.last AND t.sent >= least(w.first, w.reached) - $bound
GROUP BY t.source, t.hash
"""
_FATES = """
CREATE TABLE fates AS
SELECT t.*, coalesce(s.copies, 0) AS copies, CASE promise WHEN 'again' THEN sends ELSE 1 END AS most, e.excuse
FROM truth AS t LEFT JOIN stored AS s USING (source, hash) LEFT JOIN excuses AS e USING (source, hash)
"""
_BY_SOURCE = """
SELECT source, any_value(promise) AS promise, count(*) AS sent,
       count(*) FILTER (WHERE state = 'accepted') AS accepted,
       sum(copies)::BIGINT AS stored,
       count(*) FILTER (WHERE copies = 0 AND (state = 'accepted' OR (promise = 'unsaid' AND excuse IS NULL))) AS lost,
       sum(greatest(copies - most, 0))::BIGINT AS twice,
       sum(greatest(copies - 1, 0))::BIGINT - sum(greatest(copies - most, 0))::BIGINT AS again,
       count(*) FILTER (WHERE excuse = 'before') AS unsaid_before,
       count(*) FILTER (WHERE excuse = 'down') AS unsaid_down,
       count(*) FILTER (WHERE excuse = 'behind') AS unsaid_behind
FROM fates GROUP BY source ORDER BY source
"""
_EXAMPLES = """
SELECT source || ': ' || mark || ' ' || state || ', stands ' || copies || ' times, sent ' || sends || ' times'
FROM fates
WHERE copies > most OR (copies = 0 AND (state = 'accepted' OR (promise = 'unsaid' AND excuse IS NULL)))
ORDER BY source, sent
"""
_ALIENS = """
SELECT e.source, e.position, e.record FROM evidence AS e
WHERE e.source IN (SELECT DISTINCT source FROM truth)
  AND NOT EXISTS (SELECT * FROM truth AS t WHERE t.source = e.source AND t.hash = sha256(e.record))
ORDER BY e.source, e.position
"""

# What must hold of any lake. Each gives no row.
_LAWS = {
    "positions are not contiguous from 0": """
        SELECT source || ': ' || count(*) || ' records, positions ' || min(position) || ' to ' || max(position)
        FROM evidence GROUP BY source, shard
        HAVING min(position) <> 0 OR max(position) + 1 <> count(*) OR count(DISTINCT position) <> count(*)""",
    "a record has not events, or one reject, or one repeat": """
        WITH made AS (
          SELECT source, shard, position, count(*) AS made, max(part) + 1 AS parts, count(DISTINCT part) AS different,
                 count(*) FILTER (WHERE kind = 'event') AS events
          FROM normalised WHERE kind <> 'gap' GROUP BY ALL)
        SELECT source || '/' || position || ': ' || coalesce(made, 0) || ' rows'
        FROM evidence AS e FULL JOIN made AS m USING (source, shard, position)
        WHERE made IS NULL OR e.record IS NULL OR made <> different
           OR NOT (events = made AND parts = made OR events = 0 AND made = 1)
        ORDER BY 1""",
    "there are gaps": "SELECT source || '/' || position FROM normalised WHERE kind = 'gap' ORDER BY 1",
    "the tables' positions differ from what they hold": """
        SELECT p.name || ': ' || p.position || ', holds ' || coalesce(e.records, 0)
        FROM positions AS p LEFT JOIN (SELECT source || '/' || shard AS name, count(*) AS records
                                       FROM evidence GROUP BY ALL) AS e USING (name)
        WHERE p.position IS DISTINCT FROM e.records ORDER BY 1""",
}
# Rows without what the run itself decides: addresses and times of receipt.
# Nor the day, which follows the receipt: a clock that is moved back an hour after midnight gives another.
_ROWS = """
SELECT sha256(e.record) AS hash, n.* EXCLUDE (shard, position, received, day, batch)
FROM (SELECT DISTINCT ON (source, sha256(record)) * FROM {evidence} WHERE source IN (SELECT source FROM truth)) AS e
JOIN {normalised} AS n USING (source, shard, position) WHERE n.kind <> 'gap'
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the records, by source, and what is wrong."""

    sources: list[dict[str, Any]]
    torn: int  # records of senders that aren't answered, as far as they came
    faults: list[str]

    def total(self, column: str) -> int:
        """Of all sources."""
        return sum(row[column] for row in self.sources)


def judge(
    root: Path,
    truth: Sequence[Path],
    windows: Windows,
    pools: Mapping[str, Pool],
    answered: Sequence[str],
    calm: Path | None = None,
) -> Verdict:
    """Compare the lake in ROOT with the TRUTH files. POOLS: by source, of what its records were made.

    ANSWERED are the sources whose senders collectors answer. CALM is a lake of the same records without faults: its
    rows must be the same.
    """
    connection = engine()
    lake = Lake.open(root)
    for name in ("evidence", "normalised"):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {lake.table(name).scan()}")
    connection.execute(_TRUTH, {"files": [str(path) for path in truth], "names": list(COLUMNS)})
    connection.register("windows", _windows(windows, connection))
    connection.register("positions", _positions(lake))
    connection.execute(_STORED)
    connection.execute(_LOSING, {"answered": list(answered)})
    connection.execute(_EXCUSES, {"bound": BOUND_S})
    connection.execute(_FATES)
    relation = connection.execute(_BY_SOURCE)
    names = [column[0] for column in relation.description or ()]
    sources = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    faults = [f"lost or twice: {text}" for text in _told(connection.execute(_EXAMPLES).fetchall())]
    torn, alien = _aliens(connection.execute(_ALIENS).fetchall(), sources, pools)
    faults += [f"nobody sent it: {text}" for text in alien]
    for law, sql in _LAWS.items():
        faults += [f"{law}: {text}" for text in _told(connection.execute(sql).fetchall())]
    if calm is not None:
        faults += _differences(connection, calm)
    connection.close()
    return Verdict(sources, torn, faults)


def _told(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """A few of ROWS, and how many more there are."""
    told = [str(row[0]) for row in rows[:_SHOWN]]
    return [*told, f"and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else told


def _windows(windows: Windows, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """By source, merged."""
    rows = []
    for (source,) in connection.execute("SELECT DISTINCT source FROM truth WHERE promise = 'unsaid'").fetchall():
        rows += [
            {"source": source, "first": each.begin, "last": each.end, "loses": each.loses}
            for each in windows.merged({"collector", source})
        ]
    types = [("source", pa.string()), ("first", pa.float64()), ("last", pa.float64()), ("loses", pa.bool_())]
    return pa.Table.from_pylist(rows, pa.schema(types))


def _positions(lake: Lake) -> pa.Table:
    """Of both tables: the shard's name, and the position that they say is next."""
    found = [
        (name, position)
        for table in ("evidence", "normalised")
        for name, position in lake.table(table).positions.items()
        if "/" in name and not name.startswith("@")  # those are offsets of a broker
    ]
    names, positions = zip(*found, strict=True) if found else ((), ())
    return pa.table({"name": pa.array(names, pa.string()), "position": pa.array(positions, pa.int64())})


def _aliens(
    rows: Iterable[tuple[str, int, bytes]], sources: list[dict[str, Any]], pools: Mapping[str, Pool]
) -> tuple[int, list[str]]:
    """How many of ROWS are beginnings of records whose sender was cut off or words of strangers; and the others."""
    unsaid = {row["source"] for row in sources if row["promise"] == "unsaid"}
    torn, alien = 0, []
    for source, position, record in rows:
        if source in unsaid and (record in HALF_WORDS or pools[source].begins(record)):
            torn += 1
        else:
            alien.append((f"{source}/{position}, {len(record)} bytes",))
    return torn, _told(alien)


def _differences(connection: duckdb.DuckDBPyConnection, calm: Path) -> list[str]:
    """Rows that were made otherwise than in the CALM lake."""
    lake = Lake.open(calm)
    other = {f"{name}": lake.table(name).scan() for name in ("evidence", "normalised")}
    connection.execute(f"CREATE TABLE made AS {_ROWS.format(evidence='evidence', normalised='normalised')}")
    connection.execute(f"CREATE TABLE wanted AS {_ROWS.format(**other)}")
    faults = []
    for what, sql in (
        ("a row that a calm run does not make", "SELECT * FROM made EXCEPT ALL SELECT * FROM wanted"),
        ("a row is missing that a calm run makes", "SELECT * FROM wanted EXCEPT ALL SELECT * FROM made"),
    ):
        found = connection.execute(f"SELECT source || ' ' || left(hash, 12) FROM ({sql}) ORDER BY 1").fetchall()
        faults += [f"{what}: {text}" for text in _told(found)]
    return faults
