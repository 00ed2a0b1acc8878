import socket
from pathlib import Path

import click
import pyarrow as pa

from dashboards.cli.progress import progress
from ingest import identity, knowledge
from ingest.decoders import Frame
from ingest.decoders.frame import RECORDS
from ingest.lake import Lake
from ingest.mapping import mapping
from ingest.normalise import Context
from ingest.sources.files import expand
from ingest.sources.files import ingest as ingest_files
from ingest.spool import Spool
from ingest.streams import Batch, addressed
from ingest.writer import Writer
from schemas import settings as settings_file
from schemas.errors import SettingsError
from schemas.settings import Settings
from schemas.source import Source

OWN = Source(name="sparhund", mapping="sparhund", system="sparhund", logs=("read", "search", "config_change"))


@click.command()
@click.option("--lake", type=click.Path(path_type=Path), help="The lake's folder. Default: the settings' own.")
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The settings file.")
@click.option("--source", "name", help="A source of the settings; without --config the name of a mapping.")
@click.argument("paths", nargs=-1)
def ingest(lake: Path | None, config: Path | None, name: str | None, paths: tuple[str, ...]) -> None:
    """Read log files into the lake, each record once. PATHS are files, folders or patterns.

    Without PATHS every source of the settings reads its own. Exit 0: all records became events. 1: some could not be
    read, and are kept as rejects. 2: could not do it.
    """
    settings = settings_file.load(config) if config else settings_file.parse({})
    root = lake or (settings.lake.root if config else None)
    if root is None:
        raise SettingsError("ingest", "--lake", "which lake? Give --lake FOLDER or --config FILE")
    work = _work(settings, name, paths, config)
    opened = Lake.create(root)
    key_path = settings.identity.key or root / "identity.key"
    key = identity.read_key(key_path) if key_path.exists() else identity.create_key(key_path)
    known = knowledge.load(settings, key)
    sources = [source for source, _ in work] + [*settings.sources.values(), OWN]
    writer = Writer(opened, sources, known, memory_bytes=settings.lake.memory_bytes)
    writer.catch_up()
    problems = 0
    for source, files in work:
        with progress(f"Läser {source.name}", len(files), "fil") as advance:
            for read in ingest_files(writer, source, files, batch_records=settings.lake.batch_records):
                advance()
                if read.problem:
                    problems += 1
                    click.echo(f"sparhund: {read.path}: {read.problem}", err=True)
                elif read.again:
                    click.echo(f"{read.path}: already read", err=True)
    drain(writer, Spool(root / "spool"))
    if problems:
        raise SystemExit(2)
    raise SystemExit(1 if writer.rejects else 0)


def drain(writer: Writer, spool: Spool) -> None:
    """Take our own acts from the spool into the lake."""
    if OWN.name not in spool.sources():
        return
    shard = spool.shard(OWN.name)
    position = writer.next_position(OWN, shard)
    for block in spool.read(OWN.name, position):
        frame = Frame(
            pa.record_batch(
                [
                    pa.array(block.records, pa.binary()),
                    pa.array([0] * len(block.records), pa.int64()),
                    pa.nulls(len(block.records), pa.string()),
                ],
                schema=RECORDS,
            ),
            0,
        )
        records = addressed(frame, shard, block.position, block.received)
        writer.write([Batch(records, Context(decoder="ndjson", sender=socket.gethostname()), frame)], OWN)
        position = block.position + len(block.records)
    spool.trim(OWN.name, position)


def _work(
    settings: Settings, name: str | None, paths: tuple[str, ...], config: Path | None
) -> list[tuple[Source, list[Path]]]:
    """Which source reads which files."""
    if name is None:
        if paths:
            raise SettingsError("ingest", "--source", "which source are the files from?")
        if not settings.sources:
            raise SettingsError(
                "ingest", "sources", "nothing to read: give --config with sources, or --source and PATHS"
            )
        return [(source, expand(source.paths)) for source in settings.sources.values() if source.paths]
    if config is not None:
        if name not in settings.sources:
            raise SettingsError(
                "ingest", "--source", f"there is none of that name; there are {', '.join(settings.sources)}"
            )
        source = settings.sources[name]
    else:
        source = Source(name=name, mapping=mapping(name).name)
    return [(source, expand(paths or source.paths))]
