import asyncio
import logging
import signal
from pathlib import Path

import click

from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings


@click.command(short_help="Receive records over the network, for ingest.")
@click.option(
    "--config", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The settings file."
)
def collect(config: Path) -> None:
    """Run the collectors of the settings file until SIGTERM: what they take is durable in the lake's spool.

    Exit 0: stopped. 2: a collector could not begin; standard error says why.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    declared = settings.load(config)
    asyncio.run(_until_told(declared, Spool(declared.lake.root / "spool")))


async def _until_told(declared: settings.Settings, spool: Spool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    intake = await collectors.collect(declared, spool, stopped)
    for (collector, source), counts in sorted(intake.counts.items()):
        click.echo(f"collect.{collector}\t{source}\t{counts.records}\t{counts.bytes}")
