from datetime import UTC, datetime
from pathlib import Path

import click

from dashboards.cli import options, show
from schemas.errors import LakeError

_SAID = {
    "sv": (
        "Balansen håller: varje läst post blev händelser, en otolkad post eller en upprepad.",
        "{0} egna händelser väntar på att läsas in (sparhund ingest).",
    ),
    "en": (
        "The balance holds: each record read became events, a reject or a repeat.",
        "{0} own events wait to be read (sparhund ingest).",
    ),
}


@click.command(short_help="Show how each source stands.")
@options.where
def status(lake: Path | None, config: Path | None, language: str) -> None:
    """Show how each source stands: records read = with events + rejects + repeats, last position, gaps, silence.

    Exit 0: the balance holds. 2: it doesn't, for the sources that are named, or the lake can't be read.
    """
    from analytics import status as lake_status  # noqa: PLC0415 - help needs no lake
    from analytics.installation import OWN, installation  # noqa: PLC0415

    home = installation(lake, config)
    rows = lake_status.status(home, datetime.now(UTC))
    for line in show.table(rows, language):
        click.echo(line)
    holds, waits = _SAID[language]
    waiting = home.spool.waiting(OWN)
    if waiting:
        click.echo("\n" + waits.format(waiting))
    broken = list(lake_status.faults(rows))
    if broken:
        raise LakeError(
            f"the balance does not hold for {', '.join(broken)}: records read are not events + rejects + repeats"
        )
    click.echo("\n" + holds)
