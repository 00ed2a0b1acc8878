from pathlib import Path

import click

from dashboards.cli import options


@click.command()
@options.lake
@options.config
def link(lake: Path | None, config: Path | None) -> None:
    """Make a link by which you sign in to the pages, once, within ten minutes."""
    from analytics.installation import installation  # noqa: PLC0415 - help needs no lake
    from dashboards.server import running  # noqa: PLC0415

    click.echo(running.link(installation(lake, config)))
