"""Tables of a real PostgreSQL, and what the statements are for the other databases."""

import asyncio
import errno
import json
import random
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import sleep
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql

from dashboards.cli import cli
from ingest.sources import database, drivers
from ingest.sources.database import DatabaseCollector, Mark, Reading
from ingest.sources.intake import Intake
from ingest.sources.polling import Cursor
from ingest.sources.remembered import Remembered
from ingest.spool import Spool
from schemas import settings
from schemas.errors import SettingsError
from tests.ingest.listening import held, until
from tests.ingest.postgres import PASSWORD, Server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE = timedelta(minutes=10)
DIALECTS = {"postgresql": postgresql, "mssql": mssql, "oracle": oracle, "mysql": mysql}


@pytest.fixture(scope="module")
def postgres():
    with Server() as server:
        yield server


@pytest.fixture
def table(postgres, request):
    """A table of its own for each test: id, at, note."""
    name = f"audit.t{abs(hash(request.node.name))}"
    postgres.run(f"CREATE TABLE {name} (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), note text)")
    return name


def parsed(url, **keys):
    section = {"kind": "database", "url": url, "table": "t", "growing": "id", "source": "a", "poll_s": 0.05} | keys
    return settings.parse({"sources": {"a": {"mapping": "table_csv"}}, "collect": {"x": section}}).collect["x"]


class Polling:
    """A collector that polls in a thread; `with` it, and leaving stops it as SIGTERM would."""

    def __init__(self, postgres, folder, table, **keys):
        keys = {"url": postgres.url, "table": table, "password": PASSWORD, "max_retry_s": 0.1} | keys
        self.collector = DatabaseCollector(parsed(**keys))
        self.spool = Spool(folder / "spool")
        self._begun = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await self.collector.open()
        async with Intake(self.spool, self._stopped) as self.intake:
            self._begun.set()
            await self.collector.run(self.intake, self._stopped)

    def __enter__(self):
        self._thread.start()
        assert self._begun.wait(60)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(60)
        assert not self._thread.is_alive()

    @property
    def rows(self):
        return [json.loads(record) for record in held(self.spool, "a")]

    def ids(self, count):
        """The rows' ids, as soon as there are COUNT."""
        until(lambda: len(held(self.spool, "a")) >= count)
        return [row["id"] for row in self.rows]

    def polls(self, count=2):
        """Return when so many more polls have ended."""
        for _ in range(count):
            read = self.read
            until(lambda read=read: self.read != read)

    @property
    def read(self):
        path = self.spool.root.with_name("cursors") / "x.json"
        cursor = json.loads(path.read_text())["cursor"] if path.exists() else None
        return cursor and cursor["read"]

    def refused(self, reason):
        until(lambda: self.intake.trouble["x"].refused[reason])

    @property
    def odd(self):
        return dict(self.intake.trouble["x"].odd)


@pytest.fixture
def polling(postgres, table, tmp_path):
    """Begin to poll the table."""
    return lambda **keys: Polling(postgres, tmp_path, **{"table": table} | keys)


needs_postgres = pytest.mark.program("postgresql")


@needs_postgres
def test_rows_are_found_as_they_come_each_once(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' || i FROM generate_series(1, 25) i")
    with polling(batch_rows=10) as reader:
        reader.ids(25)
        postgres.run(f"INSERT INTO {table} (note) VALUES ('å')")
        assert reader.ids(26) == list(range(1, 27))
        reader.polls()
    with polling() as reader:
        postgres.run(f"INSERT INTO {table} (note) VALUES ('efter')")
        assert reader.ids(27) == list(range(1, 28))
        reader.polls()
        assert len(reader.rows) == 27
        assert reader.rows[25]["note"] == "å"
        assert reader.odd == {}


TYPES = {
    "small smallint": ("-3", -3),
    "big bigint": ("9223372036854775807", 9223372036854775807),
    "exact numeric": ("'0.10000000000000000001'", "0.10000000000000000001"),
    "zero numeric(20,10)": ("0", "0.0000000000"),
    "nan numeric": ("'NaN'", "NaN"),
    "broken float8": ("0.1", "0.1"),
    "infinite float4": ("'Infinity'", "Infinity"),
    "yes boolean": ("true", True),
    "none text": ("NULL", None),
    "text text": ("""E'å"\\\\\\n\\t€'""", 'å"\\\n\t€'),
    "long text": ("repeat('lång ', 300000)", "lång " * 300000),
    "padded char(4)": ("'a'", "a   "),
    "local timestamp": ("'2026-03-29 02:30:00.000001'", "2026-03-29T02:30:00.000001"),
    "zoned timestamptz": ("'2026-03-01 08:14:07+01'", "2026-03-01T07:14:07+00:00"),
    "never timestamptz": ("'infinity'", "infinity"),
    "caesar timestamp": ("'0044-03-15 12:00:00 BC'", "0044-03-15 12:00:00 BC"),
    "day date": ("'2026-03-01'", "2026-03-01"),
    "clock time": ("'24:00'", "24:00:00"),
    "span interval": ("'1 day 2 hours'", "P1DT2H"),
    "bytes bytea": ("'\\x00ff41'", "00ff41"),
    "document jsonb": ("""'{"n": 1.10, "a": [1]}'""", '{"a": [1], "n": 1.10}'),
    "list int[]": ("'{1,2}'", "{1,2}"),
    "times timestamptz[]": ("'{infinity}'", "{infinity}"),
    "address inet": ("'10.0.0.1/24'", "10.0.0.1/24"),
    "number uuid": ("'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"),
    "many int4range": ("'[1,5)'", "[1,5)"),
    '"with "" quote" text': ("'x'", "x"),
    '"Stor Å%" text': ("'%s'", "%s"),
}


@needs_postgres
def test_every_type_comes_exactly(postgres, polling):
    postgres.run(f"CREATE TABLE audit.types (id int PRIMARY KEY, {', '.join(TYPES)})")
    postgres.run(f"INSERT INTO audit.types VALUES (1, {', '.join(sql for sql, _ in TYPES.values())})")
    with polling(table="audit.types") as reader:
        reader.ids(1)
        row = reader.rows[0]
    names = ["id", *(name.rpartition(" ")[0].removeprefix('"').removesuffix('"').replace('""', '"') for name in TYPES)]
    assert list(row) == names
    assert list(row.values()) == [1, *(told for _, told in TYPES.values())]


@needs_postgres
def test_a_record_has_the_declared_columns_only(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) VALUES ('x')")
    with polling(columns=["note"]) as reader:
        until(lambda: reader.rows)
        assert reader.rows == [{"note": "x"}]


@needs_postgres
def test_what_was_there_before_the_start_is_left(postgres, table, polling):
    postgres.run(
        f"INSERT INTO {table} (at) SELECT '2026-03-01'::timestamptz + i * interval '1 day' FROM generate_series(0, 9) i"
    )
    with polling(growing="at", start="2026-03-05T00:00:00+01:00") as reader:
        assert reader.ids(6) == [5, 6, 7, 8, 9, 10]


@needs_postgres
def test_a_row_that_is_committed_late_is_found(postgres, table, polling):
    with polling() as reader, postgres.connect() as late:
        late.autocommit = False
        late.execute(f"INSERT INTO {table} (note) VALUES ('late')")
        postgres.run(f"INSERT INTO {table} (note) VALUES ('early')")
        assert reader.ids(1) == [2]
        reader.polls()
        late.commit()
        assert reader.ids(2) == [2, 1]
        reader.polls()
        assert len(reader.rows) == 2


@needs_postgres
def test_a_row_that_was_committed_while_nobody_polled_is_found(postgres, table, polling):
    with postgres.connect() as late:
        late.autocommit = False
        late.execute(f"INSERT INTO {table} (note) VALUES ('late')")
        postgres.run(f"INSERT INTO {table} (note) VALUES ('early')")
        with polling() as reader:
            assert reader.ids(1) == [2]
            reader.polls()
        late.commit()
    with polling() as reader:
        assert reader.ids(2) == [2, 1]


@needs_postgres
def test_rows_of_one_moment_are_all_read(postgres, table, polling):
    insert = f"INSERT INTO {table} (at) SELECT '2026-03-01' FROM generate_series(1, 25)"
    postgres.run(insert)
    with polling(growing="at", batch_rows=10) as reader:
        reader.ids(25)
        postgres.run(insert)
        assert sorted(reader.ids(50)) == list(range(1, 51))


@needs_postgres
def test_without_a_key_equal_rows_are_as_many_records(postgres, polling):
    postgres.run("CREATE TABLE audit.keyless (at timestamp, who text)")
    insert = "INSERT INTO audit.keyless SELECT '2026-03-01 08:00', unnest('{a,a,b}'::text[])"
    postgres.run(insert)
    with polling(table="audit.keyless", growing="at", zone="Europe/Stockholm", batch_rows=2) as reader:
        until(lambda: len(reader.rows) == 3)
        reader.polls()
        postgres.run(insert)
        until(lambda: len(reader.rows) == 6)
        reader.polls()
        assert sorted(row["who"] for row in reader.rows) == ["a", "a", "a", "a", "b", "b"]


@needs_postgres
def test_a_changed_row_is_new_if_its_growing_column_says_so(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (at, note) VALUES ('2026-03-01', 'a'), ('2026-03-01', 'b')")
    with polling(growing="at") as reader:
        reader.ids(2)
        postgres.run(f"UPDATE {table} SET note = 'a2', at = '2026-03-02' WHERE note = 'a'")
        postgres.run(f"UPDATE {table} SET note = 'b2' WHERE note = 'b'")
        until(lambda: reader.odd)
        reader.polls()
        assert sorted(row["note"] for row in reader.rows) == ["a", "a2", "b"]
        assert reader.odd == {"records that were changed after they were read; the first reading stands": 1}


@needs_postgres
@pytest.mark.parametrize("then", [0, 1])
def test_a_table_that_begins_anew_is_read_from_its_beginning(postgres, table, polling, then):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'old' FROM generate_series(1, 5)")
    with polling() as reader:
        reader.ids(5)
        reader.polls()
        with postgres.connect() as connection, connection.transaction():
            connection.execute(f"TRUNCATE {table} RESTART IDENTITY")
            connection.execute(f"INSERT INTO {table} (note) SELECT 'new' FROM generate_series(1, {then})")
        until(lambda: reader.odd)
        postgres.run(f"INSERT INTO {table} (note) VALUES ('new')")
        assert reader.ids(6 + then) == [1, 2, 3, 4, 5, *range(1, then + 2)]
        reader.polls()
        assert len(reader.rows) == 6 + then
        assert reader.odd == {"the table began anew (emptied, or its ids set back): it is read from its beginning": 1}


@needs_postgres
@pytest.mark.parametrize(
    ("then", "told"),
    [("DELETE FROM {0}", True), ("DELETE FROM {0} WHERE id > 3", False), ("TRUNCATE {0} RESTART IDENTITY", True)],
)
def test_rows_that_may_have_come_and_gone_while_nobody_polled_are_a_gap(postgres, table, polling, then, told):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 5)")
    with polling(late_s=0) as reader:
        reader.ids(5)
        reader.polls()
    postgres.run(then.format(table))
    postgres.run(f"INSERT INTO {table} (note) SELECT 'new' FROM generate_series(1, 2)")
    sleep(0.1)  # longer than late_s and poll_s
    with polling(late_s=0) as reader:
        reader.ids(7)
        reader.polls()
        assert bool(reader.intake.trouble["x"].lost) == told
    lost = [block for block in reader.spool.read("a") if "lost" in json.loads(block.context)]
    assert [(block.position, len(block.records)) for block in lost] == [(5, 1)] * told
    for block in lost:
        said = json.loads(block.context)["lost"]
        assert re.fullmatch(rf"{table}: rows deleted since \S+ \S+, perhaps unread", said)


@needs_postgres
def test_rows_deleted_at_the_end_are_told_and_nothing_stands_twice(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 5)")
    with polling() as reader:
        reader.ids(5)
        postgres.run(f"DELETE FROM {table} WHERE id IN (2, 4, 5)")
        until(lambda: reader.odd)
        postgres.run(f"INSERT INTO {table} (note) VALUES ('new')")
        assert reader.ids(6) == [1, 2, 3, 4, 5, 6]
        reader.polls()
        assert len(reader.rows) == 6
        assert reader.odd == {"rows that were read are gone from the table's end": 1}


@needs_postgres
def test_a_date_far_ahead_stops_nothing(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (at) VALUES ('9999-12-31'), ('infinity'), ('2026-03-01')")
    with polling(growing="at") as reader:
        assert reader.ids(1) == [3]
        until(lambda: reader.odd)
        postgres.run(f"INSERT INTO {table} (at) VALUES ('2026-03-02')")
        assert reader.ids(2) == [3, 4]
        reader.polls()
        assert reader.odd == {"rows from the future: they are read when their time comes": 1}


@needs_postgres
def test_more_than_can_be_known_again_is_told_and_read_once(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 5000)")
    with polling(remember_records=300, batch_rows=100) as reader:
        assert reader.ids(5000) == list(range(1, 5001))
        reader.polls()
        assert len(reader.rows) == 5000
        reason = "more records within late_s than remember_records: late ones are found among the latest only"
        assert set(reader.odd) == {reason}
    with polling(remember_records=300) as reader:
        reader.polls()
        assert len(reader.rows) == 5000


REFUSED = {
    "table: there is none of that name, or it is hidden from this user": {"table": "audit.nowhere"},
    "the table has no column nothing": {"growing": "nothing"},
    "the table has no column pnr": {"columns": ["pnr"]},
    "growing: want a column of whole numbers, decimals or times": {"growing": "note"},
    "growing: the column is empty in some rows, which would never be read": {"growing": "at"},
    "zone: missing; the growing column has times without offset": {"table": "audit.naive", "growing": "at"},
    "this user may not read the table": {"table": "public.closed"},
    "user or password refused": {"password": "fel"},
    "there is no such database": {"database": "nowhere"},
    "connection refused: nothing listens there": {"port": 1},
    "no host of that name": {"host": "nowhere.invalid"},
    "the server speaks no TLS, or wants it": {"mode": "require"},
    "start: is no value of the growing column": {"start": "i går"},
    "a statement took longer than timeout_s": {"table": "audit.slow", "timeout_s": 0.3},
    "the server refused (25006)": {"table": "audit.writing"},  # it asked for a write
}


@needs_postgres
@pytest.mark.parametrize("reason", REFUSED)
def test_what_can_not_be_read_is_named_and_tried_again(postgres, table, polling, caplog, reason):
    postgres.run("CREATE TABLE IF NOT EXISTS closed (id int PRIMARY KEY)")
    postgres.run("CREATE TABLE IF NOT EXISTS audit.naive (at timestamp PRIMARY KEY)")
    postgres.run("CREATE OR REPLACE VIEW audit.slow AS SELECT 1 AS id, pg_sleep(60)::text AS note")
    postgres.run("CREATE SEQUENCE IF NOT EXISTS audit.counted; GRANT ALL ON audit.counted TO reader")
    postgres.run("CREATE OR REPLACE VIEW audit.writing AS SELECT nextval('audit.counted') AS id")
    postgres.run(f"INSERT INTO {table} (at, note) VALUES (NULL, '19121212-1212')")
    keys = dict(REFUSED[reason])
    database, port = keys.pop("database", "postgres"), keys.pop("port", postgres.port)
    host, mode = keys.pop("host", "127.0.0.1"), keys.pop("mode", "disable")
    url = f"postgresql://reader@{host}:{port}/{database}?sslmode={mode}"
    with polling(**{"url": url} | keys) as reader:
        reader.refused(reason)
        assert list(reader.intake.trouble["x"].refused) == [reason]
        assert reader.rows == []
    assert caplog.messages == [f"collect.x: can't be polled: {reason}; tried again"]
    assert "1212" not in caplog.text
    assert PASSWORD not in caplog.text


@needs_postgres
def test_a_table_that_comes_back_is_read_on(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) VALUES ('a')")
    with polling() as reader:
        reader.ids(1)
        postgres.run(f"ALTER TABLE {table} RENAME TO away")
        reader.refused("table: there is none of that name, or it is hidden from this user")
        postgres.run(f"ALTER TABLE audit.away RENAME TO {table.removeprefix('audit.')}")
        postgres.run(f"INSERT INTO {table} (note) VALUES ('b')")
        assert reader.ids(2) == [1, 2]


@needs_postgres
def test_stopping_waits_for_no_statement(postgres, polling):
    postgres.run("CREATE OR REPLACE VIEW audit.endless AS SELECT 1 AS id, pg_sleep(600)::text AS note")
    busy = "SELECT pid FROM pg_stat_activity WHERE application_name = 'sparhund' AND state = 'active'"
    with polling(table="audit.endless", timeout_s=3600):
        until(lambda: postgres.run(busy))
    until(lambda: not postgres.run(busy))  # and none is left behind


@needs_postgres
def test_a_server_that_restarts_in_the_middle_loses_nothing(tmp_path):
    with Server() as postgres:
        postgres.run("CREATE TABLE audit.t (id int PRIMARY KEY, note text)")
        postgres.run("INSERT INTO audit.t SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i")
        with Polling(postgres, tmp_path, "audit.t", batch_rows=20) as reader:
            until(lambda: held(reader.spool, "a"))
            postgres.stop()
            stored = len(held(reader.spool, "a"))
            until(lambda: reader.intake.trouble["x"].refused)
            postgres.start()
            assert reader.ids(5000) == list(range(1, 5001))
            assert stored < 5000
            reader.polls()
            assert len(reader.rows) == 5000


CONFIG = """
[sources.a]
mapping = "table_csv"
zone = "Europe/Stockholm"
[sources.a.params]
columns = {{ time = "at", actor_account = "account", action = "act", subject = "person", object_id = "id" }}
words = {{ action = {{ "läst" = "read" }} }}
[collect.x]
kind = "database"
url = "{url}"
password = "{password}"
table = "{table}"
growing = "id"
source = "a"
poll_s = 0.05
batch_rows = 20
"""
COLLECT = [sys.executable, "-c", "from dashboards.cli import main; main()", "collect", "--config"]


@contextmanager
def process(config):
    with config.with_name("log").open("ab") as log:
        running = subprocess.Popen([*COLLECT, str(config)], stdout=log, stderr=log)
    try:
        yield running
    finally:
        running.kill()
        running.wait(60)


def insert_until(postgres, table, stop, dice):
    """Transactions of ours and another's that end in another order than they began."""
    with postgres.connect() as one, postgres.connect() as two:
        one.autocommit = two.autocommit = False
        while not stop.is_set():
            for connection in (one, two):
                connection.execute(
                    f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, {dice.randint(1, 60)})"
                )
            for connection in dice.sample((one, two), 2):
                connection.commit() if dice.random() < 0.9 else connection.rollback()
                stop.wait(dice.random() * 0.02)


@needs_postgres
def test_killed_at_any_moment_each_row_is_stored_once(postgres, table, tmp_path):
    config = tmp_path / "sparhund.toml"
    config.write_text(CONFIG.format(url=postgres.url, password=PASSWORD, table=table))
    spool, dice, stop = Spool(tmp_path / "lake" / "spool"), random.Random(4), threading.Event()
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 3000)")
    writer = threading.Thread(target=insert_until, args=(postgres, table, stop, dice))
    writer.start()
    try:
        for _ in range(3):
            before = len(held(spool, "a"))
            with process(config):
                until(lambda before=before: len(held(spool, "a")) > before)
                stop.wait(random.Random(before).uniform(0, 0.3))
    finally:
        stop.set()
        writer.join(60)
    want = [number for (number,) in postgres.run(f"SELECT id FROM {table} ORDER BY id")]
    with process(config):
        until(lambda: len(held(spool, "a")) >= len(want))
        stored = len(held(spool, "a"))
        until(
            lambda: (
                json.loads((tmp_path / "lake/cursors/x.json").read_text())["cursor"]["marks"][-1][1] == str(want[-1])
            )
        )
    assert sorted(json.loads(record)["id"] for record in held(spool, "a")) == want
    assert stored == len(want)


@needs_postgres
def test_of_two_processes_one_polls_and_the_other_takes_over(postgres, table, tmp_path):
    config = tmp_path / "sparhund.toml"
    config.write_text(CONFIG.format(url=postgres.url, password=PASSWORD, table=table))
    spool = Spool(tmp_path / "lake" / "spool")
    postgres.run(f"INSERT INTO {table} (note) VALUES ('a')")
    with process(config) as first:
        until(lambda: held(spool, "a"))
        with process(config):
            until(lambda: "another process polls this" in (tmp_path / "log").read_text())
            postgres.run(f"INSERT INTO {table} (note) VALUES ('b')")
            until(lambda: len(held(spool, "a")) == 2)
            first.kill()
            postgres.run(f"INSERT INTO {table} (note) VALUES ('c')")
            until(lambda: len(held(spool, "a")) == 3)
    assert [json.loads(record)["id"] for record in held(spool, "a")] == [1, 2, 3]


@needs_postgres
def test_from_the_table_to_an_answer(postgres, table, tmp_path):
    postgres.run(f"ALTER TABLE {table} ADD account text, ADD act text, ADD person text")
    postgres.run(
        f"INSERT INTO {table} (at, account, act, person) VALUES "
        "('2026-03-01 08:00+01', 'KOMMUN\\anna.b', 'Läst', '19121212-1212'), "
        "('2026-03-01 09:00+01', 'bo.c', 'läst', NULL)"
    )
    config = tmp_path / "sparhund.toml"
    config.write_text(CONFIG.format(url=postgres.url, password=PASSWORD, table=table))
    with process(config):
        until(lambda: len(held(Spool(tmp_path / "lake" / "spool"), "a")) == 2)

    def run(*words):
        result = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    run("ingest", "--config", str(config))
    lake = str(tmp_path / "lake")
    said = run("ask", "who_accessed_object", "--object_id", "1", "--lake", lake, "--format", "json")
    (row,) = json.loads(said)["rows"]
    assert (row["actor_account"], row["action"], row["last_utc"]) == ("anna.b", "read", "2026-03-01T07:00:00Z")
    assert "KOMMUN" not in json.dumps(row["actor_account"])
    assert json.loads(said)["statement"]


@pytest.mark.parametrize(
    ("keys", "place", "reason"),
    [
        ({"late_s": 86401}, "late_s", "must be at most 86400"),
        ({"zone": "Sverige"}, "zone", "want a zone, such as Europe/Stockholm or UTC"),
        ({"poll_s": 0}, "poll_s", "must be more than 0"),
        ({"batch_rows": 0}, "batch_rows", "must be more than 0"),
        ({"table": ""}, "table", "is empty"),
        ({"password": "a", "password_file": "b"}, "password_file", "there is a password too"),
        ({"url": "nonsense"}, "url", "want dialect://user@host/database"),
        ({"url": "sqlite:///x"}, "url", "want one of postgresql, mysql, mssql, oracle, mariadb"),
        ({"url": "oracle://a@b/c"}, "url", "its driver is missing: install sparhund[oracle]"),
        ({"password_file": "nowhere"}, "password_file", "nowhere: No such file or directory"),
    ],
)
def test_settings_that_can_not_be(monkeypatch, keys, place, reason):
    monkeypatch.setitem(sys.modules, "oracledb", None)  # as where it isn't installed
    with pytest.raises(SettingsError) as error:
        asyncio.run(DatabaseCollector(parsed(**{"url": "postgresql://a@b/c"} | keys)).open())
    assert (error.value.field, error.value.reason) == (place, reason)


def test_the_password_is_the_files_first_line_and_never_shown(tmp_path):
    (tmp_path / "p").write_text("a:b/c@d\r\nrest\n")
    declared = parsed("postgresql://anna@host/db", password_file=str(tmp_path / "p"))
    assert drivers.engine(declared).url.password == "a:b/c@d"
    assert "a:b/c@d" not in repr(drivers.engine(declared))
    assert "hemligt" not in repr(parsed("postgresql://anna:hemligt@host/db"))


def table_of(sql_type, zone=None, zoned=False):
    rows = sa.table("log", sa.column("id", sql_type), sa.column("note"), schema="audit")
    return database.Table(rows, rows.c.id, ["note"], ["id"], nullable=False, zone=zone, zoned=zoned)


ROWS = "SELECT {0}.note, {0}.id FROM {0} WHERE {0}.id > 7 ORDER BY {0}.id"
LAST = "SELECT max({0}.id) AS max_1 FROM {0}"
SOME = "SELECT {0}.note, {0}.id FROM {0} WHERE {0}.id IS NULL"
STATEMENTS = {
    "postgresql": (ROWS, LAST, f"{SOME} LIMIT 1"),
    "mssql": (ROWS, LAST, SOME.replace("SELECT", "SELECT TOP 1")),
    "oracle": (ROWS, LAST, f"{SOME} FETCH FIRST 1 ROWS ONLY"),
    "mysql": (ROWS, LAST, f"{SOME} LIMIT 1"),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_statements_of_each_dialect(name):
    table = table_of(sa.Integer())
    statements = (
        database.select(table, 7, None, None),
        database.last(table, None),
        database.sample(table, table.growing.is_(None)),
    )
    for statement, want in zip(statements, STATEMENTS[name], strict=True):
        told = statement.compile(dialect=DIALECTS[name].dialect(), compile_kwargs={"literal_binds": True})
        assert " ".join(str(told).split()) == want.format("audit.log")


@pytest.mark.parametrize("name", DIALECTS)
def test_times_are_bound_as_times(name):
    told = database.select(table_of(sa.DateTime(), ZoneInfo("UTC")), NOON, None, NOON + LATE).compile(
        dialect=DIALECTS[name].dialect()
    )
    assert list(told.params.values()) == [NOON, NOON + LATE]


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        (mssql.BIGINT(), Decimal),
        (mssql.DATETIME2(), datetime),
        (mssql.DATETIMEOFFSET(), datetime),
        (mssql.MONEY(), None),
        (mssql.TIMESTAMP(), None),
        (oracle.NUMBER(), Decimal),
        (oracle.NUMBER(12, 2), Decimal),
        (oracle.DATE(), datetime),
        (oracle.TIMESTAMP(), datetime),
        (mysql.DATETIME(), datetime),
        (mysql.INTEGER(unsigned=True), Decimal),
        (postgresql.TIMESTAMP(timezone=True), datetime),
        (postgresql.UUID(), None),
        (sa.Float(), None),
        (sa.Date(), None),
        (sa.String(), None),
    ],
)
def test_what_can_grow(declared, kind):
    assert database.growing_kind(declared) is kind


class TestReading:
    def test_a_poll_begins_at_the_newest_mark_that_is_old_enough(self):
        marks = [Mark(NOON + minutes * timedelta(minutes=1), value) for minutes, value in ((0, None), (5, 50), (8, 80))]
        assert Reading(marks).begin(LATE, NOON).value is None
        assert Reading(marks, NOON + timedelta(minutes=14)).begin(LATE, NOON).value is None
        assert Reading(marks, NOON + timedelta(minutes=15)).begin(LATE, NOON).value == 50
        assert Reading(marks, NOON + timedelta(days=9)).begin(LATE, NOON).value == 80

    def test_it_begins_later_where_what_was_read_is_not_all_known(self):
        marks = [Mark(NOON, None), Mark(NOON + LATE, 50), Mark(NOON + 2 * LATE, 80)]
        assert Reading(marks).begin(LATE, NOON + timedelta(seconds=1)).value == 50
        assert Reading(marks).begin(LATE, NOON + 9 * LATE).value == 80

    def test_marks_are_few_and_the_latest_is_always_there(self):
        reading = Reading([Mark(NOON, None)])
        for number in range(10_000):
            assert reading.reached(number, NOON + number * timedelta(seconds=1), LATE)
            assert reading.marks[-1].value == number
        assert not reading.reached(9_999, NOON, LATE)
        assert len(reading.marks) <= 64
        moments = [mark.moment for mark in reading.marks]
        assert moments == sorted(moments)
        # those of the last ten minutes lie close enough to one another
        assert sum(moment > moments[-1] - LATE for moment in moments) > 15


@needs_postgres
@pytest.mark.parametrize("step", ["append", "move"])
def test_a_disk_that_was_full_loses_nothing_and_nothing_stands_twice(postgres, table, polling, monkeypatch, step):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 25)")
    place = {"append": Spool, "move": Cursor}[step]
    usual, calls = getattr(place, step), iter(range(1000))

    def full(*words):
        if next(calls) in {1, 2, 4}:
            raise OSError(errno.ENOSPC, "No space left on device")
        return usual(*words)

    monkeypatch.setattr(place, step, full)
    with polling(batch_rows=5) as reader:
        assert reader.ids(25) == list(range(1, 26))
        reader.polls()
        assert len(reader.rows) == 25
        assert reader.intake.trouble["x"].refused == {"what was read could not be kept": 3}


@needs_postgres
def test_what_was_stored_is_known_after_a_start_that_failed(postgres, table, polling, monkeypatch):
    postgres.run(f"INSERT INTO {table} (note) VALUES ('n')")
    with polling() as reader:
        reader.ids(1)
    usual, calls = Remembered.load, iter(range(1000))

    def full(*words):
        if next(calls) < 2:
            raise OSError(errno.EIO, "Input/output error")
        usual(*words)

    monkeypatch.setattr(Remembered, "load", full)
    with polling() as reader:
        reader.polls()
        assert reader.intake.trouble["x"].refused == {"Input/output error": 2}
        assert len(reader.rows) == 1


@needs_postgres
def test_a_damaged_cursor_is_named_and_nothing_is_read(polling, tmp_path):
    (tmp_path / "cursors").mkdir()
    (tmp_path / "cursors" / "x.json").write_text('{"scope": ')
    with polling() as reader:
        reader.refused("its cursor's file is damaged")


@needs_postgres
def test_another_table_is_read_from_its_beginning(postgres, table, polling):
    postgres.run(f"INSERT INTO {table} (note) SELECT 'n' FROM generate_series(1, 5)")
    postgres.run("CREATE TABLE audit.other (id int PRIMARY KEY)")
    postgres.run("INSERT INTO audit.other VALUES (1)")
    with polling() as reader:
        reader.ids(5)
    with polling(table="audit.other") as reader:
        assert reader.ids(6) == [1, 2, 3, 4, 5, 1]


class TestClocks:
    """Clocks in Stockholm are set back at 01:00 UTC on 25 October 2026."""

    SET_BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
    LOCAL = table_of(sa.DateTime(), ZoneInfo("Europe/Stockholm"))

    @pytest.mark.parametrize(("hours", "more"), [(-3, 0), (-1, 1), (0, 1), (2, 1), (4, 0)])
    def test_an_hour_that_comes_twice_is_read_twice(self, hours, more):
        late = self.LOCAL.late(LATE, self.SET_BACK + timedelta(hours=hours))
        assert late == LATE + timedelta(minutes=6, hours=more)

    def test_what_is_read_never_ends_before_what_was_read(self):
        minutes = [self.SET_BACK + timedelta(minutes=minute) for minute in range(-300, 300)]
        latest = [self.LOCAL.latest(minute) for minute in minutes]
        for minute, end in zip(minutes, latest, strict=True):
            assert end >= minute.astimezone(self.LOCAL.zone).replace(tzinfo=None) + timedelta(minutes=5)
        ends = [self.SET_BACK.replace(tzinfo=None) + timedelta(hours=2)]  # 02:59 of the first time round
        assert all(end >= ends[0] for end in latest[300:360])

    def test_numbers_and_universal_time_have_no_such_hour(self):
        assert table_of(sa.Integer()).late(LATE, self.SET_BACK) == LATE
        assert table_of(sa.Integer()).latest(self.SET_BACK) is None
        zoned = table_of(sa.DateTime(timezone=True), ZoneInfo("UTC"), zoned=True)
        assert zoned.late(LATE, self.SET_BACK) == LATE + timedelta(minutes=6)
        assert zoned.latest(self.SET_BACK) == self.SET_BACK + timedelta(minutes=5)


def test_what_json_has_no_word_for():
    row = (float("nan"), "\ud800", Decimal("1E+2"), NOON.replace(tzinfo=None), memoryview(b"\xff"))
    (record,) = database._records([row], 5, list("abcde"))
    assert json.loads(record) == {"a": "nan", "b": "?", "c": "100", "d": "2026-03-01T12:00:00", "e": "ff"}
