from pathlib import Path

import click

from dashboards.cli import options, show


@click.command()
@options.where
def sources(lake: Path | None, config: Path | None, language: str) -> None:
    """List the sources: what each is declared to be, and what has come from it."""
    from analytics import status  # noqa: PLC0415 - help needs no lake
    from analytics.installation import installation  # noqa: PLC0415

    rows = status.sources(installation(lake, config))
    for line in show.table(rows, language):
        click.echo(line)
    if not len(rows):
        click.echo("Ingen källa." if language == "sv" else "No source.")
