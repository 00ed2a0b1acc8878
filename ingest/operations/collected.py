"""Collectors: what they took and told their senders to be durable, and what they could not take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from prometheus_client import Metric

from ingest.operations.part import Part, Row, counter, gauge
from ingest.spool import Spool
from schemas.settings import Settings

if TYPE_CHECKING:
    from ingest.sources.intake import Intake

REASONS = 200  # of one collector and kind; what comes beyond is one series more
_TROUBLE = {
    "refused": "Connections, requests and datagrams that were not let in.",
    "lost_records": "Records that were sent and will not come again.",
    "odd": "Taken, but not as it should be.",
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the intake looked like in one moment."""

    records: dict[tuple[str, str], int] = field(default_factory=dict)
    bytes: dict[tuple[str, str], int] = field(default_factory=dict)
    received: dict[tuple[str, str], float] = field(default_factory=dict)
    trouble: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)  # by collector, then kind, then reason
    waiting: int = 0
    failing: tuple[str, ...] = ()


class Collected(Part):
    """The collectors of SETTINGS. `look` belongs to the event loop's thread, since it reads what that changes."""

    def __init__(self, settings: Settings, spool: Spool) -> None:
        self._declared = [
            (name, source) for name, each in settings.collect.items() for source in sorted(each.sources())
        ]
        self._collectors = list(settings.collect)
        self._spool = Spool(spool.root)
        # Where each stream ended when we began: what is accepted from then on comes behind it.
        self._begin = {source: self._spool.next_position(source) for _, source in self._declared}
        self._looked = self._seen = _Seen()

    def look(self, intake: "Intake") -> None:
        """What INTAKE has come to."""
        counts = dict(intake.counts)
        self._looked = _Seen(
            {key: each.records for key, each in counts.items()},
            {key: each.bytes for key, each in counts.items()},
            {key: each.last_received.timestamp() for key, each in counts.items() if each.last_received},
            {
                name: {"refused": dict(each.refused), "lost_records": dict(each.lost), "odd": dict(each.odd)}
                for name, each in dict(intake.trouble).items()
            },
            intake.waiting_bytes,
            tuple(intake.failing),
        )

    def sample(self) -> None:
        """As Part has it: what is told was seen before the spool was, which so holds all of it."""
        self._seen = self._looked

    def collect(self) -> Iterable[Metric]:
        """As Part has it."""
        seen, by = self._seen, ("collector", "source")
        zero: dict[tuple[str, ...], float] = dict.fromkeys(self._declared, 0)
        text = "Records that are durable in the spool, and their senders told so where the protocol can."
        yield counter("sparhund_collect_records", text, by, (zero | seen.records).items())
        yield counter("sparhund_collect_bytes", "Bytes of those records.", by, (zero | seen.bytes).items())
        text = "When a source's last record came through a collector since it was started."
        yield gauge("sparhund_collect_last_received_timestamp_seconds", text, by, seen.received.items())
        for kind, text in _TROUBLE.items():
            yield counter(f"sparhund_collect_{kind}", text, ("collector", "reason"), self._trouble(seen, kind))
        text = "Taken, and not durable yet: the senders wait."
        yield gauge("sparhund_collect_waiting_bytes", text, (), [((), seen.waiting)])
        accepted = dict(self._begin)
        for (_, source), records in seen.records.items():
            accepted[source] = accepted.get(source, 0) + records
        text = "The position after the last record that was told to be durable."
        yield gauge("sparhund_collect_position", text, ("source",), (((name,), at) for name, at in accepted.items()))

    def problems(self) -> Iterator[str]:
        """As Part has it."""
        for source in self._looked.failing:
            yield f"the spool can't be written: {source}"

    def _trouble(self, seen: _Seen, kind: str) -> Iterator[Row]:
        for name in self._collectors:
            reasons = seen.trouble.get(name, {}).get(kind, {})
            for reason, count in islice(reasons.items(), REASONS):
                yield (name, reason), count
            if len(reasons) > REASONS:
                yield (name, "other"), sum(islice(reasons.values(), REASONS, None))
