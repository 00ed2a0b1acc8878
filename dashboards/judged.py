"""How detection stands, for Prometheus: what duty explains, what was found and decided, and what waits to be judged."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client import Metric

from analytics.detect.findings import written
from analytics.detect.run import POSITION
from ingest.lake import Lake
from ingest.operations.part import Part, counter, gauge
from schemas.finding import RELATIONS

_SHARE = ("unit", "system", "k")


class Judged(Part):
    """The findings, decisions and shares of LAKE as the last look saw them. Memory: those tables, while it looks."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._seen: tuple[int, ...] = ()
        self._waiting = 0
        self._last = 0.0
        self._shares = RELATIONS["shares"].schema.empty_table()
        self._findings: Counter[tuple[str, str, str]] = Counter()
        self._context: dict[tuple[str, str], int] = {}
        self._fault = ""

    def went(self, context_faults: pa.Table) -> None:
        """A run was made, with the rows of the question context_faults."""
        self._fault = ""
        self._context = {}
        for row in context_faults.to_pylist():
            key = row["relation"] or "", row["state"]
            self._context[key] = self._context.get(key, 0) + max(1, row["number"])

    def stands(self, fault: str) -> None:
        """Nothing can be judged now, and why; empty = nothing came."""
        self._fault = fault

    def problems(self) -> Iterator[str]:
        """Why nothing is judged now."""
        if self._fault:
            yield f"nothing is judged: {self._fault}"

    def sample(self) -> None:
        """Read the tables again, if they have moved."""
        tables = [self._lake.table(name) for name in ("normalised", "runs", "findings", "decisions", "shares")]
        for table in tables:
            table.refresh()
        self._waiting = tables[0].positions.get("batch", 0) - tables[1].positions.get(POSITION, 0)
        seen = tuple(table.version for table in tables[1:])
        if seen == self._seen:
            return
        runs, self._shares = written(self._lake, "runs"), written(self._lake, "shares")
        if len(runs):
            self._last = pc.max(runs["started"]).as_py().timestamp()
        decided = written(self._lake, "decisions")
        verdicts = dict(zip(decided["finding"].to_pylist(), decided["verdict"].to_pylist(), strict=True))
        held = written(self._lake, "findings").select(["finding", "detection", "severity", "state"])
        self._findings = Counter(
            (row["detection"], row["severity"], verdicts.get(row["finding"], "open"))
            for row in held.to_pylist()
            if row["state"] == "found"
        )
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """As Prometheus has it."""
        yield gauge("sparhund_detect_waiting_batches", "Commits that no run has judged.", (), [((), self._waiting)])
        yield gauge("sparhund_detect_last_run_timestamp_seconds", "When the last run began.", (), [((), self._last)])
        yield gauge(
            "sparhund_findings",
            "Findings as they stand, by what was decided (open = nothing yet).",
            ("detection", "severity", "verdict"),
            self._findings.items(),
        )
        yield gauge(
            "sparhund_detect_context_faults",
            "Rows of the municipality's tables that the last run found wrong (1 where there is no such table).",
            ("table", "state"),
            self._context.items(),
        )
        whole = self._shares.filter(pc.is_null(self._shares["explanation"]))
        text = "Judged accesses that need an explanation."
        yield counter("sparhund_detect_accesses", text, _SHARE, _rows(whole, "accesses"))
        text = "Those of them that duty explains."
        yield counter("sparhund_detect_explained", text, _SHARE, _rows(whole, "explained"))


def _rows(shares: pa.Table, name: str) -> Iterator[tuple[tuple[str, ...], float]]:
    summed = shares.group_by(list(_SHARE)).aggregate([(name, "sum")])
    for row in summed.to_pylist():
        yield tuple("" if row[label] is None else str(row[label]) for label in _SHARE), row[f"{name}_sum"]
