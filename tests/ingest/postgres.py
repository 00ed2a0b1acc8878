"""A PostgreSQL of our own on loopback, for what collects from its tables."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg

from ingest.torture.ports import free_port
from tests.ingest.collecting import DEADLINE_S

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "Host-2026!"
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
fsync = off
timezone = 'Europe/Stockholm'
log_min_messages = panic
"""
# Whose tables are read, and who may read them.
BEGIN = f"""
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO reader;
"""


class Server:
    """`with` it; the administrator comes by the socket, the reader by TCP with a password.

    Its folder is none of pytest's: those are closed to all but their owner whenever another run begins.
    """

    def __init__(self) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="postgres-")
        self.folder = Path(self._scratch.name)
        self.port = free_port()
        self.url = f"postgresql://reader@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        initdb = [PROGRAMS / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"]
        subprocess.run(initdb, check=True, capture_output=True, user="postgres", group="postgres", cwd=self.folder)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(port=self.port, folder=self.folder))
        (data / "pg_hba.conf").write_text("local all all trust\nhost all reader 127.0.0.1/32 scram-sha-256\n")
        self.start()
        self.run(BEGIN)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._scratch.cleanup()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [PROGRAMS / "postgres", "-D", self.folder / "data"],
            user="postgres",
            group="postgres",
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "PostgreSQL did not start"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """At once, whoever is connected."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGQUIT)
            self._process.wait(DEADLINE_S)
            self._process = None

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname="postgres", autocommit=True
        )

    def run(self, sql: str, *values: object) -> list[tuple]:
        with self.connect() as connection:
            cursor = connection.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
