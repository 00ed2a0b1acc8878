from pathlib import Path

import click

from dashboards.cli import options, show


@click.command()
@click.option("--source", help="Only of this source.")
@click.option("--shape", is_flag=True, help="Also by the record's shape: letters as x, digits as 9.")
@options.where
def rejects(source: str | None, shape: bool, lake: Path | None, config: Path | None, language: str) -> None:
    """List the records that could not be read, by reason, the most frequent first."""
    from analytics import status  # noqa: PLC0415 - help needs no lake
    from analytics.installation import installation  # noqa: PLC0415

    rows = status.rejects(installation(lake, config), source, shapes=shape)
    for line in show.table(rows, language):
        click.echo(line)
    if not len(rows):
        click.echo("Inga otolkade poster." if language == "sv" else "No rejects.")
