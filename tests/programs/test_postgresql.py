"""PostgreSQL with pgaudit: the same acts in its three formats."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ingest.torture.ports import free_port
from tests.programs.people import events, let_in, running, told, wait

pytestmark = pytest.mark.program("postgresql")
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
logging_collector = on
log_destination = 'stderr,csvlog,jsonlog'
log_directory = '{folder}'
log_filename = 'pg.log'
log_connections = on
log_disconnections = on
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'Europe/Stockholm'
shared_preload_libraries = 'pgaudit'
pgaudit.log = 'all'
"""
ACTS = """
CREATE ROLE handlaggare;
CREATE ROLE "anna.berg" LOGIN PASSWORD 'Host-2026!';
GRANT handlaggare TO "anna.berg";
CREATE TABLE journal (id int, namn text);
GRANT SELECT ON journal TO handlaggare;
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, port = tmp_path_factory.mktemp("postgresql"), free_port()
    let_in(folder)
    shutil.chown(folder, "postgres")
    _postgres(folder, PROGRAMS / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "--no-sync")
    with (folder / "data/postgresql.conf").open("a") as settings:
        settings.write(SETTINGS.format(port=port, folder=folder))
    (folder / "data/pg_hba.conf").write_text("local all all trust\nhost all anna.berg 127.0.0.1/32 scram-sha-256\n")
    server = [PROGRAMS / "postgres", "-D", folder / "data"]
    with running(
        [str(each) for each in server], user="postgres", until=folder / f".s.PGSQL.{port}", stderr=subprocess.DEVNULL
    ):
        psql = [PROGRAMS / "psql", "-X", "-q", "-p", str(port)]
        wait(lambda: _postgres(folder, *psql, "-h", folder, "-c", "", check=False) == 0)
        _postgres(folder, *psql, "-h", folder, script=ACTS)
        anna = [*psql, "-h", "127.0.0.1", "-U", "anna.berg", "-d", "postgres"]
        _postgres(
            folder, *anna, script="SELECT *\n  FROM journal;\nDELETE FROM journal;", password="Host-2026!", check=False
        )
        _postgres(folder, *anna, "-c", "SELECT 1", password="fel", check=False)
    return folder


def _postgres(folder: Path, *command: object, script: str = "", password: str = "", check: bool = True) -> int:
    return subprocess.run(
        [str(each) for each in command],
        input=script,
        text=True,
        check=check,
        capture_output=True,
        user="postgres",
        group="postgres",
        cwd=folder,
        env={**os.environ, "PGPASSWORD": password},
        timeout=15,
    ).returncode


@pytest.mark.parametrize("name", ["pg.log", "pg.csv", "pg.json"])
def test_every_format_tells_the_same(logs: Path, name: str) -> None:
    found = events(logs / name, "postgresql", "log_line_prefix=%m [%p] %q%u@%d ")
    logins = [event for event in found if event["action"] == "login" and event.get("actor_account") == "anna.berg"]
    assert [event["outcome"] for event in logins] == [
        "success",
        "success",
        "failure",
    ]  # authenticated, authorized; refused
    acts = [event for event in found if event["action"] not in {"login", "logout", "connect", "other", "execute"}]
    assert told(acts, "actor_account", "action", "target_account", "target_group", "outcome")[:6] == [
        ("postgres", "account_create", "handlaggare", None, "unknown"),
        ("postgres", "account_create", "anna.berg", None, "unknown"),
        ("postgres", "grant", "anna.berg", "handlaggare", "unknown"),
        ("postgres", "create", None, None, "unknown"),
        ("postgres", "grant", "handlaggare", None, "unknown"),
        ("anna.berg", "read", None, None, "unknown"),
    ]
    [refused] = [event for event in found if event.get("object_path") == "journal" and event["outcome"] == "failure"]
    assert (refused["actor_account"], refused["object_type"]) == ("anna.berg", "table")
