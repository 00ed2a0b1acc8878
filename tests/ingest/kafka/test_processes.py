"""The commands as processes of their own, killed at random while records flow from one host to another."""

import gzip
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

import duckdb
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.lake import Lake
from ingest.spool import Delivery, Spool
from ingest.torture.ports import free_port
from tests.broker import running
from tests.ingest.kafka.test_topics import records, until

pytestmark = pytest.mark.program("mvn")
_SPARHUND = [sys.executable, "-W", "ignore", "-c", "from dashboards.cli import main; main()"]
SETTINGS = """
[lake]
root = "{root}"
flush_after_s = 0.1

[kafka]
brokers = ["{broker}"]
client = "{client}"
group = "{group}"
prefix = "{group}."
partitions = 2

[sources.web]
mapping = "web_access"

[sources.other]
mapping = "web_access"

[sources.files]
mapping = "web_access"
"""


class Process:
    """A command that is started again when it was killed."""

    def __init__(self, *words):
        self.words = [*_SPARHUND, *map(str, words)]
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill(self):
        assert self.process.poll() is None, self.process.stderr.read().decode()
        self.process.kill()
        self.process.communicate()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=90)[1].decode()
        assert self.process.returncode == 0, said
        return said


@contextmanager
def processes(*commands):
    started = [Process(*words) for words in commands]
    try:
        yield started
    finally:
        for each in started:
            if each.process.poll() is None:
                each.process.kill()
            each.process.communicate()


def test_killed_forwarders_writers_and_brokers_lose_nothing_and_store_nothing_twice(tmp_path, client):
    dice = random.Random(os.environ.get("SEED") or 4)
    with running(tmp_path / "broker") as broker:
        group = uuid.uuid4().hex
        for name in ("far", "near"):
            text = SETTINGS.format(root=tmp_path / name / "lake", broker=broker.address, client=client, group=group)
            (tmp_path / f"{name}.toml").write_text(text)
        with (tmp_path / "far.toml").open("a") as file:
            file.write('shipped = ["far/*.log", "far/*.gz"]\n')
        log = Log(tmp_path / "far" / "a.log")
        spool = Spool(tmp_path / "far" / "lake" / "spool")
        Lake.create(tmp_path / "near" / "lake")
        ports = [free_port() for _ in range(3)]
        words = [("forward", "far"), ("ingest --follow", "near"), ("ingest --follow", "near")]
        commands = [
            (*command.split(), "--config", tmp_path / f"{name}.toml", "--operations", f"127.0.0.1:{port}")
            for (command, name), port in zip(words, ports, strict=True)
        ]
        written = 0
        with processes(*commands) as started:
            until(lambda: found(tmp_path) or append(spool, 0))
            written = 1
            log.append(1000)
            for _ in range(int(os.environ.get("KILLS") or 4)):
                for _ in range(5):
                    written += append(spool, *range(written, written + 400))
                    log.append(300)
                    time.sleep(dice.random() / 4)
                log.rotate()
                victim = dice.choice([*started, broker])
                if victim is broker:
                    broker.stop(signal.SIGKILL)
                    broker.start()
                else:
                    victim.kill()
                    victim.start()
            written += append(spool, *range(written, written + 400)) + log.written
            until(lambda: found(tmp_path) == written, 240)
            until(lambda: balanced(spool, *ports))
            for each in started:
                each.end()
        kept = Lake.open(tmp_path / "near" / "lake").table("evidence").scan()
        events = Lake.open(tmp_path / "near" / "lake").table("normalised").scan()
        per = "count(*), count(DISTINCT (source, shard, position)), count(DISTINCT {})"
        assert duckdb.sql(f"SELECT {per.format('record')} FROM {kept}").fetchall() == [(written,) * 3]
        per = f"SELECT {per.format('object_path')} FROM {events} WHERE kind = 'event'"
        assert duckdb.sql(per).fetchall() == [(written,) * 3]
        assert duckdb.sql(f"SELECT count(*) FROM {events} WHERE kind <> 'event'").fetchall() == [(0,)]
        assert all(spool.waiting(name) == 0 for name in spool.sources())


def balanced(spool, far, *near):
    """Whether nothing waits, and each stream of the spool is as far in the lake as it was given to the broker."""
    try:
        sent, there = metrics(far), [metrics(port) for port in near]
    except httpx.TransportError:  # one that was killed last has not begun again
        return False
    lag = [number for each in there for key, number in each.items() if key[0] == "sparhund_kafka_lag_records"]
    if not lag or any(lag):
        return False
    for source in spool.sources():
        labels = {"source": source, "shard": spool.shard(source)}
        key = tuple(sorted(labels.items()))
        taken = sent["sparhund_spool_taken_position", key]
        kept = [number for each in there if (number := each.get(("sparhund_kafka_stream_position", key))) is not None]
        if not kept or {max(kept), taken} != {spool.next_position(source)}:
            return False
    return sent["sparhund_kafka_reachable", ()] == 1


def metrics(port):
    """By name and labels."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Log:
    """A web log of the other host. Its numbers begin beyond those of the spool."""

    def __init__(self, path):
        self.path = path
        path.parent.mkdir()
        self.written = 0

    def append(self, count):
        first = 1_000_000 + self.written
        with self.path.open("ab") as file:
            file.write(b"".join(record + b"\n" for record in records(*range(first, first + count))))
        self.written += count

    def rotate(self):
        """As logrotate does, with delaycompress."""
        renamed = self.path.with_name("b.log")
        if renamed.exists():
            with gzip.open(self.path.with_name(f"{self.written}.gz"), "wb") as file:
                file.write(renamed.read_bytes())
            renamed.unlink()
        self.path.rename(renamed)


def append(spool, *numbers):
    for number, record in zip(numbers, records(*numbers), strict=True):
        if number % 100 == 0:
            spool.append("web" if number % 200 else "other", Delivery(records=[record]))
    rest = [(number, record) for number, record in zip(numbers, records(*numbers), strict=True) if number % 100]
    if rest:
        spool.append("web", Delivery(records=[record for _, record in rest]))
    return len(numbers)


def found(folder):
    table = Lake.open(folder / "near" / "lake").table("normalised")
    return sum(file.rows for file in table.files.values())
