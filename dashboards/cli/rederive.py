from datetime import datetime
from pathlib import Path

import click

from analytics.installation import installation
from dashboards.cli import options
from ingest.lake import Lake
from ingest.opening import open_writer
from ingest.rederive import Change, Chosen
from ingest.rederive import rederive as rederive_days
from schemas.errors import SettingsError

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@options.lake
@options.config
@click.option("--source", "names", multiple=True, help="Only of this source; may be given again. Default: all.")
@click.option("--from", "first", type=_DAY, metavar="YYYY-MM-DD", help="From this day on.")
@click.option("--to", "last", type=_DAY, metavar="YYYY-MM-DD", help="Until this day, which is included.")
@click.option(
    "--event-time", is_flag=True, help="Days of the events (Swedish), not those when they were received (UTC)."
)
@click.option("--dry-run/--apply", "dry", required=True, help="Show what would change, or change it.")
def rederive(
    lake: Path | None,
    config: Path | None,
    names: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    event_time: bool,
    dry: bool,
) -> None:
    """Compute events again from the original log records: a mapping was mended, or a register or staff file came late.

    Ids stay, evidence is not touched. Rejects of the chosen days are tried again; with --event-time they are not, since
    a reject has no time of its own.
    """
    if first and last and last < first:
        raise SettingsError("rederive", "--to", "is before --from")
    home = installation(lake, config)
    Lake.open(home.root)  # a lake that isn't there is not made here
    writer = open_writer(home.settings, home.root, [])
    for name in names:
        if name not in writer.sources:
            raise SettingsError(
                "rederive", "--source", f"there is none of that name; there are {', '.join(writer.sources)}"
            )
    chosen = Chosen(
        sources=[source for name, source in writer.sources.items() if not names or name in names],
        first=first.date() if first else None,
        last=last.date() if last else None,
        event_time=event_time,
    )
    unknown = {name.partition("/")[0] for name in writer.lake.table("evidence").positions} - set(writer.sources)
    if unknown and not names:
        click.echo(f"Not covered, since no settings declare them: {', '.join(sorted(unknown))}", err=True)
    writer.catch_up()
    any_differs = False
    for change in rederive_days(writer, chosen, apply=not dry):
        any_differs |= change.differs
        click.echo(_line(change))
    if event_time:
        click.echo(
            "Rejects are not covered: they have no time of their own. Choose the days received for them.", err=True
        )
    if not any_differs:
        click.echo("Nothing differs.", err=True)
    elif dry:
        click.echo("Nothing was changed. Do it with --apply.", err=True)


def _line(change: Change) -> str:
    parts = [
        f"{change.changed} changed" + (f" ({_columns(change)})" if change.columns else ""),
        f"{change.new} new",
        f"{change.gone} gone",
        f"rejects {change.rejects_before} -> {change.rejects_after}",
    ]
    return f"{change.source} {change.day}: {change.rows_before} rows: {', '.join(parts)}"


def _columns(change: Change) -> str:
    most = sorted(change.columns.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {rows}" for name, rows in most)
