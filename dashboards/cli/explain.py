from pathlib import Path

import click

from dashboards.cells import printable
from dashboards.cli import options


@click.command()
@options.lake
@options.config
@options.language
@click.option("--purpose", help="Why you ask; it is recorded, and must be given unless the settings waive it.")
@click.argument("what", metavar="EVENT|FINDING")
def explain(lake: Path | None, config: Path | None, language: str, purpose: str | None, what: str) -> None:
    """Tell one event or finding: what happened, against which class, and why it is or is not explained.

    Each explanation names the rows that it rests on, and each event its original log record.
    """
    from analytics.detect import wording  # noqa: PLC0415 - help needs no lake
    from analytics.detect.explain import explain as told  # noqa: PLC0415
    from analytics.installation import installation  # noqa: PLC0415

    for line in wording.lines(told(installation(lake, config), what, purpose=purpose), language):
        click.echo(printable(line))
