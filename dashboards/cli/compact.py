from datetime import UTC, datetime
from pathlib import Path

import click

from analytics.installation import installation
from dashboards.cli import options
from ingest import compaction
from ingest.lake import Lake


@click.command()
@options.lake
@options.config
def compact(lake: Path | None, config: Path | None) -> None:
    """Sort the records of each closed day into one file, so that questions find them at once.

    A day is closed when it is over (UTC). Files that nothing names any more are deleted after a day. Others may go on
    reading and writing.
    """
    home = installation(lake, config)
    opened = Lake.open(home.root)
    now = datetime.now(UTC)
    for done in compaction.compact(opened, now):
        click.echo(
            f"{done.table} {done.keep} {done.day}: {done.files} files -> 1, {done.rows} rows, "
            f"{done.bytes_before >> 10} KiB -> {done.bytes_after >> 10} KiB"
        )
    compaction.tend(opened, home.settings.lake.max_live_files, now)
