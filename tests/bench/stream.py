# ruff: noqa: T201 - a bench prints
"""From the broker to committed evidence and events: both clients, beside Logprep on the same topic.

    python -m tests.bench.stream [RECORDS]

Broker and reader share the machine. Lean: seven fields of 300-byte records, the mapping lies with the bench, no people,
register or key. Full: all columns. Logprep copies the same seven fields, with two processes, into a file of JSON lines;
it keeps no evidence and commits nothing.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

from confluent_kafka import Producer

from ingest.kafka.topics import Topics
from ingest.knowledge import Knowledge
from ingest.lake import Lake
from ingest.mapping import mappings
from ingest.normalise import NOTHING
from ingest.writer import Writer
from schemas.source import Source
from schemas.sqlfile import SqlFile
from tests.bench.knowledge import knowledge
from tests.bench.lean import FOLDER
from tests.bench.measure import Run, lines_of, timed
from tests.bench.records import Log, lines
from tests.broker import Broker, running

RECORDS = 1_000_000
PARTITIONS = 2
TOPIC = "m365"
M365_300 = """
'{"CreationTime":"' || strftime(t, '%Y-%m-%dT%H:%M:%S') || '","Id":"' || m[1:8] || '-' || m[9:12] || '-4000-8000-'
|| m[21:32] || '","Operation":"' || CASE WHEN c < 60 THEN 'FileAccessed' ELSE 'FileModified' END
|| '","RecordType":6,"Version":1,"Workload":"SharePoint","ClientIP":"' || ip
|| '","UserId":"anna.' || a || '@aviken.example","ObjectId":"https://aviken.sharepoint.example/sites/enhet' || u
|| '/Delade dokument/beslut ' || o || '.docx"}'
"""
FIELDS = ("CreationTime", "Id", "Operation", "Workload", "ClientIP", "UserId", "ObjectId")


def main(count: int = RECORDS) -> None:
    """Each way in records and MB a second."""
    lean = SqlFile("mapping", "lean_json", FOLDER, {"decoders": "ndjson"}, (), (FOLDER / "json.sql").read_text(), ())
    mappings()[lean.name] = lean
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        raw = Log("m365_audit", lines(M365_300), "m365-300.json").file(folder, count)
        size = raw.stat().st_size - count
        print(f"{count:,} records of {size / count:.0f} bytes in {PARTITIONS} partitions")
        with running(folder / "broker") as broker:
            fill(broker, raw)
            peer = logprep(broker, folder, count, size)
            told = "Logprep isn't installed: BENCH_LOGPREP names its program"
            print(peer.row("Logprep, 2 processes") if peer else told, flush=True)
            full = knowledge()
            for client in ("kafka-python", "confluent"):
                for name, mapping, known in (("lean", lean.name, NOTHING), ("full", "m365_audit", full)):
                    run = ours(broker, folder / "lake", client, mapping, known, count, size)
                    beside = f"{run.per_s / peer.per_s:.1f} x Logprep" if peer else ""
                    print(run.row(f"{client} {name}", beside), flush=True)


def fill(broker: Broker, raw: Path) -> None:
    """The lines of RAW in the topic."""
    broker.topic(TOPIC, PARTITIONS)
    producer = Producer(
        {
            "bootstrap.servers": broker.address,
            "compression.type": "lz4",
            "linger.ms": 50,
            "queue.buffering.max.messages": 0,
        }
    )
    with raw.open("rb") as records:
        for number, line in enumerate(records):
            producer.produce(TOPIC, line[:-1], partition=number // 1000 % PARTITIONS)
            if number % 10_000 == 0:
                producer.flush()
    producer.flush()


def ours(broker: Broker, root: Path, client: str, mapping: str, known: Knowledge, count: int, size: int) -> Run:
    """Time from the first record that is fetched to the last commit."""
    shutil.rmtree(root, ignore_errors=True)
    source = Source(name="m365", mapping=mapping, system="Kvarnen")
    writer = Writer(Lake.create(root), [source], known)
    settings = broker.settings(client=client, topics={TOPIC: "m365"}, group=uuid.uuid4().hex)
    topics = Topics(settings, writer, {"m365": source})
    stopped = threading.Event()
    reader = threading.Thread(target=topics.run, args=(stopped,))
    reader.start()
    while not any(each.next for each in list(topics.partitions.values())):
        time.sleep(0.002)
    with timed(count, size) as run:
        while sum(topics.records.values()) < count:
            if not reader.is_alive():
                raise SystemExit("the reader has ended")
            time.sleep(0.01)
        stopped.set()
        writer.finish()
    reader.join()
    rows = Lake.open(root).table("normalised").scan()
    [(events,)] = writer.connection.sql(f"SELECT count(*) FILTER (kind = 'event') FROM {rows}").fetchall()
    if events != count:
        raise SystemExit(f"{client} {mapping}: {events} events of {count} records")
    return run


def logprep(broker: Broker, folder: Path, count: int, size: int) -> Run | None:
    """The peer's run, from its first line to its last."""
    program = os.environ.get("BENCH_LOGPREP") or shutil.which("logprep", path=str(Path(sys.executable).parent))
    if not program:
        return None
    rules, out = folder / "rules", folder / "logprep.jsonl"
    rules.mkdir()
    copied = {"filter": "*", "field_manager": {"mapping": {name: f"copied.{name}" for name in FIELDS}}}
    (rules / "copy.json").write_text(json.dumps([copied]))
    config = {
        "version": "1",
        "process_count": 2,
        "timeout": 0.1,
        "pipeline": [{"copy": {"type": "field_manager", "rules": [str(rules)]}}],
        "input": {
            "kafka": {
                "type": "confluentkafka_input",
                "topic": TOPIC,
                "kafka_config": {
                    "bootstrap.servers": broker.address,
                    "group.id": "logprep",
                    "auto.offset.reset": "earliest",
                },
            }
        },
        "output": {"file": {"type": "jsonl_output", "output_file": str(out)}},
    }
    (folder / "logprep.json").write_text(json.dumps(config))
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}
    (folder / "metrics").mkdir()
    with (folder / "logprep.said").open("wb") as said:
        process = subprocess.Popen(
            [program, "run", folder / "logprep.json"], stdout=said, stderr=said, env=env, start_new_session=True
        )
    run = Run(count, size)
    try:
        began = first = 0.0
        while (written := lines_of(out)) < count:
            if process.poll() is not None:
                raise SystemExit((folder / "logprep.said").read_text()[-2000:])
            if written and not first:
                began, first = time.perf_counter(), written
            time.sleep(0.05)
        run.wall_s = (time.perf_counter() - began) * count / (count - first)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return run


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
