import time
from datetime import datetime
from pathlib import Path

import click

from dashboards.cli.progress import progress
from ingest.simulator.simulation import FEWEST_PEOPLE, FIRST_DAY
from ingest.simulator.simulation import simulate as write


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="An empty folder, or one that is made.")
@click.option("--people", type=click.IntRange(FEWEST_PEOPLE), default=2000, show_default=True, help="Employees.")
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="Days of logs.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed gives the same bytes."
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default=FIRST_DAY.isoformat(),
    show_default=True,
    help="The first day.",
)
def simulate(out: Path, people: int, days: int, seed: int, start: datetime) -> None:
    """Write the raw logs of a made-up Swedish municipality, in the formats of real systems.

    Below OUT come settings.toml, register.toml, people/, context/, logs/SOURCE/… and truth/: what happened, record by
    record, and which incidents were planted. Nobody in it exists: the personal numbers are test numbers.
    """
    began = time.monotonic()
    with progress("Simulerar", days, "dag") as advance:
        written = write(
            out, people=people, days=days, seed=seed, start=start.date(), progress=lambda _done, _of: advance()
        )
    click.echo(
        f"{written.records:,} loggposter i {out}/logs på {time.monotonic() - began:.1f} s; facit i {out}/truth".replace(
            ",", " "
        )
    )
    click.echo(f"Läs in dem: sparhund ingest --config {out}/settings.toml")
