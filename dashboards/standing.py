"""How what runs now stands: what waits in the spool, and what the running commands tell of themselves."""

import ipaddress
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from analytics.installation import OWN, Installation
from ingest.lake import Lake
from ingest.operations.spooled import Spooled, Stream
from schemas.operations import COMMANDS, OperationsSettings, address

TIMEOUT_S = 5.0
COLLECTORS = pa.schema(
    [("collector", pa.string()), *((name, pa.int64()) for name in ("accepted", "refused", "lost", "odd"))]
)
TOPICS = pa.schema(
    [("source", pa.string()), ("topic", pa.string()), ("partition", pa.string()), ("lag_records", pa.int64())]
)
_COUNTED = {  # a column of COLLECTORS is the sum of this metric
    "accepted": "sparhund_collect_records_total",
    "refused": "sparhund_collect_refused_total",
    "lost": "sparhund_collect_lost_records_total",
    "odd": "sparhund_collect_odd_total",
}


@dataclass(frozen=True, slots=True)
class Process:
    """A command that is to run, as the settings say where it answers."""

    command: str
    answers: bool
    reasons: tuple[str, ...] = ()  # why it can't do its work
    metrics: tuple[Metric, ...] = ()


def with_waiting(rows: pa.Table, home: Installation, now: datetime) -> pa.Table:
    """ROWS of `analytics.status` with what the spool holds of each source (`waiting`), and how old that is at NOW.

    With Kafka, what waits in the spool has not been sent yet; what waits in topics is told by who reads them.
    """
    positions = Lake.open(home.root).table("evidence").positions
    spooled = _spooled(home, lambda source, shard: positions.get(f"{source}/{shard}", 0))
    found = {row["source"]: row for row in rows.to_pylist()}
    for source, stream in spooled.items():
        row = found.setdefault(source, {"source": source, "records": 0, "balance": 0})
        age = (now - stream.oldest).total_seconds() if stream.oldest else 0
        row |= {"waiting": stream.waiting, "waiting_s": max(0, int(age))}
    schema = pa.schema([*rows.schema, ("waiting", pa.int64()), ("waiting_s", pa.int64())])
    return pa.Table.from_pylist([found[source] for source in sorted(found)], schema=schema)


def _spooled(home: Installation, position: Callable[[str, str], int]) -> dict[str, Stream]:
    """Each stream; of those that are sent to Kafka by what was trimmed."""
    kafka = bool(home.settings.kafka.brokers)
    parts = [Spooled(home.spool, position, {OWN} if kafka else None), *([Spooled(home.spool)] if kafka else [])]
    for part in parts:
        part.sample()
    return parts[-1].streams | parts[0].streams


def processes(settings: OperationsSettings) -> list[Process]:
    """Those that the settings give an address, asked now."""
    return [_asked(command, text) for command in COMMANDS if (text := getattr(settings, command))]


def collectors(running: Iterable[Process]) -> pa.Table:
    """What each collector took and could not take, since it was started (COLLECTORS)."""
    found: dict[str, dict[str, int]] = {}
    for name, labels, value in _samples(running):
        for column, metric in _COUNTED.items():
            if name == metric:
                counts = found.setdefault(labels["collector"], dict.fromkeys(_COUNTED, 0))
                counts[column] += int(value)
    return pa.Table.from_pylist([{"collector": name, **found[name]} for name in sorted(found)], schema=COLLECTORS)


def topics(running: Iterable[Process]) -> pa.Table:
    """How many records of each partition the lake hasn't yet (TOPICS)."""
    rows = [
        {**labels, "lag_records": int(value)}
        for name, labels, value in _samples(running)
        if name == "sparhund_kafka_lag_records"
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: (row["topic"], row["partition"])), schema=TOPICS)


def _samples(running: Iterable[Process]) -> Iterable[tuple[str, dict[str, str], float]]:
    for process in running:
        for family in process.metrics:
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value


def _asked(command: str, text: str) -> Process:
    host, port = address("operations", command, text)
    if ipaddress.ip_address(host).is_unspecified:  # it listens to all addresses, so also to this machine's own
        host = "::1" if ":" in host else "127.0.0.1"
    place = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    try:
        reasons = _get(f"{place}/readyz").splitlines()
        metrics = tuple(text_string_to_metric_families(_get(f"{place}/metrics")))
    except (OSError, ValueError):
        return Process(command, answers=False)
    return Process(command, answers=True, reasons=() if reasons == ["ok"] else tuple(reasons), metrics=metrics)


def _get(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:  # 503: not ready, and why
        with error:
            return str(error.read().decode())
