import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from dashboards.cli import options
from ingest.kafka.client import check
from ingest.kafka.forward import Forwarder
from ingest.kafka.ship import Shipper
from ingest.opening import spool_of
from ingest.operations.brokered import Forwarded
from ingest.operations.followed import Followed
from ingest.operations.operations import asked_to_end, running
from ingest.operations.spooled import Spooled
from schemas import settings as settings_file
from schemas.errors import SettingsError


@click.command()
@click.option(
    "--config", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The settings file."
)
@options.operations
def forward(config: Path, operations: str | None) -> None:
    """Send what the spool holds, and the files that sources name as `shipped`, to Kafka, until SIGTERM.

    The spool is trimmed when all replicas in sync have a record; of files it is then noted how far they were sent.
    While no broker answers, records wait where they are. A second SIGTERM ends it at once. Exit 0: stopped. 2: could
    not begin or go on; standard error says why.
    """
    settings = settings_file.load(config)
    if not settings.kafka.brokers:
        raise SettingsError("kafka", "brokers", "missing; there is nowhere to send to")
    spool = spool_of(settings.lake.root)
    stopped = threading.Event()
    with running("forward", settings.operations, operations) as watched:
        check(settings.kafka)
        forwarder = Forwarder(settings.kafka, spool, watched.beat)
        shipper = Shipper(settings, stopped) if any(each.shipped for each in settings.sources.values()) else None
        watched.add(Spooled(spool))
        watched.add(Forwarded(*(each for each in (forwarder, shipper) if each)))
        if shipper:
            watched.add(Followed(shipper.files, shipper.work))

        def ending() -> None:
            watched.ending()
            stopped.set()

        told = asked_to_end(ending)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: told(number))
        watched.begun()
        with _shipping(shipper, stopped):
            forwarder.run(stopped)
    counts, sizes = (
        sum((getattr(each, what) for each in (forwarder, shipper) if each), Counter[str]())
        for what in ("records", "bytes")
    )
    for source, count in sorted(counts.items()):
        click.echo(f"forward\t{source}\t{count}\t{sizes[source]}")


@contextmanager
def _shipping(shipper: Shipper | None, stopped: threading.Event) -> Iterator[None]:
    """SHIPPER at work beside the block: if either fails, both end, and the error is raised."""

    def work() -> None:
        try:
            if shipper:
                shipper.run()
        finally:
            stopped.set()

    with ThreadPoolExecutor(1, "shipping") as pool:
        shipping = pool.submit(work) if shipper else None
        try:
            yield
        finally:
            stopped.set()
        if shipping:
            shipping.result()
