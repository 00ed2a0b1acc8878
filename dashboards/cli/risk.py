from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from dashboards import cells
from dashboards.cli import options

_COLUMNS = ("actor_account", "period_start_utc", "risk")
_DIGITS = 6


@click.command()
@options.where
@click.option(
    "--by", type=click.Choice(("hour", "day")), default="day", show_default=True, help="How long a period is."
)
@click.option("--since", metavar="TIME", help="Only periods that begin then or later.")
@click.option("--until", metavar="TIME", help="Only periods that begin before.")
def risk(lake: Path | None, config: Path | None, language: str, by: str, since: str | None, until: str | None) -> None:
    """Print how unusual each account's hours or days are: CSV actor_account,period_start_utc,risk,reason.

    A row for every account and period (of UTC) with events, by what was known at the period's end. A risk of 0.99 means
    that about one in a hundred account periods until then looked at least so unusual; where what was touched is
    classified, the harm that it could do counts too. It is a reason to look, never a verdict.

    A TIME is 2026-03-01T08:00:00+01:00, or 2026-03-01 for that day in Sweden (--until: until the day is over).
    """
    from analytics.baselines import risks  # noqa: PLC0415 - help needs no lake
    from analytics.installation import installation  # noqa: PLC0415
    from analytics.question import typed  # noqa: PLC0415
    from schemas.sqlfile import Param  # noqa: PLC0415

    home = installation(lake, config)
    first, last = (
        None if text is None else typed("risk", Param(name, "TIMESTAMPTZ", "", None, required=False), text)
        for name, text in (("start", since), ("stop", until))
    )
    click.echo(",".join([*_COLUMNS, "reason"]))
    for rows in risks(home, by, first, last):
        said = rows["reason" if language == "sv" else "reason_en"]
        values = [*(rows[name] for name in _COLUMNS[:2]), pc.round(rows["risk"], _DIGITS), said]
        chosen = pa.table(values, names=[*_COLUMNS, "reason"]).filter(_highest(rows))
        click.echo(cells.as_csv(chosen).split("\n", 1)[1], nl=False)


def _highest(rows: pa.Table) -> Any:
    """One row for an account and period, if the account is of several domains or persons: the highest stands first."""
    accounts, starts = (rows[name].combine_chunks() for name in _COLUMNS[:2])
    new = pc.or_(pc.not_equal(accounts[1:], accounts[:-1]), pc.not_equal(starts[1:], starts[:-1]))
    return pa.concat_arrays([pa.array([True]), new])
