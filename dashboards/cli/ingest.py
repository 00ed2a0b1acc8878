import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from dashboards.cli import options
from dashboards.cli.progress import progress
from ingest import compaction
from ingest.kafka.client import check
from ingest.kafka.topics import Topics
from ingest.mapping import mappings
from ingest.opening import open_writer, spool_of
from ingest.operations.brokered import Consumed
from ingest.operations.followed import Followed
from ingest.operations.lake import LakeWatch, Stalled
from ingest.operations.operations import Operations, asked_to_end, running
from ingest.operations.spooled import Spooled
from ingest.sources.files import Files, Read, expand
from ingest.sources.spooled import OWN, drain
from ingest.spool import Block, Spool
from ingest.writer import Writer
from schemas import settings as settings_file
from schemas.errors import LakeError, SettingsError
from schemas.settings import Settings
from schemas.source import Source

_POLL_S = 0.5
_BESIDE = "{} writes to this lake too; each record is still stored once"
_Work = Sequence[tuple[Source, Sequence[str]]]

log = logging.getLogger("sparhund.ingest")


@click.command()
@options.lake
@options.config
@click.option("--source", "name", help="A source of the settings; without --config the name of a mapping.")
@click.option("--follow", is_flag=True, help="Go on: read what the files grow by, through rotation, until stopped.")
@options.operations
@click.argument("paths", nargs=-1)
def ingest(
    lake: Path | None,
    config: Path | None,
    name: str | None,
    follow: bool,
    operations: str | None,
    paths: tuple[str, ...],
) -> None:
    """Read log files into the lake, each record once. PATHS are files, folders or patterns.

    Without PATHS every source of the settings reads its own. A source without settings has no zone: records whose
    times carry none are rejects then. Exit 0: all records became events, or --follow was asked to end (SIGTERM; the
    second time it ends at once). 1: some could not be read, and are kept as rejects. 2: could not do it.
    """
    settings = settings_file.load(config) if config else settings_file.parse({})
    root = lake or (settings.lake.root if config else None)
    if root is None:
        raise SettingsError("ingest", "--lake", "which lake? Give --lake FOLDER or --config FILE")
    work = _work(settings, name, paths, config)
    if paths and not follow:
        expand(paths)  # what isn't there is told before anything is made
    if follow:
        with running("ingest", settings.operations, operations) as watched:
            _follow(settings, root, work, watched)
        return
    writer = open_writer(settings, root, [source for source, _ in work])
    files = Files(writer, batch_records=settings.lake.batch_records, flush_after_s=settings.lake.flush_after_s)
    with writer.lake.announced() as other, files:
        if other:
            click.echo(f"sparhund: {_BESIDE.format(other)}", err=True)
        writer.catch_up()
        problems = _once(files, work)
        files.flush()
        drain(writer, spool_of(root), _drained(settings))
        compaction.tend(writer.lake, settings.lake.max_live_files, datetime.now(UTC))
    if files.records:
        click.echo(f"sparhund: {_summary(writer, files)}", err=True)
    if problems:
        raise SystemExit(2)
    raise SystemExit(1 if writer.rejects else 0)


def _summary(writer: Writer, files: Files) -> str:
    rejects = f", {writer.rejects} of them could not be read: see sparhund rejects" if writer.rejects else ""
    return f"{files.records} new records{rejects}"


def _once(files: Files, work: _Work) -> int:
    """Read all files to their ends. Shape: how many could not be read."""
    problems = 0
    for source, patterns in work:
        try:
            paths = expand(patterns)
        except LakeError as error:
            # The others' logs must not wait for this one's.
            click.echo(f"sparhund: sources.{source.name}: {error}", err=True)
            problems += 1
            continue
        with progress(f"Läser {source.name}", sum(map(_size, paths)), "B") as advance:
            files.progress = advance
            for path in paths:
                problems += _told(files.once(source, path))
    return problems


def _follow(settings: Settings, root: Path, work: _Work, watched: Operations) -> None:
    """Read what comes, until told to stop: what was begun is then brought to its end; what the spool holds can wait."""
    writer = open_writer(settings, root, [source for source, _ in work])
    files = Files(writer, batch_records=settings.lake.batch_records, flush_after_s=settings.lake.flush_after_s)
    files.progress = lambda _: watched.beat()
    drained = _drained(settings)
    topics = _topics(settings, writer)
    with writer.lake.announced() as other, files:
        if other:
            log.warning(_BESIDE.format(other))
        if watched.watched:
            lake = LakeWatch(root, settings.sources.values(), watched.beat)
            spooled = Spooled(spool_of(root), lake.position, drained)
            for part in (lake, spooled, Stalled(lambda: spooled.streams), Followed(files, work)):
                watched.add(part)
            if topics:
                watched.add(Consumed(topics, lambda: lake.positions))
        writer.catch_up()
        with (
            _until_stopped(watched) as stopped,
            compaction.tending(root, settings.lake.max_live_files),
            _reading(topics) as reading,
        ):
            files.stopped = lambda: bool(stopped)
            watched.begun()
            spool = _Turning(root / "spool", watched.beat, stopped)
            while not stopped and not reading.done():
                for read in files.follow(work):
                    if read.problem:
                        log.warning("%s: %s", read.path, read.problem)
                drain(writer, spool, drained)
                watched.beat()
                time.sleep(_POLL_S)
            files.flush()
        writer.finish()
    if files.records:
        if settings.operations.log == "json":
            log.info(_summary(writer, files))
        else:
            click.echo(f"sparhund: {_summary(writer, files)}", err=True)


class _Turning(Spool):
    """A spool of which much may wait: TURNED is told of each block that is read; once STOPPED, none is."""

    def __init__(self, root: Path, turned: Callable[[], object], stopped: Sequence[int]) -> None:
        super().__init__(root)
        self._turned = turned
        self._stopped = stopped

    def read(self, source: str, position: int = 0) -> Iterator[Block]:
        for block in super().read(source, position):
            if self._stopped:
                return
            self._turned()
            yield block


def _drained(settings: Settings) -> set[str] | None:
    """Whose spooled records the writer takes itself: with Kafka a forwarder takes all but our own acts. None: all."""
    return {OWN.name} if settings.kafka.brokers else None


def _topics(settings: Settings, writer: Writer) -> Topics | None:
    if not settings.kafka.brokers:
        return None
    check(settings.kafka)
    return Topics(
        settings.kafka,
        writer,
        settings.sources,
        batch_records=settings.lake.batch_records,
        flush_after_s=settings.lake.flush_after_s,
    )


@contextmanager
def _reading(topics: Topics | None) -> Iterator[Future[None]]:
    """TOPICS are read beside the block. Gives what is done only when that has failed; leaving raises its error."""
    stopped = threading.Event()
    with ThreadPoolExecutor(1, "topics") as pool:
        reading = pool.submit(topics.run, stopped) if topics else Future[None]()
        try:
            yield reading
        finally:
            stopped.set()
        if topics:
            reading.result()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it has gone meanwhile, which is told when it is read


def _told(read: Read) -> bool:
    """Say what is worth saying of READ. Whether it was a problem."""
    if read.problem:
        click.echo(f"sparhund: {read.path}: {read.problem}", err=True)
    elif read.again:
        click.echo(f"{read.path}: already read", err=True)
    return read.problem is not None


@contextmanager
def _until_stopped(watched: Operations) -> Iterator[list[int]]:
    """A list that is empty until somebody asks the process to end."""
    asked: list[int] = []

    def ending() -> None:
        watched.ending()
        asked.append(1)

    told = asked_to_end(ending)

    def note(number: int, _frame: FrameType | None) -> None:
        told(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _one_of(name: str, known: Iterable[str]) -> str:
    if name not in known:
        raise SettingsError("ingest", "--source", f"there is none of that name; there are {', '.join(known) or 'none'}")
    return name


def _work(settings: Settings, name: str | None, paths: tuple[str, ...], config: Path | None) -> _Work:
    """Which source reads which files."""
    if name is None:
        if paths:
            raise SettingsError("ingest", "--source", "which source are the files from?")
        if not settings.sources:
            raise SettingsError(
                "ingest", "sources", "nothing to read: give --config with sources, or --source and PATHS"
            )
        return [(source, source.paths) for source in settings.sources.values() if source.paths]
    if config is not None:
        source = settings.sources[_one_of(name, settings.sources)]
    else:
        source = Source(name=name, mapping=_one_of(name, mappings()))
    return [(source, paths or source.paths)]
