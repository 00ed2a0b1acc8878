import dataclasses
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from dashboards.cli import show
from ingest.torture.faults import NAMES
from ingest.torture.play import Outcome, play
from ingest.torture.run import Plan
from schemas.kafka import CLIENTS

COMMAND = (sys.executable, "-c", "from dashboards.cli import main; main()")
_KILLS_MINUTES = 600.0  # that a run of so many kills may take
_COLUMNS = (
    "source",
    "promise",
    "sent",
    "accepted",
    "stored",
    "lost",
    "twice",
    "again",
    "unsaid_before",
    "unsaid_down",
    "unsaid_behind",
)


@click.command()
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="How long faults are played. Default: 2.")
@click.option("--kills", type=click.IntRange(1), help="End after so many kill -9, too.")
@click.option("--seed", type=click.IntRange(0), help="Which faults. Default: a new one, which is printed.")
@click.option("--only", type=click.Choice(NAMES), multiple=True, help="This fault; may be given again. Default: all.")
@click.option("--kafka", type=click.Choice(CLIENTS), help="Through a broker, by this client. Default: without one.")
@click.option(
    "--half-open", type=click.IntRange(0), default=10_000, show_default=True, help="Connections that say nothing."
)
@click.option("--rate", type=click.FloatRange(1), default=60.0, show_default=True, help="Records/s of each sender.")
@click.option("--folder", type=click.Path(path_type=Path), help="An empty folder, which is kept. Default: a temporary.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
def torture(
    minutes: float | None,
    kills: int | None,
    seed: int | None,
    only: tuple[str, ...],
    kafka: str | None,
    half_open: int,
    rate: float,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Torture an installation of its own, below a folder: no lake of yours is touched.

    Senders of every kind deliver what they hold to be true while collectors, writer and network are killed, paused, cut
    and run out of disk, by the dice of a seed. Then each record is counted. Exit 0: none is lost, none stands twice,
    and each became what it becomes without faults. 2: that isn't so; the folder is kept.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing of it is left
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    minutes = minutes or (_KILLS_MINUTES if kills else 2.0)
    place = folder or Path(tempfile.mkdtemp(prefix="sparhund-torture-"))
    place.mkdir(parents=True, exist_ok=True)
    click.echo(f"sparhund: seed {seed}, in {place}", err=True)
    plan = Plan(
        command=COMMAND,
        folder=place,
        seed=seed,
        seconds=minutes * 60,
        kills=kills,
        only=only,
        client=kafka,
        half_open=half_open,
        rate=rate,
    )
    outcome = play(plan, lambda text: click.echo(f"sparhund: {text}", err=True))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(outcome), indent=1))
    else:
        _print(outcome)
    raise SystemExit(2 if outcome.faults else 0)


def _print(outcome: Outcome) -> None:
    lines = [_COLUMNS, *([str(row[name]) for name in _COLUMNS] for row in outcome.sources)]
    for line in show.aligned(lines, [False, False, *([True] * (len(_COLUMNS) - 2))]):
        click.echo(line)
    for name in (
        "seed",
        "seconds",
        "pipeline",
        "commits",
        "killed",
        "played",
        "gave_up",
        "peak_mib",
        "slowest_answer_s",
        "torn",
    ):
        click.echo(f"{name}: {getattr(outcome, name)}")
    for name in outcome.not_played:
        click.echo(f"!!! NOT PLAYED here: {name}")
    for fault in outcome.faults:
        click.echo(f"!!! {fault}")
