# ruff: noqa: E501, T201 - SQL reads better on one line; a bench prints
"""Every question over a lake of any size, warm: seconds each, beside the goal of one second at ten million events.

    python -m tests.bench.questions 10000000 [FOLDER] [QUESTION]

The lake is made once in FOLDER (about 90 bytes an event) as compaction leaves it: a file for each day, sorted; one year,
twelve sources, 2,000 accounts, 3 million objects, 200,000 persons.
"""

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics import completeness, views
from analytics.caller import Caller
from analytics.question import actions, arguments, put, questions
from analytics.summary import Summary
from ingest.lake import Lake
from schemas.event import NORMALISED, sql_type
from schemas.tables import ALWAYS, TABLES

WEEKS = 52
FIRST_DAY = date(2024, 12, 30)
SHARES = (0, 0.19, 0.38, 0.57, 0.76, 0.95, 0.975, 1)  # of a week's events, before each of its days
ORDER = "actor_account, action, time"  # as ingest.compaction has it
GIVEN = {
    "kind": "CASE WHEN h % 1000 = 0 THEN 'reject' ELSE 'event' END",
    "source": "'src' || (h % 12)",
    "shard": "'shard-0123456789abcdef-' || (h % 12)",
    "position": "i",
    "part": "0",
    "received": "ts + INTERVAL 2 SECOND",
    "batch": "i // 10000",
    "time": "ts",
    "time_quality": "[]::VARCHAR[]",
    "actor_account": "'user' || a",
    "actor_domain": "'KOMMUN'",
    "actor_person": "CASE WHEN a > 20 THEN 'p' || a END",
    "actor_kind": "CASE WHEN a > 20 THEN 'staff' END",
    "actor_unit": "'unit' || (a % 80)",
    "session": "'s' || (hash(i, 2) % 100000)",
    # Of a thousand events: 640 reads, 100 searches, 80 updates, 60 sign-ins, 20 exports, 2 grants …
    "action": "CASE WHEN c < 640 THEN 'read' WHEN c < 740 THEN 'search' WHEN c < 820 THEN 'update' WHEN c < 850 THEN 'create' "
    "WHEN c < 910 THEN 'login' WHEN c < 970 THEN 'logout' WHEN c < 990 THEN 'export' WHEN c < 995 THEN 'delete' "
    "WHEN c < 996 THEN 'account_change' WHEN c < 998 THEN 'grant' ELSE 'print' END",
    "outcome": "CASE WHEN hash(i, 5) % 20 = 0 THEN 'failure' ELSE 'success' END",
    "proves": "CASE WHEN hash(i, 5) % 20 = 0 THEN 'attempt' ELSE 'content' END",
    "changes": "CASE WHEN c >= 740 AND c < 820 THEN [{'field': 'status', 'before': 'a', 'after': 'b'}] END",
    "system": "'sys' || (h % 12)",
    "asset": "CASE WHEN h % 12 < 9 THEN 'asset' || (h % 12) END",
    "object_type": "'journal'",
    "object_id": "'obj' || (hash(i, 6) % 3000000)",
    "object_path": "'/journal/' || (hash(i, 6) % 3000000)",
    "subject": "CASE WHEN h % 3 = 0 THEN 'p_' || md5((hash(i, 6) % 200000)::VARCHAR) END",
    "src_ip": "'10.' || (a % 200) || '.' || (a % 250) || '.' || (hash(i, 7) % 3)",
    "src_host": "'pc' || a",
    "k": "CASE WHEN h % 12 < 9 THEN h % 4 END",
    "r": "CASE WHEN h % 12 < 9 THEN 1 END",
    "t": "CASE WHEN h % 12 < 9 THEN 1 END",
    "controller": "CASE WHEN h % 12 < 9 THEN 'nämnd' || (h % 3) END",
    "rules_version": "'v1'",
    "details": """'{"a":' || i || ',"b":"' || md5(i::VARCHAR) || '"}'""",
}
DAY = {"start": "2025-06-02", "stop": "2025-06-02"}
SUBJECT: dict[str, object] = {"subject": "p_c4ca4238a0b923820dcc509a6f75849b"}
ASKED: dict[str, dict[str, object]] = {
    "who_accessed_object": {"object_id": "obj1234567"},
    "who_accessed_subject": SUBJECT,
    "what_did_person_do": {"person": "p1234"},
    "changes_to_object": {"object_id": "obj1234567"},
    "what_changed": DAY,
    "timeline": {"actors": ["user77", "user78"], "objects": ["obj99"], "start": "2025-06-01", "stop": "2025-06-07"},
    "who_else": {"actor_person": "p1234", "start": "2025-06-01", "stop": "2025-06-30"},
    "who_had_address": {"address": "10.34.234.1", "at": "2025-06-02T10:00:00Z"},
    "first_time_access": {"start": "2025-12-01"},
    "activity_about": SUBJECT,
    "address_sessions": {"src_ip": "10.34.234.1", "start": "2025-05-09", "stop": "2025-06-08"},
    "events": {"actor_person": "p1234"},
    "events_about": SUBJECT,
    "events_in_share": {"share": "/journal/1234567"},
    "evidence": {"finding": "none"},
    "find": {"text": "user77"},
    "find_within": {"text": "1234567"},
    "made_names": {"text": "asett7", "start": "2025-12-01"},
    "persons_affected": {"actors": ["user77"], "start": "2025-06-01", "stop": "2025-06-07"},
    "rights_given": {"person": "p1234"},
    "spelt_alike": {"text": "asett7"},
    "touched": {"actor_person": "p1234"},
    "touched_before": {"person": "p1234", "objects": ["obj77"], "start": "2024-06-01", "stop": "2025-06-01"},
    "usual_work": {"person": "p1234", "start": "2025-06-01", "stop": "2025-06-30"},
}


def make(folder: Path, count: int) -> Lake:
    """A lake of COUNT rows in FOLDER, as compaction leaves it: a file for each day, its rows in ORDER."""
    lake = Lake.create(folder)
    table = lake.table("normalised")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    columns = ", ".join(
        f'({GIVEN.get(field.name, "NULL")})::{sql_type(field.type)} AS "{field.name}"' for field in NORMALISED
    )
    files = []
    for number in range(7 * WEEKS):
        first, last = (count * (number // 7 + SHARES[number % 7 + step]) // WEEKS for step in (0, 1))
        select = f"SELECT {columns} FROM ({_rows(int(first), int(last), count)}) ORDER BY {ORDER}"
        day = FIRST_DAY + timedelta(days=number)
        files.append(table.copy(connection, select, "standard", day, ordered=True))
    table.commit(files, expect={}, positions={})
    return lake


def _rows(first: int, last: int, count: int) -> str:
    """Ordinals with their times: 52 weeks from a Monday, 95 % on weekdays, 88 % of a day between 07 and 16 UTC."""
    return f"""
SELECT i, hash(i) AS h, hash(i, 1) % 2000 AS a, hash(i, 3) % 1000 AS c,
       TIMESTAMPTZ '2024-12-30' + to_microseconds((1e6 * (
         week * 604800 + day * 86400 + CASE WHEN part < 0.06 THEN part / 0.06 * 7 WHEN part < 0.94 THEN 7 + (part - 0.06) / 0.88 * 9
                                            ELSE 16 + (part - 0.94) / 0.06 * 8 END * 3600))::BIGINT) AS ts
FROM (SELECT i, week, CASE WHEN u < 0.95 THEN floor(u / 0.19) ELSE 5 + floor((u - 0.95) / 0.025) END AS day,
             CASE WHEN u < 0.95 THEN u / 0.19 - floor(u / 0.19) ELSE (u - 0.95) / 0.025 - floor((u - 0.95) / 0.025) END AS part
      FROM (SELECT i, floor(i * 52.0 / {count}) AS week, i * 52.0::DOUBLE / {count} - floor(i * 52.0::DOUBLE / {count}) AS u
            FROM range({first}, {last}) AS t (i)))"""


def tables() -> dict[str, pa.Table]:
    """Two thousand accounts, and the declared sources."""
    accounts = [
        {"account": f"user{n}", "person": f"p{n}", "valid_from": ALWAYS, "known_from": ALWAYS} for n in range(21, 2000)
    ]
    sources = [
        {"source": f"src{n}", "mapping": "m", "system": f"sys{n}", "logs": ["read"], "silent_after_s": 3600}
        for n in range(12)
    ]
    assets = [
        {
            "asset": f"asset{n}",
            "name": "",
            "controller": "n",
            "k": 3,
            "r": 1,
            "t": 1,
            "systems": [f"sys{n}"],
            "valid_from": ALWAYS,
        }
        for n in range(9)
    ]
    rows = {"accounts": accounts, "sources": sources, "assets": assets}
    return {name: pa.Table.from_pylist(values, schema=TABLES[name].schema) for name, values in rows.items()}


def main(count: int, folder: Path, only: str | None = None) -> None:
    """Print name, rows and the best of three warm runs of question and statement, and mark what takes over a second."""
    lake = Lake.open(folder) if (folder / "lake.json").exists() else make(folder, count)
    table = lake.table("normalised")
    connection = views.scoped(views.connect(threads=2, spill=lake.scratch), Caller("bench"), table.scan(), tables())
    summary = Summary(table, folder / "cache" / "summary.parquet")
    for name, file in questions().items():
        if only not in {None, name}:
            continue
        values = arguments(file, ASKED.get(name, {}))
        took = []
        for _ in range(4):
            started, busy = time.perf_counter(), time.process_time()
            rows = put(connection, file, values)
            put_s = time.perf_counter() - started
            start, stop = values.get("start"), values.get("stop")
            basis = completeness.basis(connection, start=start, stop=stop, summary=summary)
            completeness.statement(basis, actions=actions(file))
            took.append((time.perf_counter() - started, put_s, time.process_time() - busy))
        wall, put_s, busy = min(took[1:])
        over = "  OVER" if wall > 1 else ""
        print(
            f"{name:24} {len(rows):>8} rows {wall:6.3f} s (rows {put_s:6.3f} s; processor {busy:6.3f} s){over}",
            flush=True,
        )


if __name__ == "__main__":
    given = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir()) / f"sparhund-bench-{sys.argv[1]}"
    given.mkdir(exist_ok=True)
    main(int(sys.argv[1]), given, sys.argv[3] if len(sys.argv) > 3 else None)
