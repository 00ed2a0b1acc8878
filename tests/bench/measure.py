"""What a bench says of a run: how long it took, how much processor it used, and over how much."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Run:
    """One timed run; children that ended within it count too."""

    records: int
    bytes: int
    wall_s: float = 0.0
    processor_s: float = 0.0

    @property
    def per_s(self) -> float:
        """Records a second."""
        return self.records / self.wall_s

    def row(self, name: str, beside: str = "") -> str:
        """One line of the table."""
        return (
            f"{name:34} {self.records:>9,} records {self.per_s:>11,.0f}/s {self.bytes / 1e6 / self.wall_s:>8.1f} MB/s"
            f" {self.processor_s / self.records * 1e6:>8.2f} µs processor a record  {beside}"
        )


@contextmanager
def timed(records: int, size: int) -> Iterator[Run]:
    """Time what is done inside."""
    run = Run(records, size)
    started, busy = time.perf_counter(), _processor_s()
    yield run
    run.wall_s, run.processor_s = time.perf_counter() - started, _processor_s() - busy


def _processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def lines_of(path: Path) -> int:
    """How many lines PATH has, read from where the last call ended."""
    seen, at = _seen.get(path, (0, 0))
    if path.exists():
        with path.open("rb") as file:
            file.seek(at)
            while data := file.read(8 << 20):
                seen, at = seen + data.count(b"\n"), at + len(data)
        _seen[path] = (seen, at)
    return seen


_seen: dict[Path, tuple[int, int]] = {}
