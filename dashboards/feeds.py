"""Where a source's records come from, as it looks now: what helps to find why nothing comes."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path
from typing import Any

from analytics.installation import Installation

_MOST_FILES = 10_000  # that are looked at for each pattern
_READ_WITHIN = timedelta(minutes=5)
_HINT_S = 3_600  # what came so much later than it happened is old, whatever the source may be silent


@dataclass(frozen=True, slots=True)
class Files:
    """A path or pattern of the settings: how many files of this machine it names, and when one last changed."""

    pattern: str
    files: int
    changed: datetime | None


@dataclass(frozen=True, slots=True)
class Feed:
    """What feeds a source: files of this machine, patterns of another's, collectors (name, kind), topics of Kafka."""

    files: tuple[Files, ...]
    shipped: tuple[str, ...]
    collectors: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]


def feed(home: Installation, name: str) -> Feed:
    """What feeds the source NAME; nothing for one that isn't declared."""
    settings = home.settings
    source = settings.sources.get(name)
    return Feed(
        tuple(_files(pattern) for pattern in source.paths) if source else (),
        source.shipped if source else (),
        tuple((each.name, type(each).__name__) for each in settings.collect.values() if name in each.sources()),
        tuple(topic for topic, fed in settings.kafka.topics.items() if fed == name),
    )


def _files(pattern: str) -> Files:
    found, latest = 0, 0.0
    for path in islice(_below(pattern), _MOST_FILES):
        with suppress(OSError):
            latest = max(latest, path.stat().st_mtime)
            found += 1
    return Files(pattern, found, datetime.fromtimestamp(latest, UTC) if found else None)


def _below(pattern: str) -> Iterator[Path]:
    for text in iglob(pattern, recursive=True):  # noqa: PTH207 - an absolute pattern
        path = Path(text)
        if path.is_file():
            yield path
        elif path.is_dir() and not has_magic(pattern):
            yield from (each for each in path.rglob("*") if each.is_file())


def clues(row: dict[str, Any], found: Feed) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Why the source of ROW (a row of `dashboards.health.Sources`) may be silent: a word of the pages, and its numbers.

    Each is what was seen, not what is guessed; the first is the nearest to the source's system.
    """
    received, last = row["last_received_utc"], row["last_utc"]
    yield from _of_files(found.files, received)
    if row.get("waiting"):
        yield "waits", (row["waiting"],)
    if received and last and (received - last).total_seconds() > _HINT_S:
        yield "old", (received, last)
    for name, kind in found.collectors:
        yield "collector", (name, kind)
    for topic in found.topics:
        yield "topic", (topic,)
    if found.shipped:
        yield "shipped", (", ".join(found.shipped),)
    if not (found.files or found.shipped or found.collectors or found.topics):
        yield "no_feed", ()


def _of_files(found: Iterable[Files], received: datetime | None) -> Iterator[tuple[str, tuple[Any, ...]]]:
    changed = [each.changed for each in found if each.changed]
    yield from (("no_file", (each.pattern,)) for each in found if not each.files)
    if changed and received:
        yield "unread" if max(changed) > received + _READ_WITHIN else "unwritten", (max(changed), received)
