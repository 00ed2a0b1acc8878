import signal
import threading
from pathlib import Path

import click

from dashboards.cli import options
from ingest.kafka.forward import Forwarder
from ingest.opening import spool_of
from ingest.operations.brokered import Forwarded
from ingest.operations.operations import asked_to_end, running
from ingest.operations.spooled import Spooled
from schemas import settings as settings_file
from schemas.errors import SettingsError


@click.command(short_help="Send to Kafka what collectors took.")
@click.option(
    "--config", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The settings file."
)
@options.operations
def forward(config: Path, operations: str | None) -> None:
    """Send what the spool holds to Kafka, until SIGTERM: trimmed when all replicas in sync have it.

    While no broker answers, records wait in the spool. A second SIGTERM ends it at once. Exit 0: stopped. 2: could not
    begin; standard error says why.
    """
    settings = settings_file.load(config)
    if not settings.kafka.brokers:
        raise SettingsError("kafka", "brokers", "missing; there is nowhere to send to")
    spool = spool_of(settings.lake.root)
    stopped = threading.Event()
    with running("forward", settings.operations, operations) as watched:
        forwarder = Forwarder(settings.kafka, spool, watched.beat)
        watched.add(Spooled(spool))
        watched.add(Forwarded(forwarder))

        def ending() -> None:
            watched.ending()
            stopped.set()

        told = asked_to_end(ending)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: told(number))
        watched.begun()
        forwarder.run(stopped)
    for source, count in sorted(forwarder.records.items()):
        click.echo(f"forward\t{source}\t{count}\t{forwarder.bytes[source]}")
