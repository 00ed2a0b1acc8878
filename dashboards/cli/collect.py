import asyncio
import logging
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboards.cli import options
from ingest.operations.collected import Collected
from ingest.operations.operations import Operations, asked_to_end, running
from ingest.operations.spooled import Spooled
from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings

if TYPE_CHECKING:
    from ingest.sources.intake import Intake

_TURN_S = 1.0

log = logging.getLogger("sparhund.collect")


@click.command()
@click.option(
    "--config", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The settings file."
)
@options.operations
def collect(config: Path, operations: str | None) -> None:
    """Run the collectors of the settings file until SIGTERM: what they take is durable in the lake's spool.

    A second SIGTERM ends it at once. Exit 0: stopped. 2: a collector could not begin; standard error says why.
    """
    declared = settings.load(config)
    with running("collect", declared.operations, operations) as watched:
        asyncio.run(_until_told(declared, Spool(declared.lake.root / "spool"), watched))


async def _until_told(declared: settings.Settings, spool: Spool, watched: Operations) -> None:
    stopped = asyncio.Event()

    def ending() -> None:
        watched.ending()
        stopped.set()

    told = asked_to_end(ending)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told, number)
    collected = Collected(declared, spool)
    watched.add(collected)
    watched.add(Spooled(spool))
    turning: list[asyncio.Task[None]] = []
    intake = await collectors.collect(declared, spool, stopped, partial(_begin, watched, collected, turning))
    for task in turning:
        task.cancel()
    for (collector, source), counts in sorted(intake.counts.items()):
        if declared.operations.log == "json":
            log.info("collect.%s: %s: took %d records, %d bytes", collector, source, counts.records, counts.bytes)
        else:
            click.echo(f"collect.{collector}\t{source}\t{counts.records}\t{counts.bytes}")


def _begin(watched: Operations, collected: Collected, turning: "list[asyncio.Task[None]]", intake: "Intake") -> None:
    """All collectors listen: from now on the loop shows that it turns, and what the intake has come to."""

    async def turn() -> None:
        while True:
            watched.beat()
            collected.look(intake)
            await asyncio.sleep(_TURN_S)

    turning.append(asyncio.create_task(turn()))
    watched.begun()
